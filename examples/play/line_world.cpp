// SPDX-License-Identifier: Apache-2.0
#include "rule_world.hpp"

namespace play {

namespace {

constexpr int rows = 128; ///< of the diagram

/// Cells of one dimension, as a space-time diagram: the present state is the lowest row, earlier ones lie above it.
class LineWorld final : public RuleWorld {
public:
    LineWorld(std::string name, nca::AnyModel model, const WorldOptions& chosen)
        : RuleWorld{std::move(name), std::move(model), chosen}, diagram_{sizes()[0], rows, {255, 255, 255, 255}} {
        draw_present();
    }

    [[nodiscard]] int width() const noexcept override { return diagram_.width; }
    [[nodiscard]] int height() const noexcept override { return rows; }

    [[nodiscard]] std::vector<HelpLine> help() const override {
        std::vector<HelpLine> lines;
        if (has_seed()) lines.push_back({"click", "plant a seed in the present, the lowest row"});
        lines.insert(lines.end(), {{"drag", "erase in the present"}, {"right button", "erase at once"}});
        const std::vector<HelpLine> more = RuleWorld::help();
        lines.insert(lines.end(), more.begin(), more.end());
        return lines;
    }

    void reset() override {
        RuleWorld::reset();
        std::ranges::fill(diagram_.rgba, std::uint8_t{255});
        draw_present();
    }
    void clear() override {
        RuleWorld::clear();
        draw_present();
    }
    void step() override {
        RuleWorld::step();
        std::copy(diagram_.at(0, 1), diagram_.at(0, rows - 1) + row_bytes(), diagram_.at(0, 0));
        draw_present();
    }

    void click(const Stroke& touch) override {
        if (!has_seed()) return stroke(touch);
        if (!(touch.x > -0.5 && touch.x < width() - 0.5)) return;
        cells().plant(std::array{static_cast<int>(std::lround(touch.x))});
        draw_present();
    }
    void stroke(const Stroke& stroke) override {
        for_each_place(stroke, std::max(0.5, stroke.radius / 3.0), false,
                       [&](double x, double /*y*/) { cells().erase(stroke.radius, std::array{x}); });
        draw_present();
    }

    void draw(std::span<std::uint8_t> rgba) const override { std::ranges::copy(diagram_.rgba, rgba.begin()); }

private:
    [[nodiscard]] std::ptrdiff_t row_bytes() const noexcept { return std::ptrdiff_t{4} * diagram_.width; }
    void draw_present() { std::ranges::copy(world().image(1).rgba, diagram_.at(0, rows - 1)); }

    support::Image diagram_;
};

} // namespace

std::unique_ptr<World> make_line_world(std::string name, nca::AnyModel model, const WorldOptions& chosen) {
    return std::make_unique<LineWorld>(std::move(name), std::move(model), chosen);
}

} // namespace play

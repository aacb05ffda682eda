// SPDX-License-Identifier: Apache-2.0
#include <nca/systems/texture/cell_fields.hpp>

#include "rule_world.hpp"

#include <optional>
#include <program/hexagons.hpp>

namespace play {

namespace {

constexpr int hexagons_side = 576; ///< of the picture, about, in pixels

/// Cells of two dimensions, squares or hexagons: clicks plant seeds, strokes erase.
class PlaneWorld final : public RuleWorld {
public:
    PlaneWorld(std::string name, nca::AnyModel model, const WorldOptions& chosen)
        : RuleWorld{std::move(name), std::move(model), chosen} {
        const support::Image first = picture();
        width_ = first.width;
        height_ = first.height;
        detail_ = width_ / columns();
    }

    /// Squares are one pixel, hexagons several, so that they can be seen.
    [[nodiscard]] int width() const noexcept override { return width_; }
    [[nodiscard]] int height() const noexcept override { return height_; }
    [[nodiscard]] double brush() const noexcept override { return 5.0 * detail_; }
    [[nodiscard]] double brush_step() const noexcept override { return detail_; }

    [[nodiscard]] std::vector<HelpLine> help() const override {
        std::vector<HelpLine> lines;
        if (has_seed()) lines.push_back({"click", "plant a seed"});
        lines.insert(lines.end(), {{"drag", "erase"}, {"right button", "erase at once"}});
        const std::vector<HelpLine> more = RuleWorld::help();
        lines.insert(lines.end(), more.begin(), more.end());
        return lines;
    }

    void click(const Stroke& touch) override {
        if (!has_seed()) return stroke(touch);
        if (!(touch.x > -0.5 && touch.x < width_ - 0.5 && touch.y > -0.5 && touch.y < height_ - 0.5)) return;
        const auto [x, y] = point(touch.x, touch.y);
        const auto cell = nca::texture::on_torus(nca::texture::cell_at(rule().lattice, x, y), rows(), columns());
        cells().plant(std::array{cell.column, cell.row});
    }

    void stroke(const Stroke& stroke) override {
        const double radius = stroke.radius / detail_;
        // Discs this close to each other leave no notches.
        for_each_place(stroke, detail_ * std::max(0.5, radius / 3.0), false,
                       [&](double x, double y) { erase(x, y, radius); });
    }

    void draw(std::span<std::uint8_t> rgba) const override { std::ranges::copy(picture().rgba, rgba.begin()); }

private:
    [[nodiscard]] int rows() const noexcept { return sizes()[0]; }
    [[nodiscard]] int columns() const noexcept { return sizes()[1]; }
    [[nodiscard]] bool hexagonal() const noexcept { return rule().lattice == nca::Lattice::hexagonal; }
    [[nodiscard]] support::Image picture() const { return world().image(hexagonal() ? hexagons_side : 1); }

    /// The point of the lattice that the middle of a pixel shows, in cell widths.
    [[nodiscard]] std::array<double, 2> point(double x, double y) const noexcept {
        const double across = (x + 0.5) / detail_;
        const double down = (y + 0.5) / detail_;
        return hexagonal() ? program::lattice_point(across, down, rows()) : std::array{across, down};
    }

    void erase(double x, double y, double radius) {
        const auto [across, down] = point(x, y);
        if (!hexagonal() && boundary() != nca::Boundary::torus) {
            return cells().erase(radius, std::array{across - 0.5, down - 0.5});
        }
        // The part of the disc beyond the border wraps around to the other side.
        nca::texture::for_each_cell_within(
            rule().lattice, across, down, radius, rows(), columns(), [&](int column, int row) {
                cells().erase(0.5, std::array<double, 2>{static_cast<double>(column), static_cast<double>(row)});
            });
    }

    int width_ = 0;
    int height_ = 0;
    int detail_ = 1; ///< pixels per cell
};

} // namespace

std::unique_ptr<World> make_plane_world(std::string name, nca::AnyModel model, const WorldOptions& chosen) {
    return std::make_unique<PlaneWorld>(std::move(name), std::move(model), chosen);
}

} // namespace play

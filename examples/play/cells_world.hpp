// SPDX-License-Identifier: Apache-2.0
// What creatures and digits have in common: cells of one rule, among which adversaries may be placed.
#ifndef NCA_EXAMPLES_PLAY_CELLS_WORLD_HPP
#define NCA_EXAMPLES_PLAY_CELLS_WORLD_HPP

#include "worlds.hpp"

#include <program/cell_world.hpp>
#include <support/render.hpp>
#include <utility>

namespace play {

template <class R>
class CellsWorld : public World {
public:
    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] int width() const noexcept override { return width_; }
    [[nodiscard]] int height() const noexcept override { return height_; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return static_cast<std::uint64_t>(cells_->steps()); }

    void clear() override {
        cells_->clear();
        cells_->species().fill(0);
    }
    void step() override { cells_->step(adversary_count() > 0); }
    void key(char character) override {
        if (change_fire_rate(character, options_.fire_rate)) {
            cells_->set_options(options_);
        } else if (adversary_ && key_of(character) == 'a') {
            placing_ = !placing_;
        } else if (adversary_ && key_of(character) == 'x') {
            cells_->species().fill(0);
        }
    }

protected:
    using Cells = program::CellWorld<R>;

    /// `adversary`: a rule that single cells may follow. `side` and `boundary` hold where the command line sets none.
    CellsWorld(std::string name, nca::Model<R> model, std::optional<R> adversary, const WorldOptions& chosen, int side,
               nca::Boundary boundary)
        : name_{std::move(name)}, rule_{std::move(model.rule)}, height_{chosen.height.value_or(side)},
          width_{chosen.width.value_or(side)}, seed_{chosen.seed},
          adversary_{std::move(adversary)}, options_{model.options} {
        options_.fire_rate = chosen.fire_rate.value_or(options_.fire_rate);
        options_.boundary = chosen.boundary.empty()      ? boundary
                            : chosen.boundary == "torus" ? nca::Boundary::torus
                                                         : nca::Boundary::zero;
    }

    [[nodiscard]] int adversary_count() const { return adversary_ ? cells_->species().cells(1).count() : 0; }

    /// Begins with an empty world.
    void rebuild() {
        cells_ = program::make_cell_world<R>(rule_, adversary_ ? &*adversary_ : nullptr, height_, width_, seed_);
        cells_->set_options(options_);
    }
    /// Makes the cell at a place an adversary, however wide the brush; or makes those within `radius` victims again.
    void place(double x, double y, bool adversary, double radius) {
        if (adversary) {
            cells_->assign(1, 0.70, std::round(x), std::round(y));
        } else {
            cells_->assign(0, radius, x, y);
        }
    }

    void add_adversary_status(std::vector<StatusWords>& words) const {
        if (!adversary_) return;
        words.push_back({(placing_ ? "placing adversaries: " : "adversaries: ") + std::to_string(adversary_count()),
                         nca::Colour{255, 0, 0}});
    }
    void add_adversary_help(std::vector<HelpLine>& lines) const {
        if (!adversary_) return;
        lines.push_back({"A", "the left button places adversaries, the right one removes them; A again: as before"});
        lines.push_back({"X", "remove all adversaries"});
    }
    /// Draws the cells; adversaries are red to a fraction.
    void draw_cells(std::span<std::uint8_t> rgba, const typename Cells::Colours& colours, double red) const {
        cells_->draw(rgba, static_cast<std::size_t>(width_) * 4, colours);
        if (adversary_) support::tint_red(rgba, width_, cells_->species().cells(1), red);
    }

private:
    std::string name_;
    R rule_;
    int height_;
    int width_;
    std::uint64_t seed_;

protected:
    std::optional<R> adversary_;
    nca::StepOptions<R> options_{};
    std::unique_ptr<Cells> cells_{}; // it borrows the rules
    bool placing_ = false;           // strokes place adversaries instead of what they do otherwise
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_CELLS_WORLD_HPP

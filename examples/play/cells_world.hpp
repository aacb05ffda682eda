// SPDX-License-Identifier: Apache-2.0
// What creatures and digits have in common: cells of one rule, among which adversaries may be placed.
#ifndef NCA_EXAMPLES_PLAY_CELLS_WORLD_HPP
#define NCA_EXAMPLES_PLAY_CELLS_WORLD_HPP

#include "world.hpp"
#include "worlds.hpp"

#include <memory>
#include <program/cell_world.hpp>
#include <support/render.hpp>
#include <utility>

namespace play {

/// The options of such a world.
template <class R>
struct CellsOptions {
    int height = 0;
    int width = 0;
    std::uint64_t seed = 1;
    double fire_rate = 0.5;
    nca::Boundary boundary = nca::Boundary::zero;
    std::unique_ptr<const R> adversary{}; ///< a rule that single cells may follow

    /// Those of the command line, where they are set.
    CellsOptions(int side, nca::Boundary usual, const WorldOptions& chosen)
        : height{chosen.height.value_or(side)}, width{chosen.width.value_or(side)}, seed{chosen.seed},
          fire_rate{chosen.fire_rate.value_or(0.5)}, boundary{chosen.boundary.empty()      ? usual
                                                              : chosen.boundary == "torus" ? nca::Boundary::torus
                                                                                           : nca::Boundary::zero} {}
};

template <class R>
class CellsWorld : public World {
public:
    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] int width() const noexcept override { return options_.width; }
    [[nodiscard]] int height() const noexcept override { return options_.height; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return static_cast<std::uint64_t>(cells().steps()); }

    void clear() override {
        cells().clear();
        cells().species().fill(0);
    }
    void step() override { cells().step(adversary_count() > 0); }
    bool key(char character) override {
        if (change_fire_rate(character, options_.fire_rate)) {
            apply_options();
            return true;
        }
        if (!has_adversaries()) return false;
        if (character == 'a' || character == 'A') {
            placing_ = !placing_;
            return true;
        }
        if (character == 'x' || character == 'X') {
            cells().species().fill(0);
            return true;
        }
        return false;
    }

protected:
    using Cells = program::CellWorld<R>;

    CellsWorld(std::string name, R rule, CellsOptions<R> options)
        : name_{std::move(name)}, rule_{std::move(rule)}, options_{std::move(options)} {}

    [[nodiscard]] Cells& cells() noexcept { return *cells_; }
    [[nodiscard]] const Cells& cells() const noexcept { return *cells_; }
    [[nodiscard]] CellsOptions<R>& options() noexcept { return options_; }
    [[nodiscard]] const CellsOptions<R>& options() const noexcept { return options_; }
    [[nodiscard]] bool has_adversaries() const noexcept { return options_.adversary != nullptr; }
    [[nodiscard]] int adversary_count() const { return has_adversaries() ? cells().species().cells(1).count() : 0; }
    /// True if strokes place adversaries instead of what they do otherwise.
    [[nodiscard]] bool placing() const noexcept { return placing_; }

    /// Sets the step options of the cells.
    virtual void apply_options() = 0;
    /// Begins with an empty world.
    void rebuild() {
        cells_ =
            std::make_unique<Cells>(rule_, options_.adversary.get(), options_.height, options_.width, options_.seed);
        apply_options();
    }
    /// Makes the cell at a place an adversary, however wide the brush; or makes those within `radius` victims again.
    void place(double x, double y, bool adversary, double radius) {
        if (adversary) {
            cells().assign(1, 0.70, std::round(x), std::round(y));
        } else {
            cells().assign(0, radius, x, y);
        }
    }

    void add_adversary_status(std::vector<StatusWords>& words) const {
        if (!has_adversaries()) return;
        words.push_back({(placing_ ? "placing adversaries: " : "adversaries: ") + std::to_string(adversary_count()),
                         nca::Colour{255, 0, 0}});
    }
    void add_adversary_help(std::vector<HelpLine>& lines) const {
        if (!has_adversaries()) return;
        lines.push_back({"A", "the left button places adversaries, the right one removes them; A again: as before"});
        lines.push_back({"X", "remove all adversaries"});
    }
    /// Draws the cells; adversaries are red to a fraction.
    void draw_cells(std::span<std::uint8_t> rgba, const typename Cells::Colours& colours, double red) const {
        cells().draw(rgba, static_cast<std::size_t>(options_.width) * 4, colours);
        if (has_adversaries()) support::tint_red(rgba, options_.width, cells().species().cells(1), red);
    }

private:
    std::string name_;
    R rule_;
    CellsOptions<R> options_;
    std::unique_ptr<Cells> cells_{}; // it borrows the rules
    bool placing_ = false;
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_CELLS_WORLD_HPP

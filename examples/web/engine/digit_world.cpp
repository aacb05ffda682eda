// SPDX-License-Identifier: Apache-2.0
// Self-classifying digits: a pen, an eraser, and what the cells say.
#include "cells_world.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace web {

namespace {

class DigitWorld final : public CellsWorld<DigitRule> {
public:
    DigitWorld(const ModelPointer& model, int width, int height, std::uint64_t seed)
        : CellsWorld{model, width, height, seed} {
        // After a training with cross-entropy, whose votes may be negative, no cell is undecided.
        const std::string* const loss = find_metadata(*model, "training.loss");
        if (loss != nullptr && *loss == "ce") colours_.undecided = -std::numeric_limits<float>::infinity();
    }

    void step() override { step_cells(); }
    void draw(std::span<std::uint8_t> rgba) const override { draw_cells(rgba, colours_); }
    void erase(double x, double y, double radius) override {
        cells().erase(radius, x, y);
        forget_dead();
    }

    /// A cell has the ink of the part of it that the line covers; its state stays.
    bool draw_line(double from_x, double from_y, double x, double y, double thickness, bool erase) override {
        Grid state = cells().state();
        const double dx = x - from_x;
        const double dy = y - from_y;
        const double square = dx * dx + dy * dy;
        for (int row = 0; row < height_; ++row) {
            for (int column = 0; column < width_; ++column) {
                const double along = (column - from_x) * dx + (row - from_y) * dy;
                const double part = square > 0.0 ? std::clamp(along / square, 0.0, 1.0) : 0.0;
                const double distance = std::hypot(column - from_x - part * dx, row - from_y - part * dy);
                const auto coverage = static_cast<float>(std::clamp(0.5 * thickness + 0.5 - distance, 0.0, 1.0));
                if (coverage == 0.0F) continue;
                const auto cell = state(row, column);
                if (!erase) {
                    cell[0] = std::max(cell[0], coverage);
                } else if (cell[0] *= 1.0F - coverage; !(cell[0] > nca::mnist::ink)) {
                    std::fill(cell.begin(), cell.end(), 0.0F);
                }
            }
        }
        cells().load(state);
        forget_dead();
        return true;
    }
    bool votes(std::span<std::int32_t> eleven) const override {
        std::fill(eleven.begin(), eleven.end(), 0);
        const Grid state = cells().state();
        for (int cell = 0; cell < width_ * height_; ++cell) {
            const auto values = state.view().cell(cell);
            if (!(values[0] > nca::mnist::ink)) continue;
            const auto vote = static_cast<std::size_t>(nca::mnist::vote_of(values.data()));
            const bool decided = !(values[nca::mnist::first_class + vote] < colours_.undecided);
            ++eleven[decided ? vote : nca::mnist::classes];
        }
        return true;
    }

private:
    /// Cells that have lost their ink are victims again.
    void forget_dead() {
        if (adversaries() == 0) return;
        const nca::CellMask alive = living();
        const nca::CellMask adversary = community().species().cells(1);
        adversary.for_each([&](int row, int column) {
            if (!alive.test(row, column)) community().species().assign(0, row, column);
        });
    }

    nca::mnist::Colours colours_{};
};

} // namespace

std::unique_ptr<World> make_digit_world(const ModelPointer& model, int width, int height, std::uint64_t seed) {
    return std::make_unique<DigitWorld>(model, width, height, seed);
}

} // namespace web

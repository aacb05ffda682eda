// SPDX-License-Identifier: Apache-2.0
// Growing creatures, adversaries among their cells, and matrices that perturb them.
#include <nca/run/perturb.hpp>

#include "cells_world.hpp"
#include "model.hpp"

namespace web {

namespace {

class CreatureWorld final : public CellsWorld<CreatureRule> {
public:
    using CellsWorld::CellsWorld;

    void step() override {
        if (perturbed_) {
            nca::perturbed_step(cells(), perturbation_, nca::PerturbationOrder::after_step, [&] { step_cells(); });
        } else {
            step_cells();
        }
    }
    void draw(std::span<std::uint8_t> rgba) const override { draw_cells(rgba, nca::ArticleColours<CreatureRule>{}); }
    bool plant(int x, int y) override {
        cells().plant(x, y);
        return true;
    }
    void erase(double x, double y, double radius) override {
        cells().erase(radius, x, y);
        const bool inside = x >= -0.5 && x < width_ - 0.5 && y >= -0.5 && y < height_ - 0.5;
        if (cells().options().boundary != nca::Boundary::torus || !inside) return;
        // The part of the disc beyond the border wraps around to the other side.
        const double across = x < radius ? width_ : x + radius > width_ - 1 ? -width_ : 0.0;
        const double down = y < radius ? height_ : y + radius > height_ - 1 ? -height_ : 0.0;
        if (across != 0.0) cells().erase(radius, x + across, y);
        if (down != 0.0) cells().erase(radius, x, y + down);
        if (across != 0.0 && down != 0.0) cells().erase(radius, x + across, y + down);
    }

    bool clear_perturbations() override {
        perturbation_ = {};
        perturbed_ = false;
        return true;
    }
    bool add_perturbation(const ModelPointer& model, std::string_view matrix, double coefficient) override {
        if (model->system != nca::System::perturbations) return fail("a perturbation is a model of matrices");
        const auto& matrices = static_cast<const MatrixModel&>(*model).matrices;
        if (matrix.empty() && matrices.size() != 1) return fail("the model has several matrices: name one");
        for (const auto& [name, values] : matrices) {
            if (!matrix.empty() && name != matrix) continue;
            perturbation_.add(values, coefficient);
            perturbed_ = perturbed_ || coefficient != 0.0;
            return true;
        }
        return fail(std::string{"there is no matrix "}.append(nca::quote(matrix)));
    }

private:
    nca::Perturbation<CreatureRule> perturbation_{};
    bool perturbed_ = false;
};

} // namespace

std::unique_ptr<World> make_creature_world(const ModelPointer& model, int width, int height, std::uint64_t seed) {
    return std::make_unique<CreatureWorld>(model, width, height, seed);
}

} // namespace web

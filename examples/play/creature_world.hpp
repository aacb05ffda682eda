// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP
#define NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP

#include "cells_world.hpp"

#include <program/creature.hpp>

namespace play {

/// Creatures of one growing model: clicks plant seeds, strokes erase, keys change the options of the steps. With an
/// adversary the brush may place its cells instead, as in the article's demonstration.
class CreatureWorld final : public CellsWorld<program::Rule> {
public:
    using Options = CellsOptions<program::Rule>;

    /// A world with a seed in the middle. The perturbations act on all cells where their coefficients are not 0.
    CreatureWorld(std::string name, program::Rule rule, Options options, double degrees,
                  std::vector<program::NamedPerturbation> perturbations);

    [[nodiscard]] std::vector<StatusWords> status() const override;
    [[nodiscard]] std::vector<HelpLine> help() const override;

    [[nodiscard]] std::vector<Slider> sliders() const override;
    void slide(std::size_t slider, double value) override;

    void reset() override;
    void step() override;
    void click(const Stroke& touch) override;
    void stroke(const Stroke& stroke) override;
    bool key(char character) override;
    void draw(std::span<std::uint8_t> rgba) const override;

private:
    void apply_options() override;
    void erase(double x, double y, double radius);
    void change_coefficient(double change);
    void combine_perturbations();

    double degrees_;
    std::vector<program::NamedPerturbation> perturbations_;
    nca::Perturbation<program::Rule> perturbation_{};
    bool perturbed_ = false;
    std::size_t matrix_ = 0; // whose coefficient the keys change
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP

// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP
#define NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP

#include "world.hpp"

#include <optional>
#include <program/creature.hpp>

namespace play {

/// How a world of creatures begins.
struct CreatureOptions {
    int height = 96;
    int width = 96;
    std::uint64_t seed = 1;
    double fire_rate = 0.5;
    double degrees = 0.0;
    nca::Boundary boundary = nca::Boundary::torus;
    std::optional<program::Rule> adversary{};                ///< a rule that single cells may follow
    std::vector<program::NamedPerturbation> perturbations{}; ///< that act on all cells, if their coefficients are not 0
};

/// Creatures of one growing model: clicks plant seeds, strokes erase, keys turn the knobs of the steps. With an
/// adversary the brush may place its cells instead, as in the article's demonstration.
class CreatureWorld final : public World {
public:
    /// A world with a seed in the middle.
    CreatureWorld(std::string name, program::Rule rule, const CreatureOptions& options);

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] int width() const noexcept override { return options_.width; }
    [[nodiscard]] int height() const noexcept override { return options_.height; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return community_->world().steps(); }
    [[nodiscard]] std::vector<StatusWords> status() const override;
    [[nodiscard]] std::vector<HelpLine> help() const override;

    [[nodiscard]] std::vector<Slider> sliders() const override;
    void slide(std::size_t slider, double value) override;

    void reset() override;
    void clear() override;
    void step() override;
    void click(const Stroke& touch) override;
    void stroke(const Stroke& stroke) override;
    bool key(char character) override;
    void draw(std::span<std::uint8_t> rgba) const override;

private:
    using Community = nca::Community<program::Rule, nca::Dynamic, nca::Dynamic>;

    [[nodiscard]] program::Simulation& world() noexcept { return community_->world(); }
    [[nodiscard]] const program::Simulation& world() const noexcept { return community_->world(); }
    [[nodiscard]] bool has_adversaries() const noexcept { return options_.adversary.has_value(); }
    void apply_options();
    void erase(double x, double y, double radius);
    /// Makes the cell at a place an adversary, or makes those that the brush covers victims again.
    void place(double x, double y, bool adversary, double radius);
    void change_coefficient(double change);
    void combine_perturbations();

    std::string name_;
    program::Rule rule_;
    CreatureOptions options_;
    std::optional<Community> community_; // it borrows the rules
    nca::Perturbation<program::Rule> perturbation_{};
    bool perturbed_ = false;
    bool placing_ = false;   // adversaries, not erasing
    std::size_t matrix_ = 0; // whose coefficient the keys change
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP

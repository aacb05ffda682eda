// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP
#define NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP

#include <nca/program.hpp>

#include "world.hpp"

#include <optional>

namespace play {

/// How a world of creatures begins.
struct CreatureOptions {
    int height = 96;
    int width = 96;
    std::uint64_t seed = 1;
    double fire_rate = 0.5;
    double degrees = 0.0;
    nca::Boundary boundary = nca::Boundary::torus;
};

/// Creatures of one growing model: clicks plant seeds, strokes erase, keys turn the knobs of the steps.
class CreatureWorld final : public World {
public:
    /// A world with a seed in the middle.
    CreatureWorld(std::string name, program::Rule rule, const CreatureOptions& options);

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] int width() const noexcept override { return options_.width; }
    [[nodiscard]] int height() const noexcept override { return options_.height; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return world_->steps(); }
    [[nodiscard]] std::vector<StatusWords> status() const override;
    [[nodiscard]] std::vector<HelpLine> help() const override;

    void reset() override;
    void clear() override;
    void step() override { world_->step(); }
    void click(const Stroke& touch) override;
    void stroke(const Stroke& stroke) override;
    bool key(char character) override;
    void draw(std::span<std::uint8_t> rgba) const override;

private:
    void apply_options();
    void erase(double x, double y, double radius);

    std::string name_;
    program::Rule rule_;
    CreatureOptions options_;
    std::optional<program::Simulation> world_; // it borrows the rule
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_CREATURE_WORLD_HPP

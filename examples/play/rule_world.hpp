// SPDX-License-Identifier: Apache-2.0
// What worlds of any rule have in common, whatever their dimensions.
#ifndef NCA_EXAMPLES_PLAY_RULE_WORLD_HPP
#define NCA_EXAMPLES_PLAY_RULE_WORLD_HPP

#include "worlds.hpp"

#include <program/any_world.hpp>

namespace play {

/// Cells of a model of any rule, with the goal that they are told and the options of their steps.
class RuleWorld : public World {
public:
    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return static_cast<std::uint64_t>(world_->steps()); }
    [[nodiscard]] std::vector<StatusWords> status() const override;
    [[nodiscard]] std::vector<HelpLine> help() const override;
    [[nodiscard]] bool uses_digit_keys() const noexcept override { return model_.goals().count() > 0; }

    void reset() override;
    void clear() override { cells().clear(); }
    void step() override { world_->step(); }
    void key(char character) override;
    [[nodiscard]] nca::Result<void> choose_goal(int goal) override;

protected:
    /// Cells as AnyWorld plants them. Options that the rule does not have end the program.
    RuleWorld(std::string name, nca::AnyModel model, const WorldOptions& chosen);

    /// How many cells or blocks there are; empty if that is not known.
    [[nodiscard]] virtual std::string content() const;

    [[nodiscard]] const nca::RuleDescription& rule() const noexcept { return model_.description(); }
    [[nodiscard]] const nca::AnyModel& model() const noexcept { return model_; }
    [[nodiscard]] const std::vector<int>& sizes() const noexcept { return sizes_; }
    [[nodiscard]] nca::Boundary boundary() const noexcept { return options_.boundary; }
    [[nodiscard]] bool has_seed() const noexcept { return rule().life == nca::LifeKind::alive; }
    [[nodiscard]] program::AnyWorld& world() noexcept { return *world_; }
    [[nodiscard]] const program::AnyWorld& world() const noexcept { return *world_; }
    [[nodiscard]] nca::AnySimulation& cells() noexcept { return world_->cells(); }

private:
    /// True if cells perceive directions that the options of a step rotate.
    [[nodiscard]] bool rotates() const noexcept;
    void set_options();

    std::string name_;
    nca::AnyModel model_;
    std::vector<int> sizes_;
    std::uint64_t seed_;
    double degrees_;
    nca::StepOptions<nca::AnyRule> options_;
    int goal_;
    std::vector<program::Damage> no_damages_{};
    std::vector<program::GoalChange> no_changes_{};
    std::unique_ptr<program::AnyWorld> world_{};
};

/// Worlds of one to three dimensions, each in a file of its own. Precondition: the rule has so many.
[[nodiscard]] std::unique_ptr<World> make_line_world(std::string name, nca::AnyModel model, const WorldOptions& chosen);
[[nodiscard]] std::unique_ptr<World> make_plane_world(std::string name, nca::AnyModel model,
                                                      const WorldOptions& chosen);
[[nodiscard]] std::unique_ptr<World> make_voxel_world(std::string name, nca::AnyModel model,
                                                      const WorldOptions& chosen);

} // namespace play

#endif // NCA_EXAMPLES_PLAY_RULE_WORLD_HPP

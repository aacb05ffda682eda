// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_TASK_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_TASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/hash.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/result.hpp>
#include <nca/systems/goal_guided/guided_rule.hpp>
#include <nca/systems/goal_guided/presets.hpp>
#include <nca/systems/goal_guided/rule.hpp>
#include <nca/systems/goal_guided/target.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/batch.hpp>
#include <nca/train/initial_state.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/trainer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::goal_guided::inline NCA_ISA {

/// Training one rule to grow several pictures, and to change from each to any other, as goals say.
///
/// The first samples of a batch become seeds, and so does a state with no living cell; the goal of every sample is
/// drawn anew, whatever it shows, or of some (Experiment::new_goals). The loss is the mean squared error of red, green,
/// blue and alpha against the goal's picture.
class Task {
public:
    using Rule = AnyRule;
    using Trained = GuidedRule;
    using T = float;
    static constexpr std::string_view name = "goal_guided";

    /// Goal k grows targets[k]. Errors: no targets, of different extents, or none that a rule can have.
    [[nodiscard]] NCA_COLD static Result<Task> create(std::vector<Target> targets,
                                                      const Experiment& experiment = morphing) {
        if (targets.empty()) return Error{"there are no pictures to grow"};
        for (const Target& target : targets) {
            if (!(target.extents() == targets[0].extents())) return Error{"the pictures have different extents"};
        }
        RuleDescription rule;
        rule.channels = experiment.codes + 5;
        rule.perception = PerceptionKind::depthwise;
        rule.learned_filters = 3;
        rule.hidden = {experiment.hidden_width, experiment.hidden_width};
        rule.output_bias = false;
        rule.clamp_state = 10.0;
        rule.fire_rate = experiment.fire_rate;
        rule.set_life(LifeKind::alive, 3, 0.1);
        rule.set_inputs(InputKind::added, experiment.codes);
        const auto architecture = ArchitectureOf<Rule>::from(rule);
        if (!architecture) return architecture.error();
        return Task{std::move(targets), experiment, *architecture};
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const std::vector<Target>& targets() const noexcept { return targets_; }
    [[nodiscard]] const ArchitectureOf<Rule>& architecture() const noexcept { return architecture_; }
    [[nodiscard]] Trained untrained() const {
        return GuidedRule{architecture_, static_cast<int>(targets_.size()), experiment_.width};
    }
    [[nodiscard]] const auto& extents() const noexcept { return targets_[0].extents(); }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {
            .batch = experiment_.batch, .pool_size = experiment_.pool_size, .learning_rate = experiment_.learning_rate};
    }
    [[nodiscard]] AdamOptions adam() const noexcept { return {.epsilon = 1e-8}; }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(experiment_);
        std::string prints;
        for (const Target& target : targets_) prints.append(fingerprint(target.values())).append(1, ' ');
        pairs.emplace_back("target_fingerprint", prints);
        return pairs;
    }
    void initialise(Trained& trained, const Philox& random) const { trained.initialise(random); }
    void normalise(std::span<float> gradient) const noexcept { Trained::normalise(gradient, architecture_, layout()); }

    NCA_COLD void begin(Batch<Rule>& batch, const Philox& random) const {
        const auto& sizes = extents().sizes();
        batch.draw_steps(experiment_.min_steps, experiment_.max_steps, steps_stream);
        const int drawn = batch.steps;
        batch.shorten_steps(experiment_.warm_up);
        // Goals change as often in a step where rollouts are shorter.
        const double change = experiment_.new_goals * batch.steps / drawn;
        const auto goals = static_cast<std::uint32_t>(targets_.size());
        for (int i = 0; i < batch.size(); ++i) {
            const auto sample = static_cast<std::uint64_t>(i);
            const bool seeded = i < experiment_.seeds || is_dead(batch.state(i));
            if (seeded) batch.state(i) = seed_state<Rule>(sizes, architecture_);
            const bool has_goal = !seeded && static_cast<std::uint32_t>(batch.label(i)) < goals;
            if (has_goal && change < 1.0 && random.split(change_stream).uniform(sample) >= change) continue;
            batch.label(i) = static_cast<std::int32_t>(random.split(goal_stream).below(sample, goals));
        }
        batch.options.fire_rate = experiment_.fire_rate;
    }
    [[nodiscard]] BasicVar<T> loss(Rollout<Rule, Trained>& rollout, int /*sample*/) const {
        const BasicVar<T>& block = rollout.weights().var();
        const EncoderLayout sizes = layout();
        const Weights<Rule> weights{slice(block, 0, static_cast<int>(sizes.first)), architecture_};
        const BasicVar<T> code = encode_goal(block, sizes, rollout.label());
        const int steps = rollout.batch().steps;
        const State<Rule>& state =
            rollout.advance(nca::rollout(weights, rollout.state(), steps, rollout.random(),
                                         static_cast<std::uint64_t>(rollout.steps()), rollout.batch().options, &code),
                            steps);
        return mean_squared_error(rgba(state), targets_[static_cast<std::size_t>(rollout.label())].values());
    }

private:
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t goal_stream = 3;
    static constexpr std::uint32_t change_stream = 5;

    Task(std::vector<Target> targets, const Experiment& experiment, const ArchitectureOf<Rule>& architecture)
        : targets_{std::move(targets)}, experiment_{experiment}, architecture_{architecture} {}

    /// Where the encoder lies in the parameters.
    [[nodiscard]] EncoderLayout layout() const noexcept {
        return {static_cast<int>(targets_.size()), experiment_.width, experiment_.codes, architecture_.block_size()};
    }
    [[nodiscard]] bool is_dead(const SparseState<T>& state) const noexcept {
        const auto channels = static_cast<std::size_t>(architecture_.channels());
        for (std::size_t i = 3; i < state.values.size(); i += channels) {
            if (state.values[i] > 0.1F) return false;
        }
        return true;
    }

    std::vector<Target> targets_;
    Experiment experiment_;
    ArchitectureOf<Rule> architecture_;
};

} // namespace nca::inline NCA_ABI::goal_guided::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_TASK_HPP

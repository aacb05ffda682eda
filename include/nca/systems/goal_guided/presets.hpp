// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_PRESETS_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_PRESETS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/train/schedule.hpp>

#include <cstdint>
#include <string_view>

namespace nca::inline NCA_ABI::goal_guided {

/// The hyperparameters of training one rule to grow and change between pictures ("morphing").
struct Experiment {
    std::string_view name = "morphing";
    int codes = 16;        ///< channels to which the goal is added; the rule has five more
    int width = 32;        ///< of the encoder
    int hidden_width = 64; ///< of the two hidden layers of the rule
    int pool_size = 1024;
    int batch = 8;
    int seeds = 2;      ///< samples of a batch that begin with the seed
    int min_steps = 48; ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 97;
    double fire_rate = 0.5;
    Schedule learning_rate = drop_to_three_tenths(5000);
    std::int64_t iterations = 20'000;
    std::int64_t warm_up = 0; ///< iterations over which rollouts grow to their length: not in the article
    /// The probability that a state of the pool is given a new goal, which may be its old one: 1 in the article. Where
    /// warm_up shortens rollouts it is smaller by as much, so that pictures have the time to form.
    double new_goals = 1.0;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using E = Experiment;
        visit(field("experiment", &E::name, "morphing"));
        visit(field("codes", &E::codes, "Channels to which the goal is added", 1, 512));
        visit(field("encoder_width", &E::width, "Width of the encoder of goals", 1, 1024));
        visit(field("hidden_width", &E::hidden_width, "Width of the two hidden layers of the rule", 1, 4096));
        visit(field("seeds", &E::seeds, "Samples of a batch that begin with the seed", 0, 255));
        visit(field("min_steps", &E::min_steps, "Minimum steps of a rollout", 1, 1e6));
        visit(field("max_steps", &E::max_steps, "Steps of a rollout stay below", 2, 1e6));
        visit(field("fire_rate", &E::fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0));
        visit(field("warm_up", &E::warm_up, "Iterations over which rollouts grow to their length", 0, 1e8));
        visit(field("new_goals", &E::new_goals, "Probability that a state of the pool is given a new goal", 0.0, 1.0));
    }

    /// 1e-3, and 0.3 of it after so many iterations.
    [[nodiscard]] static constexpr Schedule drop_to_three_tenths(std::int64_t last_initial) noexcept {
        return {.initial = 1e-3, .phases = {{{last_initial + 1, 3e-4}}}};
    }
};

/// The published training, with one update per iteration where the article's code has two on the same batch.
inline constexpr Experiment morphing{};

/// The iterations of the recipe `fast` for eight pictures of 40 x 40 cells.
inline constexpr std::int64_t fast_iterations = 60'000;

/// The recipe `fast` for these sizes, to be trained with the optimiser Soap (docs/goal-guided.md). The schedules depend
/// on the number of iterations.
[[nodiscard]] constexpr Experiment fast(Experiment experiment, std::int64_t iterations = fast_iterations) noexcept {
    experiment.pool_size = 256;
    experiment.batch = 2;
    experiment.seeds = 1;
    experiment.learning_rate = decay_to_zero(iterations, 1.5e-3);
    experiment.learning_rate.decay_from = iterations / 10; // longer rollouts need a lower rate
    experiment.iterations = iterations;
    experiment.warm_up = iterations * 75 / 100;
    return experiment;
}

} // namespace nca::inline NCA_ABI::goal_guided

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_PRESETS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_EVALUATE_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_EVALUATE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/goal_guided/encoder.hpp>
#include <nca/systems/goal_guided/published.hpp>
#include <nca/systems/goal_guided/target.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI::goal_guided {

/// What evaluate() measures.
struct EvaluateOptions {
    int grown = 96;   ///< steps from the seed after which a picture is compared
    int changed = 96; ///< steps after the change of a goal, which is done then
    int runs = 4;     ///< of each goal, with the seeds 1, 2, ...
};

/// How the pictures of a model compare with their targets. Errors are mean squared errors of red, green, blue and
/// alpha. A run is dead that has no cell of alpha above 0.1 when its picture is compared.
struct Evaluation {
    std::vector<double> error{};   ///< of each goal, grown from the seed: the mean of the runs that live
    std::vector<int> living{};     ///< of each goal, the runs that live
    std::vector<double> changed{}; ///< of each goal, changed to from every other one: the mean of these
    double mean_error = 0.0;       ///< of all goals
    double mean_changed = 0.0;     ///< of all changes
    double worst_changed = 0.0;    ///< of all changes
};

} // namespace nca::inline NCA_ABI::goal_guided

namespace nca::inline NCA_ABI::goal_guided::inline NCA_ISA {

/// A grid on which a picture grows.
using World = Simulation<AnyRule, Dynamic, Dynamic>;

/// A world with the seed in its middle. Allocates.
[[nodiscard]] NCA_COLD inline World planted(const AnyRule& rule, const World::Shape& extents, std::uint64_t seed) {
    World world{rule, extents, seed};
    world.plant(extents.columns() / 2, extents.rows() / 2);
    return world;
}

/// Gives all cells a goal. Precondition: the encoder is that of the rule, and has the goal.
NCA_COLD inline void set_goal(World& world, const Encoder& encoder, int goal) {
    const auto code = encoder.code(goal);
    [[maybe_unused]] const bool done = code && world.set_inputs(*code);
    NCA_ASSERT(done, "nca::goal_guided::set_goal: a goal of the encoder of the rule");
}

/// True if no cell has an alpha above 0.1.
[[nodiscard]] NCA_COLD inline bool is_dead(const World& world) {
    const auto state = world.state();
    for (int cell = 0; cell < state.extents().cells(); ++cell) {
        if (state.view().cell(cell)[3] > 0.1F) return false;
    }
    return true;
}

/// The mean squared error of red, green, blue and alpha. Precondition: the world has the target's extents.
[[nodiscard]] NCA_COLD inline double error_of(const World& world, const Target& target) {
    const auto state = world.state();
    const int cells = state.extents().cells();
    double total = 0.0;
    for (int cell = 0; cell < cells; ++cell) {
        for (std::size_t c = 0; c < 4; ++c) {
            const double error =
                static_cast<double>(state.view().cell(cell)[c]) - static_cast<double>(target.view().cell(cell)[c]);
            total += error * error;
        }
    }
    return total / (4.0 * cells);
}

/// Grows every goal from the seed, and changes it to every other one. What no run of a goal survives has the error of
/// an empty grid, and is changed to nothing. Does not depend on the executor. Allocates. Preconditions: a target for
/// every goal, all of the same extents; a run.
[[nodiscard]] NCA_COLD inline Evaluation evaluate(const GuidedModel& model, std::span<const Target> targets,
                                                  const EvaluateOptions& options, const ExecutorRef& executor) {
    const int goals = model.encoder.goals();
    NCA_ASSERT(options.runs > 0 && static_cast<int>(targets.size()) == goals,
               "nca::goal_guided::evaluate: runs, and a target for every goal");
    struct Run {
        bool dead = false;
        double error = 0.0;
        std::vector<double> changed{}; // by goal; -1 for its own
    };
    const auto count = static_cast<std::size_t>(goals);
    std::vector<Run> all(count * static_cast<std::size_t>(options.runs));
    executor.run(goals * options.runs, [&](int index) {
        Run& run = all[static_cast<std::size_t>(index)];
        const int goal = index / options.runs;
        World world = planted(model.rule, targets[0].extents(), static_cast<std::uint64_t>(index % options.runs) + 1);
        set_goal(world, model.encoder, goal);
        world.step(options.grown);
        run.error = error_of(world, targets[static_cast<std::size_t>(goal)]);
        run.dead = is_dead(world);
        for (int next = 0; next < goals && !run.dead; ++next) {
            if (next == goal) {
                run.changed.push_back(-1.0);
                continue;
            }
            World other = world;
            set_goal(other, model.encoder, next);
            other.step(options.changed);
            run.changed.push_back(error_of(other, targets[static_cast<std::size_t>(next)]));
        }
    });
    Evaluation found{std::vector<double>(count), std::vector<int>(count), std::vector<double>(count)};
    std::vector<int> changes(count);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::size_t goal = i / static_cast<std::size_t>(options.runs);
        if (all[i].dead) continue;
        ++found.living[goal];
        found.error[goal] += all[i].error;
        for (std::size_t next = 0; next < count; ++next) {
            if (next == goal) continue;
            found.changed[next] += all[i].changed[next];
            found.worst_changed = std::max(found.worst_changed, all[i].changed[next]);
            ++changes[next];
        }
    }
    int all_changes = 0;
    for (std::size_t goal = 0; goal < count; ++goal) {
        if (found.living[goal] > 0) {
            found.error[goal] /= found.living[goal];
        } else {
            found.error[goal] = all[goal * static_cast<std::size_t>(options.runs)].error;
        }
        found.mean_error += found.error[goal] / goals;
        found.mean_changed += found.changed[goal];
        all_changes += changes[goal];
        found.changed[goal] /= std::max(changes[goal], 1);
    }
    found.mean_changed /= std::max(all_changes, 1);
    return found;
}

} // namespace nca::inline NCA_ABI::goal_guided::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_EVALUATE_HPP

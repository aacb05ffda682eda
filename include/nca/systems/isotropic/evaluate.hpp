// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_EVALUATE_HPP
#define NCA_SYSTEMS_ISOTROPIC_EVALUATE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/philox.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/isotropic/task.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::isotropic {

/// What evaluate() measures.
struct EvaluateOptions {
    std::vector<int> steps{96, 500}; ///< ascending, counted from the seed
    int runs = 4;                    ///< with the seeds 1, 2, ...
};

/// How a picture compares with its target at a step, as means over runs.
struct Figures {
    double loss = 0.0;   ///< Task::picture_loss()
    double share = 0.0;  ///< of Task::trivial_loss()
    double living = 0.0; ///< share of the runs in which a cell is mature
};

} // namespace nca::inline NCA_ABI::isotropic

namespace nca::inline NCA_ABI::isotropic::inline NCA_ISA {

/// A grid on which a picture grows.
using World = Simulation<AnyRule, Dynamic, Dynamic>;

/// A world of a task's extents with its seed, whose angles are drawn. Allocates.
[[nodiscard]] NCA_COLD inline World planted(const AnyRule& rule, const Task& task, std::uint64_t seed) {
    World world{rule, World::Shape{task.extents()}, seed};
    auto options = step_options_of<AnyRule>(rule.architecture());
    options.fire_rate = task.experiment().fire_rate;
    world.set_options(options);
    FieldOf<AnyRule> field{task.extents().sizes(), rule.architecture()};
    load_cells(task.seed(Philox{seed}), field);
    World::StateGrid state{task.extents(), world.channels()};
    field.store(state.values().data());
    world.load(state.view());
    return world;
}

/// The figures at each of the steps, as means over the runs. Does not depend on the executor. Allocates.
/// Preconditions: steps ascend, there is a run, and the rule has the architecture of the task.
[[nodiscard]] NCA_COLD inline std::vector<Figures> evaluate(const AnyRule& rule, const Task& task,
                                                            const EvaluateOptions& options,
                                                            const ExecutorRef& executor) {
    NCA_ASSERT(options.runs > 0 && std::is_sorted(options.steps.begin(), options.steps.end()),
               "nca::isotropic::evaluate: runs, and steps that ascend");
    const auto channels = static_cast<std::size_t>(rule.architecture().channels());
    const auto life = static_cast<std::size_t>(rule.architecture().life_channel());
    const double all = task.trivial_loss();
    std::vector<std::vector<Figures>> found(static_cast<std::size_t>(options.runs));
    executor.run(options.runs, [&](int run) {
        World world = planted(rule, task, static_cast<std::uint64_t>(run) + 1);
        for (const int step : options.steps) {
            world.step(std::max(0, step - static_cast<int>(world.steps())));
            const auto state = world.state();
            const auto values = state.values();
            const double loss = task.picture_loss(values);
            bool lives = false;
            for (std::size_t i = life; i < values.size(); i += channels) {
                lives = lives || values[i] > rule.architecture().life_threshold();
            }
            found[static_cast<std::size_t>(run)].push_back({loss, loss / all, lives ? 1.0 : 0.0});
        }
    });
    std::vector<Figures> means(options.steps.size());
    for (std::size_t s = 0; s < means.size(); ++s) {
        for (const auto& figures : found) {
            means[s].loss += figures[s].loss / options.runs;
            means[s].share += figures[s].share / options.runs;
            means[s].living += figures[s].living / options.runs;
        }
    }
    return means;
}

} // namespace nca::inline NCA_ABI::isotropic::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_EVALUATE_HPP

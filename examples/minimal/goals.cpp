// SPDX-License-Identifier: Apache-2.0
// Trains one rule to grow a red square or a green one, as a goal tells its cells, and changes the goal.
#include <nca/systems/goal_guided.hpp>

#include <cstdio>

nca::goal_guided::Target square(std::size_t colour, int radius) {
    nca::goal_guided::Target target{nca::Extents<nca::Dynamic, nca::Dynamic>{{16, 16}}};
    for (int y = 8 - radius; y <= 8 + radius; ++y)
        for (int x = 8 - radius; x <= 8 + radius; ++x) target(y, x)[colour] = target(y, x)[3] = 1.0F;
    return target;
}

int main() {
    constexpr nca::goal_guided::Experiment experiment{.pool_size = 16, .batch = 4, .min_steps = 10, .max_steps = 16};
    const auto task = nca::goal_guided::Task::create({square(0, 2), square(1, 3)}, experiment);
    if (!task) return 1;
    nca::ThreadPool threads;
    nca::Trainer trainer{*task, {.seed = 2}, threads};
    trainer.run(500);
    const nca::goal_guided::Encoder encoder = trainer.averaged_rule().encoder();
    nca::Simulation<nca::AnyRule, 16, 16> world{trainer.averaged_rule().rule(), /*seed=*/1};
    world.plant(8, 8);
    for (const int goal : {0, 1, 0}) {
        const auto code = encoder.code(goal);
        if (!code || !world.set_inputs(*code)) return 1;
        world.step(16);
        const auto state = world.state();
        std::printf("goal %d: red %.2f, green %.2f\n", goal, double(state(8, 8)[0]), double(state(8, 8)[1]));
        if ((state(8, 8)[0] > state(8, 8)[1]) != (goal == 0)) return 1;
    }
}

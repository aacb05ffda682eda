// SPDX-License-Identifier: Apache-2.0
// Trains a tower of two kinds of blocks, which grows from one cell.
#include <nca/systems/voxel.hpp>

#include <cstdio>

int main() {
    // Depth, height and width, and the class of every cell: 0 is air. y is up.
    nca::voxel::Target target{{8, 8, 8}, 3, std::vector<std::int32_t>(512)};
    for (std::size_t y = 0; y < 6; ++y) target.blocks[(4 * 8 + y) * 8 + 4] = y < 4 ? 1 : 2;

    nca::voxel::Experiment experiment = nca::voxel::fast(nca::voxel::growing, /*iterations=*/400);
    experiment.min_steps = 16;
    experiment.max_steps = 24;
    const auto task = nca::voxel::Task::create(target, experiment);
    if (!task) return 1;
    nca::ThreadPool threads;
    nca::Trainer trainer{*task, {.seed = 1}, threads};
    trainer.run(experiment.iterations);

    const auto figures = nca::voxel::evaluate(trainer.averaged_rule(), target, {.steps = {24}}, threads);
    std::printf("%.2f blocks; of the tower's %.0f%% are right\n", figures[0].blocks, 100 * figures[0].right);
    return figures[0].right > 0.9 ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// Trains a creature of three dimensions from scratch: a red ball with a blue core grows from one cell, and persists.
#include <nca/nca.hpp>

#include <cstdio>

using Rule = nca::Rule<nca::Channels<12>, nca::Dimensions<3>, nca::Mlp<32>, nca::FireRate<1, 2>, nca::Alive<3>,
                       nca::Perception<nca::Identity, nca::SobelX, nca::SobelY, nca::SobelZ>>;

int main() {
    constexpr int side = 12;
    nca::growing::Target<Rule> target{nca::Extents<nca::Dynamic, nca::Dynamic, nca::Dynamic>{{side, side, side}}};
    for (int z = 0; z < side; ++z) {
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                const int square = (x - 6) * (x - 6) + (y - 6) * (y - 6) + (z - 6) * (z - 6);
                if (square > 9) continue;
                target(z, y, x)[square > 2 ? 0 : 2] = 1.0F;
                target(z, y, x)[3] = 1.0F;
            }
        }
    }
    nca::growing::Experiment experiment = nca::growing::persistent;
    experiment.pool_size = 8;
    experiment.batch = 4;
    experiment.min_steps = 8;
    experiment.max_steps = 14;
    experiment.learning_rate = nca::drop_after(400, 5e-3);
    nca::ThreadPool threads;
    nca::Trainer trainer{nca::growing::Task<Rule>{target, experiment}, {.seed = 1}, threads};
    trainer.run(600);
    std::printf("loss from %.4f to %.4f\n", double(trainer.losses().front()), double(trainer.losses().back()));
    nca::Simulation<Rule, side, side, side> world{trainer.averaged_rule(), /*seed=*/7};
    world.plant(side / 2, side / 2, side / 2);
    world.step(12);
    const auto state = world.state();
    for (int y = 0; y < side; ++y) { // a slice through the middle
        for (int x = 0; x < side; ++x) {
            const auto cell = state(side / 2, y, x);
            std::putchar(cell[3] < 0.5F ? '.' : (cell[2] > cell[0] ? 'o' : '#'));
        }
        std::putchar('\n');
    }
    return trainer.losses().back() < 0.3F * trainer.losses().front() ? 0 : 1;
}

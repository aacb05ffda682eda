// SPDX-License-Identifier: Apache-2.0
// Global pooling between steps: all cells are told the mean of channel 2 over the living ones. Though none reads its
// neighbours, they come to know in three steps what most of them were given in channel 1.
#include <nca/nca.hpp>

#include <cstdio>

using Voter = nca::Rule<nca::Channels<8>, nca::Frozen<2>, nca::AliveWhere<0>, nca::PerceivedInputs<1>,
                        nca::Perception<nca::Identity>, nca::Mlp<16>, nca::Activation<nca::Tanh>, nca::FireRate<1, 1>>;

nca::Grid<float, 8, 16, 16> ballot(const nca::Philox& random, bool won) { // channel 0: alive; 1: a vote of 1 or -1
    nca::Grid<float, 8, 16, 16> grid;
    for (std::uint64_t i = 0; i < 256; ++i) {
        if (random.uniform(i) < 0.4) continue;
        grid.view().cell(static_cast<int>(i))[0] = 1.0F;
        grid.view().cell(static_cast<int>(i))[1] = (random.uniform(1000 + i) < 0.7) == won ? 1.0F : -1.0F;
    }
    return grid;
}
struct Majority { // channel 3 of all that live shall be the vote of most
    using Rule = Voter;
    static nca::Extents<16, 16> extents() { return {}; }
    static void begin(nca::Batch<Voter>& batch, const nca::Philox& random) {
        for (int i = 0; i < batch.size(); ++i) {
            batch.label(i) = i % 2;
            batch.state(i) =
                nca::sparse_state<Voter>(ballot(random.split(static_cast<std::uint32_t>(i)), i % 2).view());
        }
    }
    static nca::Var loss(nca::Rollout<Voter>& rollout, int /*sample*/) {
        for (int t = 0; t < 3; ++t) {
            const nca::Var channel = nca::slice(nca::first_channels(rollout.state(), 3), 2, 1);
            const nca::Var pooled = (1.0F / static_cast<float>(rollout.state().cells().count)) * nca::sum(channel);
            rollout.run(1, &pooled);
        }
        const nca::Var state = nca::first_channels(rollout.state(), 4);
        const nca::Var wanted = (rollout.label() == 1 ? 1.0F : -1.0F) * nca::slice(state, 0, 1);
        return nca::mean(nca::square(nca::slice(state, 3, 1) - wanted));
    }
};
int main() {
    nca::ThreadPool threads;
    nca::Trainer trainer{Majority{}, {.seed = 1, .batch = 8}, threads};
    trainer.run(300);
    int right = 0, living = 0;
    for (std::uint32_t game = 0; game < 10; ++game) {
        nca::Simulation<Voter, 16, 16> world{trainer.rule()};
        world.load(ballot(nca::Philox{2, game}, game % 2 == 1));
        for (int t = 0; t < 3; ++t) {
            const auto state = world.state();
            float sum = 0.0F;
            for (int i = 0; i < 256; ++i) sum += state.view().cell(i)[2];
            const float pooled = sum / static_cast<float>(world.living_cells());
            if (!world.set_inputs({&pooled, 1})) return 2;
            world.step();
        }
        const auto state = world.state();
        for (int i = 0; i < 256; ++i)
            right += state.view().cell(i)[0] * state.view().cell(i)[3] * (game % 2 == 1 ? 1.0F : -1.0F) > 0.0F;
        living += world.living_cells();
    }
    std::printf("loss %.3f, then %.3f; %d of %d cells know the majority\n",
                static_cast<double>(trainer.losses().front()), static_cast<double>(trainer.losses().back()), right,
                living);
    return right > 9 * living / 10 ? 0 : 1;
}

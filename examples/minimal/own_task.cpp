// SPDX-License-Identifier: Apache-2.0
// Your own training is a struct: a rule, where samples start, and a loss on two moments of the rollout. Sample pool,
// optimiser, checkpoints and resuming are there already.
#include <nca/nca.hpp>

#include <algorithm>
#include <cstdio>

using Coral = nca::Rule<nca::Channels<12>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY, nca::Laplacian>,
                        nca::Mlp<48>, nca::Activation<nca::Tanh>, nca::Clamp<1>, nca::Torus, nca::FireRate<1, 2>>;

struct Band { // from a line in column 0, columns 0 to 3 become 1 in channel 0, the others 0, and they stay so
    using Rule = Coral;
    static nca::Extents<8, 16> extents() { return {}; }
    static nca::SparseState<float> line() {
        nca::Grid<float, 12, 8, 16> grid;
        for (int y = 0; y < 8; ++y) std::fill_n(grid(y, 0).begin(), 12, 1.0F);
        return nca::sparse_state<Coral>(grid.view());
    }
    static void fill(nca::SamplePool<float>& pool, const nca::Philox& /*random*/) {
        for (int i = 0; i < pool.size(); ++i) pool[i] = line();
    }
    static void begin(nca::Batch<Coral>& batch, const nca::Philox& /*random*/) { batch.state(0) = line(); }
    static nca::Var loss(nca::Rollout<Coral>& rollout, int /*sample*/) {
        std::vector<float> band(8 * 16);
        for (std::size_t i = 0; i < band.size(); ++i) band[i] = i % 16 < 4 ? 1.0F : 0.0F;
        const auto error = [&](const nca::State<Coral>& state) {
            return nca::mean(nca::square(nca::first_channels(state, 1) - rollout.tape().constant({8, 16, 1}, band)));
        };
        const nca::Var early = error(rollout.run(12));
        return 0.5F * early + error(rollout.run(12));
    }
};

int main() {
    nca::ThreadPool threads;
    const nca::TrainerOptions options{.seed = 1, .batch = 4, .pool_size = 16};
    nca::Trainer whole{Band{}, options, threads}, first{Band{}, options, threads}, second{Band{}, options, threads};
    whole.run(200, [](const nca::TrainingReport& report) { std::printf("loss %.4f\n", report.loss); });
    first.run(80);
    if (!first.save("band.safetensors") || !second.resume("band.safetensors")) return 2; // another day
    second.run(200);
    return std::ranges::equal(second.rule().parameters(), whole.rule().parameters()) ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// Your own training is a struct: a rule, where samples start, and a loss on two moments of the rollout. Sample pool,
// optimiser, checkpoints and resuming are there already.
#include <nca/nca.hpp>

#include <algorithm>
#include <cstdio>

using Coral = nca::Rule<nca::Channels<12>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY, nca::Laplacian>,
                        nca::Mlp<48>, nca::Activation<nca::Tanh>, nca::Torus, nca::FireRate<1, 2>>;

struct Stripes { // from noise, every fourth column becomes 1 in channel 0, the others 0, and it stays so
    using Rule = Coral;
    static nca::Extents<24, 32> extents() { return {}; }

    static void begin(nca::Batch<Coral>& batch, const nca::Philox& random) { // the first sample starts from noise
        nca::Grid<float, 12, 24, 32> noise;
        for (std::size_t i = 0; i < noise.values().size(); ++i) noise.values()[i] = float(random.split(2).uniform(i));
        batch.state(0) = nca::sparse_state<Coral>(noise.view());
    }
    static nca::Var loss(nca::Rollout<Coral>& rollout, int /*sample*/) {
        std::vector<float> stripes(24 * 32);
        for (std::size_t i = 0; i < stripes.size(); i += 4) stripes[i] = 1.0F;
        const auto error = [&](const nca::State<Coral>& state) {
            const nca::Var column = nca::first_channels(state, 1);
            return nca::mean(nca::square(column - rollout.tape().constant(column.shape(), stripes)));
        };
        const nca::Var early = error(rollout.run(10));
        return 0.5F * early + error(rollout.run(14));
    }
};

int main() {
    nca::ThreadPool threads;
    const nca::TrainerOptions options{.seed = 1, .batch = 4, .pool_size = 16};
    nca::Trainer whole{Stripes{}, options, threads}, first{Stripes{}, options, threads},
        second{Stripes{}, options, threads};
    whole.run(60, [](const auto& report) { std::printf("loss %.4f\n", report.loss); });
    first.run(30);
    if (!first.save("stripes.safetensors") || !second.resume("stripes.safetensors")) return 2; // another day
    second.run(60);
    return std::ranges::equal(second.rule().parameters(), whole.rule().parameters()) ? 0 : 1;
}

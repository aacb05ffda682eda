// SPDX-License-Identifier: Apache-2.0
// Your own rule is a type; this one lives on a torus and perceives the Laplacian too. It runs with random weights.
#include <nca/run.hpp>

#include <cstdio>

using Coral = nca::Rule<nca::Channels<12>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY, nca::Laplacian>,
                        nca::Mlp<96>, nca::Torus, nca::FireRate<1, 2>>;

int main() {
    Coral rule;
    const nca::Philox random{1};
    for (std::size_t i = 0; i < Coral::layers.size(); ++i) {
        const int layer = static_cast<int>(i);
        for (int in = 0; in < Coral::layers[i].inputs; ++in) {
            for (int out = 0; out < Coral::layers[i].outputs; ++out) {
                const auto index = static_cast<std::uint64_t>(in * Coral::layers[i].outputs + out);
                rule.weight(layer, in, out) =
                    0.05F * static_cast<float>(random.split(0, layer == 0 ? 0 : 1).normal(index));
            }
        }
        rule.bias(layer, 0) = 0.01F;
    }
    nca::Simulation<Coral, 32, 64> world{rule, /*seed=*/1};
    for (int i = 0; i < 50; ++i) world.step();
    const auto state = world.state();
    std::printf("%d parameters; the first cell after 50 steps: %g\n", Coral::parameter_count,
                static_cast<double>(state(0, 0)[0]));
}

// SPDX-License-Identifier: Apache-2.0
// Your own rule is a type; this one lives on a torus and has a filter of its own. It runs with random weights.
#include <nca/run.hpp>

#include <cstdio>

/// The difference along a diagonal.
struct Diagonal {
    static constexpr std::string_view name = "diagonal";     // in model files
    static constexpr std::string_view spelling = "Diagonal"; // in exported headers
    static constexpr double weight(int /*rank*/, int neighbour) {
        return neighbour == 0 ? -0.5 : neighbour == 8 ? 0.5 : 0;
    }
};

using Coral = nca::Rule<nca::Channels<12>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY, Diagonal>,
                        nca::Mlp<96>, nca::Torus, nca::FireRate<1, 2>>;

int main() {
    Coral rule;
    rule.initialise(nca::Philox{1}, /*output_scale=*/0.5);
    rule.bias(1, 0) = 0.01F; // a state of zeros would stay zero without
    nca::Simulation<Coral, 32, 64> world{rule, /*seed=*/1};
    for (int i = 0; i < 50; ++i) world.step();
    const auto state = world.state();
    std::printf("%d parameters; the first cell after 50 steps: %g\n", Coral::parameter_count,
                static_cast<double>(state(0, 0)[0]));
}

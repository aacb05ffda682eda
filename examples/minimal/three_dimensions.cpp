// SPDX-License-Identifier: Apache-2.0
// A 3-D automaton with a filter of its own: a crystal on which a cell freezes if it touches exactly one face.
#include <nca/run.hpp>

#include <bit>
#include <cmath>
#include <cstdio>
#include <numeric>

struct Faces { // the sum over the six cells that share a face, of the 27 of a neighbourhood in row-major order
    static constexpr double weight(int /*rank*/, int n) {
        return n == 4 || n == 10 || n == 12 || n == 14 || n == 16 || n == 22 ? 1.0 : 0.0;
    }
};
using Sight = nca::Perception<nca::Identity, Faces>;
using Crystal = nca::Rule<nca::Channels<1>, nca::Dimensions<3>, nca::FireRate<1, 1>, nca::Mlp<3>, Sight>;

int main() {
    Crystal rule; // x' = x + h0 - 2 h1 + h2 with h = max(faces - 8 x - {0, 1, 2}, 0): one at one face, else zero
    for (int h = 0; h < 3; ++h) {
        rule.weight(0, 0, h) = -8;
        rule.weight(0, 1, h) = 1;
        rule.bias(0, h) = static_cast<float>(-h);
        rule.weight(1, h, 0) = h == 1 ? -2.0F : 1.0F;
    }
    nca::Simulation<Crystal, 33, 33, 33> world{rule};
    world.paint(/*radius=*/0.5, {1.0F}, 16, 16, 16); // x, y, z
    world.step(15);
    double expected = 1.0; // Ulam and Warburton: step n adds 6 * 5^(ones in n, less 1) cells
    for (unsigned n = 1; n <= 15; ++n) expected += 6.0 * std::pow(5.0, std::popcount(n) - 1);
    const auto state = world.state();
    const double count = std::accumulate(state.values().begin(), state.values().end(), 0.0);
    for (int y = 0; y < 33; ++y) {
        for (int x = 0; x < 33; ++x) std::putchar(state(16, y, x)[0] > 0.5F ? '#' : '.'); // z, y, x
        std::putchar('\n');
    }
    std::printf("%g cells, expected %g\n", count, expected);
    return count == expected ? 0 : 1;
}

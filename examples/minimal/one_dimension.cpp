// SPDX-License-Identifier: Apache-2.0
// A 1-D automaton: Rule 110, which computes anything that can be computed, with weights set by hand.
#include <nca/run.hpp>

#include <cstdio>

using Rule110 = nca::Rule<nca::Channels<1>, nca::Dimensions<1>, nca::FireRate<1, 1>, nca::Mlp<4>,
                          nca::Perception<nca::Identity, nca::SobelX, nca::Laplacian>>;

int main() {
    // Of the cells l, x, r a cell perceives x, (r - l) / 2 and (l + r) / 2 - x. Its next state is
    // min(x + r, 1) - max(l + x + r - 2, 0), which four hidden values h = max(., 0) express.
    Rule110 rule;
    const float hidden[4][4] = {{2, 1, 1, 0}, {2, 1, 1, -1}, {3, 0, 2, -2}, {1, 0, 0, 0}}; // x, dx, ddx, bias
    const float update[4] = {1, -1, -1, -1};                                               // x + r, ..., x
    for (int h = 0; h < 4; ++h) {
        for (int in = 0; in < 3; ++in) rule.weight(0, in, h) = hidden[h][in];
        rule.bias(0, h) = hidden[h][3];
        rule.weight(1, h, 0) = update[h];
    }
    nca::Simulation<Rule110, 64> world{rule};
    world.paint(/*radius=*/0.5, {1.0F}, 62); // one cell
    bool right = true;
    for (int step = 0; step < 31; ++step) {
        const auto before = world.state();
        for (int x = 0; x < 64; ++x) std::putchar(before(x)[0] > 0.5F ? '#' : '.');
        std::putchar('\n');
        world.step();
        const auto after = world.state();
        const auto bit = [&](int x) { return x >= 0 && x < 64 && before(x)[0] > 0.5F ? 1 : 0; };
        for (int x = 0; x < 64; ++x) {
            const int number = 4 * bit(x - 1) + 2 * bit(x) + bit(x + 1);
            right = right && after(x)[0] == static_cast<float>((110 >> number) & 1);
        }
    }
    std::printf("%s\n", right ? "as Rule 110 says" : "not Rule 110");
    return right ? 0 : 1;
}

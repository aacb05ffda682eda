// SPDX-License-Identifier: Apache-2.0
// Cells that perceive no direction: a world that is turned has the same future, turned.
#include <nca/systems/isotropic.hpp>

#include <cmath>
#include <cstdio>

int main() {
    using Rule = nca::isotropic::Rule<nca::SquareLattice>;
    Rule rule;
    rule.initialise(nca::Philox{2}, /*output_scale=*/0.02);

    constexpr int side = 33;
    using World = nca::Simulation<Rule, side, side>;
    nca::StepOptions<Rule> all_fire;
    all_fire.fire_rate = 1.0;
    World world{rule};
    World turned{rule};
    world.set_options(all_fire);
    turned.set_options(all_fire);
    world.plant(16, 16);
    world.plant(20, 13); // four cells right of the middle, three above it
    turned.plant(16, 16);
    turned.plant(13, 12); // a quarter turn counter-clockwise: three left, four above

    world.step(12);
    turned.step(12);
    const auto before = world.state();
    const auto after = turned.state();
    double apart = 0.0;
    double largest = 0.0;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (std::size_t c = 0; c < 16; ++c) {
                const double value = before(y, x)[c];
                largest = std::fmax(largest, std::fabs(value));
                apart = std::fmax(apart, std::fabs(value - double(after(side - 1 - x, y)[c])));
            }
        }
    }
    std::printf("the largest value is %.2f, the largest difference %.1e\n", largest, apart);
    return largest > 0.1 && apart < 1e-3 * largest ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// A game: it runs a rule. Ends with status 0 if the cells have spread.
#include <nca/run.hpp>

int main() {
    using Rule = nca::Rule<nca::Channels<4>, nca::Mlp<8>, nca::FireRate<1, 1>, nca::Alive<3>, nca::Torus>;
    Rule rule;
    rule.bias(1, 3) = 0.25F; // every cell next to a living one gains alpha
    nca::Simulation<Rule, 16, 16> world{rule, /*seed=*/7};
    world.plant(8, 8);
    for (int i = 0; i < 4; ++i) world.step();
    return world.living_cells() > 9 ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// Runs a creature: a simulation, a seed, steps, a hole, and its state.
#include <nca/run.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>

#include <cstdio>

int main(int argc, char** argv) {
    using Rule = nca::growing::Rule<>;
    Rule rule; // without a file: cells that do nothing
    if (argc > 1) {
        auto model = nca::load_model<Rule>(argv[1]);
        if (!model) return std::fprintf(stderr, "%s\n", model.error().message.c_str()), 2;
        rule = model->rule;
    }
    nca::Simulation<Rule, 72, 72> world{rule, /*seed=*/7};
    world.plant(36, 36); // x, y
    for (int i = 0; i < 200; ++i) world.step();
    world.erase(/*radius=*/8, 24, 36);
    for (int i = 0; i < 200; ++i) world.step();
    const auto state = world.state();
    for (int y = 0; y < 72; y += 3) {
        for (int x = 0; x < 72; x += 2) std::putchar(state(y, x)[3] > 0.1F ? '#' : '.');
        std::putchar('\n');
    }
}

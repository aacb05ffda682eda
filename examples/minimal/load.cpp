// SPDX-License-Identifier: Apache-2.0
// Runs a model file of any rule: what the rule is, and how it is run, the file says.
#include <nca/run/load_simulation.hpp>

#include <cstdio>

int main(int argc, char** argv) {
    const char* const path = argc > 1 ? argv[1] : "own.safetensors";
    if (argc < 2) { // without a file: a rule of our own, whose cells do nothing
        using Rule = nca::Rule<nca::Channels<10>, nca::Mlp<32>, nca::Torus, nca::Alive<3>>;
        if (const auto saved = nca::save_model(Rule{}, path); !saved) return 2;
    }
    auto world = nca::load_simulation(path, {72, 72}, {.seed = 7}); // height, width
    if (!world) return std::fprintf(stderr, "%s\n", world.error().message.c_str()), 2;
    const auto& rule = world->rule().architecture();
    std::printf("%d channels, %d parameters\n", rule.channels(), rule.parameter_count());
    if (rule.has_life()) world->plant(36, 36); // x, y
    world->step(200);
    std::printf("%d living cells\n", world->living_cells());
}

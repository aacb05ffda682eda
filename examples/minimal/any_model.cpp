// SPDX-License-Identifier: Apache-2.0
// Runs a model file of any rule and number of dimensions; one rule is compiled, and is somewhat faster.
#include <nca/run/any_model.hpp>

#include <cstdio>
#include <vector>

using Coral = nca::Rule<nca::Channels<10>, nca::Mlp<32>, nca::Torus, nca::Alive<3>>;

int main(int argc, char** argv) {
    const char* const path = argc > 1 ? argv[1] : "coral.safetensors";
    if (argc < 2) { // without a file: a coral whose cells do nothing
        if (const auto saved = nca::save_model(Coral{}, path); !saved) return 2;
    }
    nca::RuleRegistry rules;
    rules.add<Coral>(); // a line for every rule whose sizes the program knows
    const auto file = nca::read_safetensors(path);
    const auto model = file ? rules.read(*file) : nca::Result<nca::AnyModel>{file.error()};
    if (!model) return std::fprintf(stderr, "%s\n", model.error().message.c_str()), 2;
    const nca::RuleDescription& rule = model->description();
    std::printf("%d dimensions, %d channels, %d goals\n", rule.dimensions, rule.channels, model->goals().count());

    const std::vector<int> sizes(static_cast<std::size_t>(rule.dimensions), 40); // slowest first
    const auto world = model->simulate(sizes, {.seed = 7});
    if (!world) return std::fprintf(stderr, "%s\n", world.error().message.c_str()), 2;
    if (rule.life == nca::LifeKind::alive) (*world)->plant(std::vector<int>(sizes.size(), 20)); // x, y, z
    if (const auto goal = model->goals().at(0)) {
        if (!(*world)->set_inputs(*goal)) return 2;
    }
    (*world)->step(200);
    std::printf("%d living cells\n", (*world)->living_cells());
}

// SPDX-License-Identifier: Apache-2.0
// The models of a folder, read from files: a creature that is turned, a texture on squares and on hexagons, a digit.
// With NCA_DETERMINISTIC the hashes are the same on every processor.
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/texture/rule.hpp>

#include "print.hpp"

#include <cstdlib>
#include <string>

namespace {

std::string folder;

template <class Rule>
nca::Model<Rule> load(const std::string& name) {
    auto model = nca::load_model<Rule>(folder + "/" + name);
    if (model.ok()) return std::move(*model);
    std::puts(model.error().message.c_str());
    std::exit(1);
}

void creature() {
    using Rule = nca::growing::Rule<>;
    nca::Simulation<Rule, 72, 72> world{load<Rule>("growing/lizard.safetensors").rule, /*seed=*/3};
    auto options = world.options();
    options.angle = 0.6;
    options.fire_rate = 0.7;
    options.boundary = nca::Boundary::torus;
    world.set_options(options);
    world.plant(36, 36);
    world.step(60);
    print_hash("turned lizard", world.hash());
}

void texture() {
    using Rule = nca::texture::PyTorchRule<>;
    const auto model = load<Rule>("textures/scales.safetensors");
    nca::Simulation<Rule, 16, 24> squares{model.rule, /*seed=*/5};
    squares.step(40);
    print_hash("texture on squares", squares.hash());
    nca::Simulation<nca::texture::Hexagonal<Rule>, 16, 24> hexagons{nca::texture::on_hexagons(model.rule), /*seed=*/5};
    hexagons.step(40);
    print_hash("texture on hexagons", hexagons.hash());
}

// A ring of ink, which is a zero; its cells have noise.
void digit() {
    using Rule = nca::mnist::Rule<>;
    const auto model = load<Rule>("mnist/ce.safetensors");
    nca::Simulation<Rule, 28, 28> world{model.rule, /*seed=*/11};
    world.set_options(model.options);
    nca::Grid<float, Rule::channels, 28, 28> ink{};
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x) {
            const int square = (x - 14) * (x - 14) + (y - 14) * (y - 14);
            if (square >= 36 && square <= 81) ink(y, x)[0] = 0.75F;
        }
    }
    world.load(ink);
    world.step(40);
    print_hash("digit", world.hash());
    const auto state = world.state();
    int votes[nca::mnist::classes] = {};
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x) {
            if (state(y, x)[0] > nca::mnist::ink) ++votes[nca::mnist::vote_of(state(y, x).data())];
        }
    }
    int verdict = 0;
    for (int digit = 1; digit < nca::mnist::classes; ++digit) verdict = votes[digit] > votes[verdict] ? digit : verdict;
    std::printf("verdict: %d\n", verdict);
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) return std::puts("usage: models FOLDER"), 2;
    folder = arguments[1];
    print_lanes();
    creature();
    texture();
    digit();
    return 0;
}

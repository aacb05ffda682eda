// SPDX-License-Identifier: Apache-2.0
// The trajectories of tests/web/hashes.test.mjs, natively and with the library alone; prints the hashes that stand
// there.
//
//     g++ -std=c++20 -O2 -DNCA_DETERMINISTIC -I include tests/web/trajectories.cpp -o trajectories && ./trajectories
#include <nca/run/community.hpp>
#include <nca/run/perturb.hpp>
#include <nca/run/state_hash.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/texture/cell_fields.hpp>
#include <nca/systems/texture/published.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#if !defined(NCA_DETERMINISTIC)
#error "compile with -DNCA_DETERMINISTIC"
#endif

namespace {

using Creature = nca::growing::Rule<>;
using Digit = nca::mnist::Rule<>;
using Shape = nca::Extents<nca::Dynamic, nca::Dynamic>;
template <class R>
using Community = nca::Community<R, nca::Dynamic, nca::Dynamic>;

template <class T>
T require(nca::Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
}
std::string path_of(const char* name) {
    return std::string{"examples/models/"} + name + ".safetensors";
}
void print(const char* name, std::uint64_t hash) {
    std::printf("%s %s\n", name, nca::hash_text(hash).c_str());
}

void attacked_creature() {
    const auto lizard = require(nca::growing::load_model<Creature>(path_of("growing/lizard")));
    const auto tailless = require(nca::growing::load_model<Creature>(path_of("adversarial/no_tail_adversary")));
    Community<Creature> community{{nca::borrow(lizard.rule), nca::borrow(tailless.rule)}, Shape{{72, 72}}, 7};
    community.world().set_options(lizard.options);
    community.world().plant(36, 36);
    for (int i = 0; i < 100; ++i) community.world().step();
    community.assign(1, 8.0, 40.0, 30.0);
    for (int i = 0; i < 100; ++i) community.step();
    print("adversaries among a creature", community.world().hash());
}

void perturbed_creature() {
    const auto lizard = require(nca::growing::load_model<Creature>(path_of("growing/lizard")));
    const auto file = require(nca::read_safetensors(path_of("adversarial/red_matrix")));
    nca::Perturbation<Creature> perturbation;
    perturbation.add(require(nca::adversarial::perturbation_from<Creature>(file, "")), 0.5);
    Community<Creature> community{{nca::borrow(lizard.rule)}, Shape{{60, 72}}, 7};
    auto options = lizard.options;
    options.boundary = nca::Boundary::torus;
    options.angle = 30.0 * (3.14159265358979323846 / 180.0);
    community.world().set_options(options);
    community.world().plant(36, 30);
    for (int i = 0; i < 200; ++i) {
        nca::perturbed_step(community.world(), perturbation, nca::PerturbationOrder::after_step,
                            [&] { community.world().step(); });
    }
    print("a perturbed creature", community.world().hash());
}

/// A 7 of full ink: a bar of 17 cells and a stem of 28.
void digit() {
    const auto honest = require(nca::mnist::load_model<Digit>(path_of("mnist/l2_noise")));
    const auto liar = require(nca::mnist::load_model<Digit>(path_of("adversarial/always8")));
    Community<Digit> community{{nca::borrow(honest.rule), nca::borrow(liar.rule)}, Shape{{56, 56}}, 7};
    auto options = honest.options;
    options.noise = 0.02;
    community.world().set_options(options);
    auto state = community.world().state();
    for (int x = 20; x <= 36; ++x) state(14, x)[0] = state(15, x)[0] = 1.0F;
    for (int y = 14; y <= 41; ++y) state(y, 35)[0] = state(y, 36)[0] = 1.0F;
    community.world().load(state);
    for (int i = 0; i < 100; ++i) community.world().step();
    print("a digit", community.world().hash());
    community.assign(1, 4.0, 30.0, 14.0);
    for (int i = 0; i < 100; ++i) community.step();
    print("adversaries among a digit", community.world().hash());
}

template <class R>
void texture(const char* name, const R& rule, const nca::StepOptions<R>& options, bool polar) {
    nca::Simulation<R, nca::Dynamic, nca::Dynamic> world{rule, Shape{{40, 48}}, 7};
    world.set_options(options);
    if (polar && !world.set_angles(nca::texture::alignment_angles(nca::texture::Alignment::polar, 40, 48)))
        std::abort();
    for (int i = 0; i < 200; ++i) world.step();
    print(name, world.hash());
}

} // namespace

int main() {
    attacked_creature();
    perturbed_creature();
    digit();
    using Rule = nca::texture::PyTorchRule<>;
    const auto bubbles = require(nca::texture::model_from(require(nca::read_safetensors(path_of("textures/bubbles")))));
    const auto& model = std::get<nca::Model<Rule>>(bubbles);
    nca::StepOptions<nca::texture::Hexagonal<Rule>> options;
    options.fire_rate = model.options.fire_rate;
    options.boundary = model.options.boundary;
    texture("a texture on squares", model.rule, model.options, false);
    texture("a texture on hexagons", nca::texture::on_hexagons(model.rule), options, true);
    return 0;
}

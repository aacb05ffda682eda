// SPDX-License-Identifier: Apache-2.0
#include "systems.hpp"

#include "commands.hpp"
#include "creature_attack.hpp"
#include "mnist_model.hpp"
#include "texture_model.hpp"
#include "texture_target.hpp"

#include <algorithm>
#include <array>

namespace program {

namespace {

void add_growing(const Command& program) {
    add_grow(program);
    add_run(program);
    add_evaluate(program);
}

void add_mnist(const Command& program) {
    const Command group =
        program.add_group("mnist", "Self-classifying digits: cells that agree on the digit that they form");
    add_mnist_train(group);
    add_mnist_eval(group);
    add_mnist_curves(group);
    add_mnist_run(group);
}

void add_texture(const Command& program) {
    const Command group = program.add_group("texture", "Living textures: cells that agree on a pattern");
    add_texture_run(group);
    add_texture_graft(group);
    add_texture_train(group);
    add_texture_eval(group);
}

void add_attack(const Command& program) {
    const Command attack = program.add_group(
        "attack", "Make a trained automaton do something else: adversaries among its cells, or matrices that perturb "
                  "its states");
    const Command mnist = attack.add_group("mnist", "Adversaries that make every digit agree on one class");
    add_attack_mnist_train(mnist);
    add_attack_mnist_eval(mnist);
    add_attack_mnist_run(mnist);
    const Command growing = attack.add_group("growing", "Adversaries that turn a creature into another one");
    add_attack_growing_train(growing);
    add_attack_growing_run(growing);
    const Command perturb = attack.add_group("perturb", "Matrices that turn a creature into another one");
    add_attack_perturb_train(perturb);
    add_attack_perturb_run(perturb);
}

constexpr std::array<System, 5> table{{
    {nca::System::growing, "growing", add_growing, describe_creature, import_creature, creature_header,
     creature_distill},
    {nca::System::mnist, "mnist", add_mnist, describe_mnist_model, import_mnist_model, nullptr, nullptr},
    {nca::System::texture, "texture", add_texture, describe_texture, import_textures, texture_header, nullptr},
    {nca::System::perturbations, "perturbations", add_attack, describe_perturbations, nullptr, nullptr, nullptr},
    {nca::System::network, "network", nullptr, describe_network, nullptr, nullptr, nullptr},
}};

} // namespace

std::span<const System> systems() {
    return table;
}

const System& system_of(const ModelFile& file) {
    const nca::System kind = kind_of(file);
    const auto* const found =
        std::find_if(table.begin(), table.end(), [kind](const System& system) { return system.kind == kind; });
    return found == table.end() ? table.front() : *found;
}

} // namespace program

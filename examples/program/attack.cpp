// SPDX-License-Identifier: Apache-2.0
#include "attack_program.hpp"

namespace program {

void add_attack(CLI::App& app) {
    CLI::App& attack = add_group(app, "attack", "attack",
                                 "Make a trained automaton do something else: adversaries among its cells, or matrices "
                                 "that perturb its states");
    CLI::App& mnist =
        add_group(attack, "mnist", "attack mnist", "Adversaries that make every digit agree on one class");
    add_attack_mnist_train(mnist);
    add_attack_mnist_eval(mnist);
    add_attack_mnist_run(mnist);
    CLI::App& growing =
        add_group(attack, "growing", "attack growing", "Adversaries that turn a creature into another one");
    add_attack_growing_train(growing);
    add_attack_growing_run(growing);
    CLI::App& perturb =
        add_group(attack, "perturb", "attack perturb", "Matrices that turn a creature into another one");
    add_attack_perturb_train(perturb);
    add_attack_perturb_run(perturb);
}

} // namespace program

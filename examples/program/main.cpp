// SPDX-License-Identifier: Apache-2.0
// The program `nca`: trains, runs, evaluates and converts neural cellular automata.
#include "command.hpp"
#include "processes.hpp"

namespace program {

// Each declares a command, with its options, in the program or in a group of commands; a file beside this one has it.

// nca
void add_grow(const Command& program);
void add_train(const Command& program);
void add_run(const Command& program);
void add_world(const Command& program);
void add_evaluate(const Command& program);

// nca mnist
void add_mnist_train(const Command& group);
void add_mnist_eval(const Command& group);
void add_mnist_curves(const Command& group);
void add_mnist_run(const Command& group);

// nca texture
void add_texture_run(const Command& group);
void add_texture_graft(const Command& group);
void add_texture_train(const Command& group);
void add_texture_eval(const Command& group);

// nca isotropic
void add_isotropic_train(const Command& group);

// nca voxel
void add_voxel_train(const Command& group);
void add_voxel_eval(const Command& group);

// nca goal
void add_goal_train(const Command& group);
void add_goal_eval(const Command& group);

// nca attack mnist, nca attack growing, nca attack perturb
void add_attack_mnist_train(const Command& group);
void add_attack_mnist_eval(const Command& group);
void add_attack_mnist_run(const Command& group);
void add_attack_growing_train(const Command& group);
void add_attack_growing_run(const Command& group);
void add_attack_perturb_train(const Command& group);
void add_attack_perturb_run(const Command& group);

// Files of any system
void add_import(const Command& program);
void add_export(const Command& program);
void add_info(const Command& program);

// Commands of the program itself
void add_many(const Command& program);

} // namespace program

int main(int argc, char** argv) {
    using namespace program;
    Application nca{
        "nca", "Neural cellular automata: creatures that grow from one cell, persist and regenerate, digits whose\n"
               "cells agree on what they form, living textures, and attacks on trained cells.\n"
               "Every command prints one JSON line on standard output; progress goes to standard error."};
    nca.require_command();
    nca.set_footer(
        "Exit status: 0 for success; 2 if something is wrong, which one line on standard error tells; 130, 143\n"
        "or 129 after a training that Ctrl-C, SIGTERM or SIGHUP stopped: it is saved, and --resume continues it.");
    const Command all = nca.command();
    add_grow(all);
    add_train(all);
    add_run(all);
    add_world(all);
    add_evaluate(all);
    add_many(all);
    const Command mnist =
        all.add_group("mnist", "Self-classifying digits: cells that agree on the digit that they form");
    add_mnist_train(mnist);
    add_mnist_eval(mnist);
    add_mnist_curves(mnist);
    add_mnist_run(mnist);
    const Command texture = all.add_group("texture", "Living textures: cells that agree on a pattern");
    add_texture_run(texture);
    add_texture_graft(texture);
    add_texture_train(texture);
    add_texture_eval(texture);
    const Command isotropic =
        all.add_group("isotropic", "Cells without a sense of direction, which grow a picture in any orientation");
    add_isotropic_train(isotropic);
    const Command voxel = all.add_group("voxel", "Structures of blocks that grow from one cell, in three dimensions");
    add_voxel_train(voxel);
    add_voxel_eval(voxel);
    const Command goal = all.add_group("goal", "One rule that grows several pictures, and changes between them");
    add_goal_train(goal);
    add_goal_eval(goal);
    const Command attack = all.add_group(
        "attack", "Make a trained automaton do something else: adversaries among its cells, or matrices that perturb "
                  "its states");
    const Command digits = attack.add_group("mnist", "Adversaries that make every digit agree on one class");
    add_attack_mnist_train(digits);
    add_attack_mnist_eval(digits);
    add_attack_mnist_run(digits);
    const Command growing = attack.add_group("growing", "Adversaries that turn a creature into another one");
    add_attack_growing_train(growing);
    add_attack_growing_run(growing);
    const Command perturb = attack.add_group("perturb", "Matrices that turn a creature into another one");
    add_attack_perturb_train(perturb);
    add_attack_perturb_run(perturb);
    add_import(all);
    add_export(all);
    add_info(all);
    const Processes processes;
    return processes.finish(nca.run(argc, argv));
}

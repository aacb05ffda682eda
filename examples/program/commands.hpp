// SPDX-License-Identifier: Apache-2.0
// Each function declares a command, with its options, in the program or in a group of commands.
#ifndef NCA_EXAMPLES_PROGRAM_COMMANDS_HPP
#define NCA_EXAMPLES_PROGRAM_COMMANDS_HPP

#include "command.hpp"

namespace program {

// nca
void add_grow(const Command& program);
void add_run(const Command& program);
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

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_COMMANDS_HPP

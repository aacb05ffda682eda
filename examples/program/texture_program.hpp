// SPDX-License-Identifier: Apache-2.0
// What the commands of `nca texture` share.
#ifndef NCA_EXAMPLES_NCA_TEXTURE_PROGRAM_HPP
#define NCA_EXAMPLES_NCA_TEXTURE_PROGRAM_HPP

#include "program.hpp"

namespace program {

/// Adds the group `nca texture`.
void add_texture(CLI::App& app);

/// Each adds a command to the group.
void add_texture_run(CLI::App& group);
void add_texture_graft(CLI::App& group);
void add_texture_train(CLI::App& group);
void add_texture_eval(CLI::App& group);

} // namespace program

#endif // NCA_EXAMPLES_NCA_TEXTURE_PROGRAM_HPP

// SPDX-License-Identifier: Apache-2.0
#include "texture_program.hpp"

namespace program {

void add_texture(CLI::App& app) {
    CLI::App* const group = app.add_subcommand("texture", "Living textures: cells that agree on a pattern");
    // As in main(): an unknown command is not a missing one.
    group->require_subcommand(0, 1);
    add_texture_run(*group);
    add_texture_graft(*group);
    add_texture_train(*group);
    add_texture_eval(*group);
    group->callback([group] {
        if (group->get_subcommands().empty()) throw Failure{"a command of texture is missing (see nca texture --help)"};
    });
}

} // namespace program

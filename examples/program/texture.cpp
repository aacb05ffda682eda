// SPDX-License-Identifier: Apache-2.0
#include "texture_program.hpp"

namespace program {

void add_texture(CLI::App& app) {
    CLI::App& group = add_group(app, "texture", "texture", "Living textures: cells that agree on a pattern");
    add_texture_run(group);
    add_texture_graft(group);
    add_texture_train(group);
    add_texture_eval(group);
}

} // namespace program

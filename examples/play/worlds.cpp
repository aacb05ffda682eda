// SPDX-License-Identifier: Apache-2.0
#include "worlds.hpp"

#include <algorithm>

namespace play {

std::vector<std::unique_ptr<World>> make_worlds(const std::vector<std::string>& models, const WorldOptions& options) {
    std::vector<std::unique_ptr<World>> worlds;
    for (const std::string& path : models) {
        const program::ModelFile file = program::open_model_file(path);
        const nca::System kind = program::kind_of(file);
        // That of creatures also reads files of no known kind, and tells what is wrong with them.
        const auto make = kind == nca::System::mnist     ? make_digit_world
                          : kind == nca::System::texture ? make_texture_plane
                                                         : make_creature_world;
        std::unique_ptr<World> made = make(file, options);
        const auto absorbs = [&](const std::unique_ptr<World>& world) { return world->absorb(*made); };
        if (std::none_of(worlds.begin(), worlds.end(), absorbs)) worlds.push_back(std::move(made));
    }
    return worlds;
}

bool has_adversary(const WorldOptions& options, nca::System kind) {
    if (options.adversary.empty()) return false;
    const nca::System found = program::kind_of(program::open_model_file(options.adversary));
    if (found != nca::System::growing && found != nca::System::mnist) {
        throw program::Failure{"--adversary " + nca::quote_path(options.adversary) +
                               ": expected a model of creatures or of digits"};
    }
    return found == kind;
}

} // namespace play

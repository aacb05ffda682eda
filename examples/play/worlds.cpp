// SPDX-License-Identifier: Apache-2.0
#include "worlds.hpp"

#include <algorithm>
#include <iterator>

namespace play {

// One per system, each in a file of its own.
std::unique_ptr<World> make_creature_world(const program::ModelFile& file, const WorldOptions& options);
std::unique_ptr<World> make_digit_world(const program::ModelFile& file, const WorldOptions& options);
std::unique_ptr<World> make_texture_plane(const program::ModelFile& file, const WorldOptions& options);

namespace {

struct Maker {
    nca::System system;
    std::unique_ptr<World> (*make)(const program::ModelFile& file, const WorldOptions& options);
};
constexpr Maker makers[]{{nca::System::growing, make_creature_world},
                         {nca::System::mnist, make_digit_world},
                         {nca::System::texture, make_texture_plane}};

} // namespace

std::vector<std::unique_ptr<World>> make_worlds(const std::vector<std::string>& models, const WorldOptions& options) {
    std::vector<std::unique_ptr<World>> worlds;
    for (const std::string& path : models) {
        const program::ModelFile file = program::open_model_file(path);
        const nca::FileKind kind = program::kind_of(file);
        const auto maker = std::ranges::find(makers, kind.system, &Maker::system);
        if (kind.system == nca::System::network || kind.system == nca::System::perturbations) {
            throw program::Failure{nca::quote_path(path) + ": expected a model, found " +
                                   std::string{nca::noun_of(kind.system)}};
        }
        if (!kind.reason.empty()) throw program::Failure{nca::quote_path(path) + ": " + kind.reason};
        // The reader of creatures says what is wrong with a rule in our format.
        std::unique_ptr<World> made = (maker == std::end(makers) ? makers[0] : *maker).make(file, options);
        const auto absorbs = [&](const std::unique_ptr<World>& world) { return world->absorb(*made); };
        if (std::none_of(worlds.begin(), worlds.end(), absorbs)) worlds.push_back(std::move(made));
    }
    return worlds;
}

bool has_adversary(const WorldOptions& options, nca::System kind) {
    if (options.adversary.empty()) return false;
    const nca::System found = program::kind_of(program::open_model_file(options.adversary)).system;
    if (found != nca::System::growing && found != nca::System::mnist) {
        throw program::Failure{"--adversary " + nca::quote_path(options.adversary) +
                               ": expected a model of creatures or of digits"};
    }
    return found == kind;
}

} // namespace play

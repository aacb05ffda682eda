// SPDX-License-Identifier: Apache-2.0
#include "rule_world.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace play {

// One per system, each in a file of its own.
std::unique_ptr<World> make_creature_world(const program::ModelFile& file, const WorldOptions& options);
std::unique_ptr<World> make_digit_world(const program::ModelFile& file, const WorldOptions& options);
std::unique_ptr<World> make_texture_plane(const program::ModelFile& file, const WorldOptions& options);

namespace {

/// Ends the program if an extent was given that the grid of a model does not have.
void require_extents(const WorldOptions& options, int dimensions, const std::string& path) {
    const char* const option = options.depth && dimensions < 3    ? "--depth"
                               : options.height && dimensions < 2 ? "--height"
                                                                  : nullptr;
    if (option == nullptr) return;
    throw program::Failure{std::string{option} + ": the model has " + std::to_string(dimensions) +
                           (dimensions == 1 ? " dimension: " : " dimensions: ") + nca::quote_path(path)};
}

/// A world of any rule, in as many dimensions as it has.
std::unique_ptr<World> make_rule_world(const program::ModelFile& file, const WorldOptions& options) {
    constexpr std::array make{make_line_world, make_plane_world, make_voxel_world};
    nca::AnyModel model = program::any_model_in(file);
    const int dimensions = model.description().dimensions;
    require_extents(options, dimensions, file.path);
    return make[static_cast<std::size_t>(dimensions - 1)](program::stem_of(file.path), std::move(model), options);
}

struct Maker {
    nca::System system;
    std::unique_ptr<World> (*make)(const program::ModelFile& file, const WorldOptions& options);
};
constexpr Maker makers[]{{nca::System::growing, make_creature_world},
                         {nca::System::mnist, make_digit_world},
                         {nca::System::texture, make_texture_plane}};

/// A world of the system of a file, or of any rule if its rule is none of theirs.
std::unique_ptr<World> make_world(const program::ModelFile& file, nca::System system, const WorldOptions& options) {
    const auto* maker = std::ranges::find(makers, system, &Maker::system);
    if (program::has_own_rule(file) || (maker == std::end(makers) && program::is_of_any_rule(file))) {
        return make_rule_world(file, options);
    }
    require_extents(options, 2, file.path);
    if (options.goal) {
        throw program::Failure{"--goal: " + nca::quote_path(file.path) + ": " +
                               nca::Goals{}.at(*options.goal).error().message};
    }
    // The reader of creatures says what is wrong with a rule in our format.
    return (maker == std::end(makers) ? makers[0] : *maker).make(file, options);
}

} // namespace

std::vector<std::unique_ptr<World>> make_worlds(const std::vector<std::string>& models, const WorldOptions& options) {
    std::vector<std::unique_ptr<World>> worlds;
    for (const std::string& path : models) {
        const program::ModelFile file = program::open_model_file(path);
        const nca::FileKind kind = program::kind_of(file);
        if (kind.system == nca::System::network || kind.system == nca::System::perturbations) {
            throw program::Failure{nca::quote_path(path) + ": expected a model, found " +
                                   std::string{nca::noun_of(kind.system)}};
        }
        if (!kind.reason.empty()) throw program::Failure{nca::quote_path(path) + ": " + kind.reason};
        std::unique_ptr<World> made = make_world(file, kind.system, options);
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

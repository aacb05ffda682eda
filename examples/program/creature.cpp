// SPDX-License-Identifier: Apache-2.0
#include "creature.hpp"

#include <nca/systems/growing/published.hpp>

#include <algorithm>
#include <support/render.hpp>

namespace program {

Model load_creature(const std::string& path) {
    return creature_in(open_model_file(path));
}

Model creature_in(const ModelFile& file) {
    if (kind_of(file) == nca::System::mnist) {
        throw Failure{nca::quote_path(file.path) +
                      " is a model of another system: of the system 'mnist', where a growing one is needed"};
    }
    return require(nca::growing::parse_model<Rule>(file.bytes, file.path));
}

nca::TextPairs creature_notes(const support::Target& target) {
    return {{"nca.system", "growing"},
            {"training.target", target.name},
            {"training.height", std::to_string(target.height)},
            {"training.width", std::to_string(target.width)}};
}

Option add_target(const Command& command, TargetOptions& options, const std::string& what, int max_size,
                  int max_padding) {
    command.add("--size", options.size, "The longer side of the target in cells; larger images are shrunk", 1,
                max_size);
    command.add("--padding", options.padding, "Empty cells around the target", 0, max_padding);
    return command.add("--target", options.target, what).required();
}

support::Target load_target(const TargetOptions& options) {
    support::Target target = require(support::load_target(options.target, options.size, options.padding));
    require_grid(target.height, target.width);
    return target;
}

nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid_of(const support::Target& target) {
    nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid{
        nca::Extents<nca::Dynamic, nca::Dynamic>{{target.height, target.width}}};
    std::copy(target.rgba.begin(), target.rgba.end(), grid.values().begin());
    return grid;
}

support::Image image_of(const StateGrid& state) {
    return support::over_white(state.values(), state.extents()[0], state.extents()[1], Rule::channels);
}

} // namespace program

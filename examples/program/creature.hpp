// SPDX-License-Identifier: Apache-2.0
// Growing creatures: their models and their worlds.
#ifndef NCA_EXAMPLES_PROGRAM_CREATURE_HPP
#define NCA_EXAMPLES_PROGRAM_CREATURE_HPP

#include <nca/core/fields.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>

#include "cell_world.hpp"
#include "model_file.hpp"

#include <string>
#include <support/image.hpp>
#include <support/target.hpp>
#include <vector>

namespace program {

/// The rule of the growing models that the program trains and runs: 16 channels, 128 hidden values.
using Rule = nca::growing::Rule<>;
using Model = nca::Model<Rule>;
/// A creature on its grid.
using Creature = CellWorld<Rule>;
using StateGrid = Creature::Grid;

/// Reads a growing model: ours, or a published one. A file that is damaged, or of another system, ends the program.
[[nodiscard]] Model load_creature(const std::string& path);
[[nodiscard]] Model creature_in(const ModelFile& file);
/// The notes of a creature or attack that was trained with this target.
[[nodiscard]] nca::TextPairs creature_notes(const support::Target& target);

/// Declares --target, --size and --padding. `what`: the help of the target.
struct TargetOptions {
    std::string target{};
    int size = 40;
    int padding = 16;
};
Option add_target(const Command& command, TargetOptions& options, const std::string& what, int max_size = 1024,
                  int max_padding = 1024);
/// The target. What cannot be read ends the program.
[[nodiscard]] support::Target load_target(const TargetOptions& options);

/// A target as a grid.
[[nodiscard]] nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid_of(const support::Target& target);
/// The creature over white, one pixel per cell.
[[nodiscard]] support::Image image_of(const StateGrid& state);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CREATURE_HPP

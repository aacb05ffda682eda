// SPDX-License-Identifier: Apache-2.0
// Growing creatures: their models and their worlds.
#ifndef NCA_EXAMPLES_PROGRAM_CREATURE_HPP
#define NCA_EXAMPLES_PROGRAM_CREATURE_HPP

#include <nca/core/fields.hpp>
#include <nca/run/header_text.hpp>
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
/// The notes of a trained creature or attack: a trainer's, and the target.
[[nodiscard]] nca::TextPairs creature_notes(nca::TextPairs notes, const support::Target& target);
/// Writes a model with its notes, as nca::save_model().
void save_creature(const Rule& rule, const std::string& path, const nca::StoredMetadata& notes);

// For the table of systems.
[[nodiscard]] nca::Json describe_creature(const ModelFile& file);
[[nodiscard]] nca::Json import_creature(const ModelFile& file, const std::string& to);
[[nodiscard]] std::string creature_header(const ModelFile& file, const nca::HeaderOptions& options);
[[nodiscard]] std::string creature_distill(const ModelFile& file);

/// A disc that is erased before a step.
struct Damage {
    long step = 0;
    double x = 0.0;
    double y = 0.0;
    double radius = 0.0;
};
/// Declares --damage.
void add_damage(const Command& command, std::vector<std::string>& damages);
/// Reads marks STEP:X,Y,R. Anything else ends the program.
[[nodiscard]] std::vector<Damage> parse_damages(const std::vector<std::string>& texts);
/// Erases the discs that are due at the present step.
void apply_damages(Creature& creature, const std::vector<Damage>& damages);

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
/// The mean squared error of red, green, blue and alpha over the grid of the target.
[[nodiscard]] double error_of(const StateGrid& state, const support::Target& target);
/// The errors of several runs at one step: their mean and the largest.
[[nodiscard]] double mean_of(const std::vector<double>& errors);
[[nodiscard]] double worst_of(const std::vector<double>& errors);

/// The creature over white, one pixel per cell.
[[nodiscard]] support::Image image_of(const StateGrid& state);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CREATURE_HPP

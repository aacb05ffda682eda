// SPDX-License-Identifier: Apache-2.0
// One rule for several pictures: the pictures of its goals, its files, and how well it grows and changes them.
#ifndef NCA_EXAMPLES_PROGRAM_GOAL_MODEL_HPP
#define NCA_EXAMPLES_PROGRAM_GOAL_MODEL_HPP

#include <nca/core/fields.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/io/json.hpp>
#include <nca/systems/goal_guided/published.hpp>
#include <nca/systems/goal_guided/target.hpp>

#include "command.hpp"
#include "model_file.hpp"

#include <optional>
#include <string>
#include <support/image.hpp>
#include <vector>

namespace program {

/// The pictures of goals 0, 1, ...
struct PictureOptions {
    std::vector<std::string> pictures{};
    std::optional<int> size{};    ///< default: 40
    std::optional<int> padding{}; ///< default: 12
};
/// Declares them.
void add_pictures(const Command& command, PictureOptions& options);

/// Pictures on grids of one size.
struct GoalPictures {
    std::vector<std::string> names{};
    std::vector<nca::goal_guided::Target> targets{};
};
/// The pictures, each in the middle of a square grid that has room for the largest. What cannot be read ends the
/// program, and so do too many pictures.
[[nodiscard]] GoalPictures load_pictures(const PictureOptions& options);
/// The notes of a model of ours.
[[nodiscard]] nca::TextPairs goal_notes(const GoalPictures& pictures, const PictureOptions& options);

/// A model, and what the metadata of its file say of its pictures.
struct GoalModel {
    nca::goal_guided::GuidedModel model{};
    std::optional<int> size{};
    std::optional<int> padding{};
};
/// Reads a model: ours, or a published one, .pt or .safetensors. Anything else ends the program.
[[nodiscard]] GoalModel load_goal_model(const std::string& path);
[[nodiscard]] GoalModel goal_model_in(const ModelFile& file);

/// How the goals of a model do: a verdict, the error of each grown from the seed for `steps` steps and after a change,
/// and the means.
[[nodiscard]] nca::Json goal_health(const nca::goal_guided::GuidedModel& model, const GoalPictures& pictures, int steps,
                                    int runs, nca::ThreadPool& threads);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_GOAL_MODEL_HPP

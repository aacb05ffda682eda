// SPDX-License-Identifier: Apache-2.0
// Files of models, and what is in them.
#ifndef NCA_EXAMPLES_PROGRAM_MODEL_FILE_HPP
#define NCA_EXAMPLES_PROGRAM_MODEL_FILE_HPP

#include <nca/core/fields.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/identify.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/published_options.hpp>

#include "program.hpp"

#include <cstddef>
#include <vector>

namespace program {

/// A file that the command line names, or one model of a collection: COLLECTION.json:NAME.
struct ModelFile {
    std::string path;
    std::string entry; ///< the name in a collection; empty: the whole file
    std::vector<std::byte> bytes;
    nca::PublishedOptions published{}; ///< what the file does not tell of its rule
    nca::StoredMetadata notes{};       ///< what it does not tell of its training
};
/// Reads a file. One that cannot be read ends the program.
[[nodiscard]] ModelFile open_model_file(const std::string& path);

/// What a file claims to be; whether the rest of it is sound is not checked.
[[nodiscard]] nca::FileKind kind_of(const ModelFile& file);

/// The value of a key; null if it is missing.
[[nodiscard]] const std::string* find_metadata(const nca::StoredMetadata& metadata, std::string_view key);
/// The whole number of a range under a key, or a default.
[[nodiscard]] int metadata_number(const nca::StoredMetadata& metadata, std::string_view key, int otherwise,
                                  int least = 1, int most = max_side);

/// The rule of the growing models that the program trains and runs: 16 channels, 128 hidden values.
using Rule = nca::growing::Rule<>;
using Model = nca::Model<Rule>;
/// Reads a growing model: ours, or a published one. A file that is damaged, or of another system, ends the program.
[[nodiscard]] Model load_creature(const std::string& path);
[[nodiscard]] Model creature_in(const ModelFile& file);

/// True for a model file of ours whose rule, as its metadata describe it, is none of the thread's systems.
[[nodiscard]] bool has_own_rule(const ModelFile& file);

using MnistRule = nca::mnist::Rule<>;
using MnistModel = nca::Model<MnistRule>;
/// True for the metadata and the channels of a model whose cells vote for digits.
[[nodiscard]] bool votes_for_digits(const nca::StoredMetadata& metadata, int channels);
/// Reads a model: ours, the published graph, or its decoded tensors. A file that is damaged, or of another system, ends
/// the program.
[[nodiscard]] MnistModel load_mnist_model(const std::string& path);
[[nodiscard]] MnistModel mnist_model_in(const ModelFile& file);
/// The notes of a model that was trained with this noise.
[[nodiscard]] nca::TextPairs mnist_notes(double noise);

/// How a model is run: as its file says, but for what is given.
[[nodiscard]] nca::StepOptions<MnistRule> step_options_of(const MnistModel& model, std::optional<double> fire_rate,
                                                          std::optional<double> noise);

using nca::mnist::colours_of;

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_MODEL_FILE_HPP

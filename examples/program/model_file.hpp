// SPDX-License-Identifier: Apache-2.0
// Files of models, and what is in them.
#ifndef NCA_EXAMPLES_PROGRAM_MODEL_FILE_HPP
#define NCA_EXAMPLES_PROGRAM_MODEL_FILE_HPP

#include <nca/io/safetensors.hpp>
#include <nca/systems/identify.hpp>

#include "program.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace program {

/// A file that the command line names, or one model of a collection: COLLECTION.json:NAME.
struct ModelFile {
    std::string path;
    std::string entry; ///< the name in a collection; empty: the whole file
    std::vector<std::byte> bytes;
};
/// Reads a file. One that cannot be read ends the program.
[[nodiscard]] ModelFile open_model_file(const std::string& path);

/// What a file claims to be; whether the rest of it is sound is not checked.
[[nodiscard]] nca::System kind_of(const ModelFile& file);

/// The value of a key; null if it is missing.
[[nodiscard]] const std::string* find_metadata(const nca::StoredMetadata& metadata, std::string_view key);
/// The whole number from 1 to max_side under a key, or a default.
[[nodiscard]] int metadata_number(const nca::StoredMetadata& metadata, std::string_view key, int otherwise);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_MODEL_FILE_HPP

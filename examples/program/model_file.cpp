// SPDX-License-Identifier: Apache-2.0
#include "model_file.hpp"

#include <nca/io/file.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

namespace program {

ModelFile open_model_file(const std::string& path) {
    std::error_code error;
    const std::size_t colon = path.rfind(".json:");
    if (colon == std::string::npos || std::filesystem::exists(path, error)) {
        return {path, {}, require(nca::read_file(path))};
    }
    ModelFile file{path.substr(0, colon + 5), path.substr(colon + 6), {}};
    if (file.entry.empty()) throw Failure{nca::quote_path(path) + ": the name of a model is missing behind the colon"};
    file.bytes = require(nca::read_file(file.path));
    return file;
}

nca::System kind_of(const ModelFile& model) {
    return model.entry.empty() ? nca::identify(model.bytes).system : nca::System::texture;
}

const std::string* find_metadata(const nca::StoredMetadata& metadata, std::string_view key) {
    const auto found =
        std::find_if(metadata.begin(), metadata.end(), [&](const auto& entry) { return entry.first == key; });
    return found == metadata.end() ? nullptr : &found->second;
}

int metadata_number(const nca::StoredMetadata& metadata, std::string_view key, int otherwise) {
    const std::string* const text = find_metadata(metadata, key);
    double number = 0.0;
    if (text == nullptr || !parse_number(*text, 1.0, max_side, number) || number != std::floor(number))
        return otherwise;
    return static_cast<int>(number);
}

} // namespace program

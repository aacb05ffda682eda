// SPDX-License-Identifier: Apache-2.0
#include "model_file.hpp"

#include <nca/io/file.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/io/texture_collection.hpp>
#include <nca/systems/growing.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/texture/rule.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

namespace program {

namespace {

FileKind kind_of_json(std::string_view text) {
    const auto json = nca::parse_json(text);
    if (!json) return FileKind::unknown;
    if (nca::is_tensorflow_graph(*json)) {
        const auto tensors = nca::parse_tensorflow_graph(text);
        return tensors && nca::growing::is_growing_graph(*tensors) ? FileKind::growing : FileKind::mnist;
    }
    if (nca::is_texture_collection(*json)) return FileKind::texture;
    return json->as_array() != nullptr ? FileKind::growing : FileKind::unknown;
}

/// Whether a file holds square matrices of the channels of creatures, and nothing else.
bool holds_perturbations(const nca::SafetensorsFile& file) {
    constexpr std::size_t channels = nca::growing::Rule<>::channels;
    return !file.tensors().empty() &&
           std::all_of(file.tensors().begin(), file.tensors().end(), [](const nca::StoredTensor& tensor) {
               return tensor.shape == std::vector<std::size_t>{channels, channels};
           });
}

} // namespace

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

FileKind kind_of(const ModelFile& model) {
    if (!model.entry.empty()) return FileKind::texture;
    if (nca::looks_like_json(model.bytes)) return kind_of_json(nca::as_text(model.bytes));
    const auto file = nca::parse_safetensors(model.bytes, {});
    if (!file) return FileKind::unknown;
    if (holds_perturbations(*file)) return FileKind::perturbations;
    if (const std::string* const name = file->find_metadata("nca.system")) {
        return *name == "mnist"     ? FileKind::mnist
               : *name == "growing" ? FileKind::growing
               : *name == "texture" ? FileKind::texture
                                    : FileKind::unknown;
    }
    for (const char* const tensor : {"features.0.weight", "conv11.weight", "fire2.squeeze1x1.weight",
                                     "conv2d0_pre_relu_conv.weight", "inception3a.branch1.conv.weight"}) {
        if (file->find(tensor) != nullptr) return FileKind::network;
    }
    // Models of others have no metadata: MNIST models have a learned perception, growing ones a fixed one, textures 12
    // channels or one layer.
    if (file->find("perceive.kernel") != nullptr) return FileKind::mnist;
    const nca::StoredTensor* const last = file->find("hidden_to_update.weight");
    const std::string* const channels = file->find_metadata("nca.channels");
    if (file->find("update.weight") != nullptr ||
        (last != nullptr && last->shape.size() == 2 && last->shape[0] == nca::texture::channels &&
         (channels == nullptr || *channels == std::to_string(nca::texture::channels)))) {
        return FileKind::texture;
    }
    const nca::StoredTensor* const first = file->find("perceive_to_hidden.weight");
    if (first == nullptr || first->shape.size() != 2) return FileKind::unknown;
    return first->shape[1] == 9 * 20   ? FileKind::mnist
           : first->shape[1] == 3 * 16 ? FileKind::growing
                                       : FileKind::unknown;
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

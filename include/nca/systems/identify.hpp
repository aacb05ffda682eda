// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_IDENTIFY_HPP
#define NCA_SYSTEMS_IDENTIFY_HPP

#include <nca/core/push_macros.hpp>

#include <nca/io/file.hpp>
#include <nca/io/json.hpp>
#include <nca/io/pytorch_file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/systems/growing/port_tensors.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a file holds: the one place that decides it.
namespace nca::inline NCA_ABI {

/// The systems that have model files, and what else lies beside models.
enum class System {
    growing,
    mnist,
    texture,
    network,       ///< the weights of a feature network, for style losses
    perturbations, ///< matrices that perturb the states of growing models (Adversarial Reprogramming)
    unknown
};

/// The formats of model files.
enum class FileFormat {
    safetensors, ///< tensors by name, our format among them
    layers_json, ///< a JSON array of dense layers, as the demo of Growing NCA loads them
    graph_json,  ///< a TensorFlow.js graph model
    collection,  ///< many textures in one JSON object
    json,        ///< JSON that is none of these
    pytorch,     ///< tensors by name in a zip archive, as torch.save() writes them
    unknown      ///< anything else
};

/// What a file claims to be.
struct FileKind {
    System system = System::unknown;
    FileFormat format = FileFormat::unknown;

    /// True for each of the formats that are JSON text.
    [[nodiscard]] constexpr bool is_json() const noexcept {
        return format != FileFormat::safetensors && format != FileFormat::pytorch && format != FileFormat::unknown;
    }
};

/// True if the bytes can only be JSON: '[' or '{' follows an optional byte order mark and white space, and none of the first eight bytes is
/// zero, as one always is in a safetensors file (the length of its header).
[[nodiscard]] inline bool looks_like_json(std::span<const std::byte> bytes) noexcept {
    const std::string_view text = as_text(bytes);
    if (text.substr(0, 8).find('\0') != std::string_view::npos) return false;
    const std::size_t first = text.find_first_not_of(" \t\r\n", text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    return first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
}

namespace detail {

/// The system of a graph: growing if its first constant, but for those of 3 x 3 from which a graph makes its filters,
/// is the first layer of a growing model (as of Adversarial Reprogramming), or else MNIST.
[[nodiscard]] inline System system_of_graph(std::string_view text) {
    const auto tensors = parse_tensorflow_graph(text);
    if (!tensors) return System::mnist;
    const auto first = std::find_if(tensors->begin(), tensors->end(), [](const GraphTensor& tensor) {
        return tensor.shape != std::vector<std::size_t>{3, 3};
    });
    const bool growing = first != tensors->end() && first->shape == std::vector<std::size_t>{1, 1, 48, 128};
    return growing ? System::growing : System::mnist;
}

[[nodiscard]] inline FileKind kind_of_json(std::string_view text) {
    const auto json = parse_json(text);
    if (!json) return {System::unknown, FileFormat::json};
    if (is_tensorflow_graph(*json)) return {system_of_graph(text), FileFormat::graph_json};
    if (json->find("model_names") != nullptr && json->find("layers") != nullptr) {
        return {System::texture, FileFormat::collection};
    }
    if (json->as_array() != nullptr) return {System::growing, FileFormat::layers_json};
    return {System::unknown, FileFormat::json};
}

[[nodiscard]] inline System system_of(const SafetensorsFile& file) {
    const auto has = [&](std::string_view name) { return file.find(name) != nullptr; };
    const auto extent = [&](std::string_view name, std::size_t axis) {
        const StoredTensor* const tensor = file.find(name);
        return tensor != nullptr && tensor->shape.size() == 2 ? tensor->shape[axis] : 0;
    };
    const bool perturbations =
        !file.tensors().empty() &&
        std::all_of(file.tensors().begin(), file.tensors().end(), [](const StoredTensor& tensor) {
            return tensor.shape == std::vector<std::size_t>{16, 16};
        });
    if (perturbations) return System::perturbations;
    if (const std::string* const name = file.find_metadata("nca.system")) {
        return *name == "mnist"     ? System::mnist
               : *name == "growing" ? System::growing
               : *name == "texture" ? System::texture
                                    : System::unknown;
    }
    if (has("features.0.weight") || has("conv11.weight") || has("fire2.squeeze1x1.weight") ||
        has("conv2d0_pre_relu_conv.weight") || has("inception3a.branch1.conv.weight")) {
        return System::network;
    }
    // Models from elsewhere have no metadata. MNIST: the learned perception of 20 channels. Textures: 12 channels, or a
    // single layer (muNCA). Growing: three filters of 16 channels.
    if (has("perceive.kernel")) return System::mnist;
    const std::string* const channels = file.find_metadata("nca.channels");
    if (has("update.weight") ||
        (extent("hidden_to_update.weight", 0) == 12 && (channels == nullptr || *channels == "12"))) {
        return System::texture;
    }
    const std::size_t perceived = extent("perceive_to_hidden.weight", 1);
    if (perceived == 9 * 20) return System::mnist;
    return perceived == 3 * 16 || growing::looks_like_port(file.tensors()) ? System::growing : System::unknown;
}

} // namespace detail

/// The system and the format of a file, as far as its content tells: whether the rest of the file is sound is not
/// checked. Cost: that of parsing JSON or a PyTorch file, or the header of a safetensors file. A PyTorch file that is
/// damaged keeps its format, so that whoever reads it is told what is wrong.
[[nodiscard]] inline FileKind identify(std::span<const std::byte> bytes) {
    if (looks_like_json(bytes)) return detail::kind_of_json(as_text(bytes));
    if (looks_like_pytorch(bytes)) {
        const auto file = parse_pytorch(bytes);
        const bool port = file && growing::looks_like_port(file->tensors());
        return {port ? System::growing : System::unknown, FileFormat::pytorch};
    }
    const auto file = parse_safetensors(bytes);
    if (!file) return {};
    return {detail::system_of(*file), FileFormat::safetensors};
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_IDENTIFY_HPP

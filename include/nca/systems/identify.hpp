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
#include <nca/systems/convolution_tensors.hpp>
#include <nca/systems/depthwise_tensors.hpp>
#include <nca/systems/growing/port_perception.hpp>
#include <nca/systems/growing/port_tensors.hpp>
#include <nca/systems/isotropic/published.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a file holds: the one place that decides it.
namespace nca::inline NCA_ABI {

/// The systems that have model files, and what else lies beside models.
enum class System {
    growing,
    mnist,
    texture,
    goal_guided,
    isotropic,
    voxel,
    convolutional, ///< of no article: learned convolutions and dense layers, from elsewhere
    network,       ///< the weights of a feature network, for style losses
    perturbations, ///< matrices that perturb the states of growing models (Adversarial Reprogramming)
    unknown
};

/// The formats of model files.
enum class FileFormat {
    safetensors, ///< tensors by name, our format among them
    layers_json, ///< a JSON array of dense layers, as the demo of Growing NCA loads them
    graph_json,  ///< a TensorFlow.js graph model
    arrays_json, ///< a JSON object of base64 arrays, as the demo of Growing Isotropic NCA loads it
    collection,  ///< many textures in one JSON object
    json,        ///< JSON that is none of these
    pytorch,     ///< tensors by name in a zip archive, as torch.save() writes them
    unknown      ///< anything else
};

/// What a file claims to be.
struct FileKind {
    System system = System::unknown;
    FileFormat format = FileFormat::unknown;
    std::string reason{}; ///< why it is of no system; empty if it is of one, or has tensors of our names

    /// True for each of the formats that are JSON text.
    [[nodiscard]] constexpr bool is_json() const noexcept {
        return format != FileFormat::safetensors && format != FileFormat::pytorch && format != FileFormat::unknown;
    }
};

namespace detail {

/// The system of a graph by its first constant, but for those of 3 x 3 from which a graph makes its filters: growing if
/// it is a dense layer (as of Adversarial Reprogramming), MNIST if it is the kernel of a learned perception.
[[nodiscard]] inline FileKind kind_of_graph(std::string_view text) {
    const auto tensors = parse_tensorflow_graph(text);
    if (!tensors) return {System::unknown, FileFormat::graph_json, tensors.error().message};
    for (const GraphTensor& tensor : *tensors) {
        if (tensor.shape.size() != 4) continue;
        return {tensor.shape[0] == 1 ? System::growing : System::mnist, FileFormat::graph_json};
    }
    return {System::unknown, FileFormat::graph_json, "this is a TensorFlow.js graph whose constants hold no kernel"};
}

[[nodiscard]] inline FileKind kind_of_json(std::string_view text) {
    const auto json = parse_json(text);
    if (!json) return {System::unknown, FileFormat::json, json.error().message};
    if (is_tensorflow_graph(*json)) return kind_of_graph(text);
    if (json->find("model_names") != nullptr && json->find("layers") != nullptr) {
        return {System::texture, FileFormat::collection};
    }
    if (json->as_array() != nullptr) return {System::growing, FileFormat::layers_json};
    if (json->find("w1") != nullptr && json->find("b1") != nullptr && json->find("w2") != nullptr) {
        return {System::isotropic, FileFormat::arrays_json};
    }
    return {System::unknown, FileFormat::json,
            "this is JSON, but no model: neither an array of layers, nor a TensorFlow.js graph, nor arrays w1, b1 and "
            "w2, nor a collection of textures"};
}

/// The system of the tensors of a model from elsewhere, by their shapes: goals have an encoder, blocks have kernels of
/// three dimensions, and isotropic rules perceive a state and its Laplacian. Ports of Growing NCA: the three filters.
/// Others: convolutions.
[[nodiscard]] NCA_COLD inline System system_of_tensors(std::span<const StoredTensor> tensors) {
    const auto among = [&](auto&& is) { return std::any_of(tensors.begin(), tensors.end(), is); };
    const auto is_kernel = [](const StoredTensor& tensor) { return is_depthwise_kernel(tensor); };
    const auto is_convolutional = [&] { return among(is_kernel) && find_convolutions(tensors).ok(); };
    if (among([&](const StoredTensor& tensor) { return is_kernel(tensor) && tensor.shape.size() == 5; })) {
        return find_depthwise(tensors) || !is_convolutional() ? System::voxel : System::convolutional;
    }
    if (among(is_kernel) && among([](const StoredTensor& tensor) {
            return tensor.shape.size() == 2 && tensor.name.find("encoder") != std::string::npos;
        })) {
        return System::goal_guided;
    }
    if (growing::looks_like_port(tensors)) {
        const auto port = growing::find_port(tensors);
        const bool fixed = port && growing::perception_of(*port);
        return fixed || !is_convolutional() ? System::growing : System::convolutional;
    }
    if (is_convolutional()) return System::convolutional;
    return !among(is_kernel) && isotropic::looks_like_isotropic(tensors) ? System::isotropic : System::unknown;
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
        return *name == "mnist"         ? System::mnist
               : *name == "growing"     ? System::growing
               : *name == "texture"     ? System::texture
               : *name == "goal_guided" ? System::goal_guided
               : *name == "isotropic"   ? System::isotropic
               : *name == "voxel"       ? System::voxel
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
    const std::size_t perceived = extent("perceive_to_hidden.weight", 1);
    if (has("update.weight") ||
        (extent("hidden_to_update.weight", 0) == 12 && (perceived == 0 || perceived == 4 * 12) &&
         (channels == nullptr || *channels == "12"))) {
        return System::texture;
    }
    if (perceived == 9 * 20) return System::mnist;
    return perceived == 3 * 16 ? System::growing : system_of_tensors(file.tensors());
}

/// What the tensors of no system are called; nothing if one has a name of ours: its reader can tell more.
[[nodiscard]] inline std::string unknown_tensors(std::span<const StoredTensor> tensors) {
    if (tensors.empty()) return "it holds no tensors";
    const auto ours = [](const StoredTensor& tensor) {
        return tensor.name.starts_with("perceive_to_hidden.") || tensor.name.starts_with("hidden_to_update.");
    };
    if (std::any_of(tensors.begin(), tensors.end(), ours)) return {};
    std::string reason = "its tensors are of no system: ";
    if (!convolution_parts(tensors).kernels.empty()) {
        const auto found = find_convolutions(tensors);
        if (!found) return reason.append(found.error().message);
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(tensors.size(), 3); ++i) {
        if (i > 0) reason.append(", ");
        reason.append(quote(tensors[i].name, 40)).append(" ").append(shape_text(tensors[i].shape));
    }
    return tensors.size() > 3 ? reason.append(", ...") : reason;
}

/// A kind of which the system is known, or else the reason.
[[nodiscard]] inline FileKind kind_or_reason(System system, FileFormat format, std::string reason) {
    FileKind kind{system, format};
    if (system == System::unknown) kind.reason = std::move(reason);
    return kind;
}

} // namespace detail

/// The system and the format of a file, as far as its content tells: whether the rest of the file is sound is not
/// checked. Cost: that of parsing JSON or a PyTorch file, or the header of a safetensors file. A file that is damaged
/// keeps the format that its first bytes tell, and the reason is what its reader says.
[[nodiscard]] inline FileKind identify(std::span<const std::byte> bytes) {
    if (looks_like_json(bytes)) return detail::kind_of_json(as_text(bytes));
    if (looks_like_pytorch(bytes)) {
        const auto file = parse_pytorch(bytes);
        if (!file) return {System::unknown, FileFormat::pytorch, file.error().message};
        return detail::kind_or_reason(detail::system_of_tensors(file->tensors()), FileFormat::pytorch,
                                      detail::unknown_tensors(file->tensors()));
    }
    const auto file = parse_safetensors(bytes);
    if (!file) return {System::unknown, FileFormat::unknown, file.error().message};
    return detail::kind_or_reason(detail::system_of(*file), FileFormat::safetensors,
                                  detail::unknown_tensors(file->tensors()));
}

/// What files of a system hold, for messages.
[[nodiscard]] constexpr std::string_view noun_of(System system) noexcept {
    switch (system) {
    case System::growing:
        return "a model of the system 'growing'";
    case System::mnist:
        return "a model of the system 'mnist'";
    case System::texture:
        return "a model of the system 'texture'";
    case System::goal_guided:
        return "a model of the system 'goal_guided'";
    case System::isotropic:
        return "a model of the system 'isotropic'";
    case System::voxel:
        return "a model of the system 'voxel'";
    case System::convolutional:
        return "a model of learned convolutions, which nca import converts";
    case System::network:
        return "the weights of a feature network";
    case System::perturbations:
        return "matrices that perturb states";
    case System::unknown:
        break;
    }
    return "a file of no system";
}

/// Errors: the file is known to be of another system. Whether it is one of `wanted` is for its reader to say.
[[nodiscard]] inline Result<void> check_system(const FileKind& kind, System wanted, const std::string& file_name) {
    if (kind.system == wanted || kind.system == System::unknown) return {};
    return about_file(
        file_name, Error{"expected " + std::string{noun_of(wanted)} + ", found " + std::string{noun_of(kind.system)}});
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_IDENTIFY_HPP

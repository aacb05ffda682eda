// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_PUBLISHED_HPP
#define NCA_SYSTEMS_MNIST_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/io/file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/identify.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// MNIST models as the article published them, as a graph or as tensors decoded from it.
namespace nca::inline NCA_ABI::mnist {

/// The layers in a file of decoded tensors: perceive.kernel [3, 3, 20, 80], dense1.weight [80, 80] and dense2.weight
/// [19, 80] with their biases. Errors: a tensor that is missing, or of another shape, or not finite.
[[nodiscard]] inline Result<DenseLayers> layers_of(const SafetensorsFile& file) {
    DenseLayers layers{{180, 80}, {80, 80}, {80, 19}};
    for (std::size_t l = 0; l < layers.size(); ++l) {
        DenseLayer& layer = layers[l];
        const std::string name = l == 0 ? "perceive" : "dense" + std::to_string(l);
        const auto weight = l == 0 ? file.to_finite_floats("perceive.kernel", {3, 3, 20, 80})
                                   : file.to_finite_floats(name + ".weight", {layer.out, layer.in});
        if (!weight) return weight.error();
        auto bias = file.to_finite_floats(name + ".bias", {layer.out});
        if (!bias) return bias.error();
        layer.bias = std::move(*bias);
        layer.weight = *weight;
        for (std::size_t k = 0; l > 0 && k < weight->size(); ++k) { // transposes
            layer.weight[k % layer.in * layer.out + k / layer.in] = (*weight)[k];
        }
    }
    return layers;
}
/// The colours for a model's cells. After a training with cross-entropy, whose votes may be negative, none is
/// undecided.
[[nodiscard]] inline Colours colours_of(const StoredMetadata& metadata) {
    Colours colours;
    for (const auto& [key, value] : metadata) {
        if (key == "training.loss" && value == "ce") colours.undecided = -std::numeric_limits<float>::infinity();
    }
    return colours;
}

} // namespace nca::inline NCA_ABI::mnist

namespace nca::inline NCA_ABI::mnist::inline NCA_ISA {

/// The model in the bytes of a file: our safetensors, the published graph, or its decoded tensors. `file_name` is named
/// in every message. Errors: a message saying what in the file is wrong, or what it is instead.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& file_name = {}) {
    const FileKind kind = identify(bytes);
    if (const auto fits = check_system(kind, System::mnist, file_name); !fits) return fits.error();
    if (kind.format != FileFormat::safetensors) return nca::parse_model<R>(bytes, file_name);
    const auto file = parse_safetensors(bytes, file_name);
    if (!file) return file.error();
    if (file->find("perceive.kernel") == nullptr) return model_from<R>(*file);
    const auto layers = layers_of(*file);
    if (!layers) return layers.error();
    auto rule = rule_from<R>(*layers, file_name);
    if (!rule) return rule.error();
    return Model<R>{std::move(*rule), file->metadata()};
}

/// Reads a model from a file; see parse_model(). Errors: those of read_file() and parse_model().
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path) {
    return read_file(path).and_then([&](const auto& bytes) { return parse_model<R>(bytes, path); });
}

} // namespace nca::inline NCA_ABI::mnist::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_PUBLISHED_HPP

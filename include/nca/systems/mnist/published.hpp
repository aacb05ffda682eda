// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_PUBLISHED_HPP
#define NCA_SYSTEMS_MNIST_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/text.hpp>
#include <nca/io/file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/identify.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// MNIST models as the article published them, as a graph or as tensors decoded from it.
namespace nca::inline NCA_ABI::mnist {

/// The layers in the constants of a published graph: weights and biases of the three layers in order, whatever their
/// names. Errors: another number or other shapes of constants than those of the article's model.
[[nodiscard]] inline Result<DenseLayers> layers_of(const GraphTensors& tensors) {
    const std::vector<std::size_t> shapes[] = {{3, 3, 20, 80}, {80}, {1, 1, 80, 80}, {80}, {1, 1, 80, 19}, {19}};
    if (tensors.size() != std::size(shapes)) {
        return Error{"expected the 6 constants of an MNIST model, found " + std::to_string(tensors.size())};
    }
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        if (tensors[t].shape == shapes[t]) continue;
        return Error{"constant " + std::to_string(t + 1) + " of an MNIST model: expected shape " +
                     shape_text(shapes[t]) + ", found " + shape_text(tensors[t].shape)};
    }
    return DenseLayers{{180, 80, tensors[0].values, tensors[1].values},
                       {80, 80, tensors[2].values, tensors[3].values},
                       {80, 19, tensors[4].values, tensors[5].values}};
}

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

} // namespace nca::inline NCA_ABI::mnist

namespace nca::inline NCA_ABI::mnist::inline NCA_ISA {

/// The model in the bytes of a file: our safetensors, the published graph, or its decoded tensors. `file_name` is named
/// in every message. Errors: a message saying what in the file is wrong.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& file_name = {}) {
    const auto model = [&](const DenseLayers& layers, const StoredMetadata& metadata) -> Result<Model<R>> {
        auto rule = rule_from<R>(layers, file_name);
        if (!rule) return rule.error();
        return Model<R>{std::move(*rule), metadata};
    };
    if (identify(bytes).is_json()) {
        const auto layers = parse_tensorflow_graph(as_text(bytes)).and_then([](const auto& t) { return layers_of(t); });
        if (!layers) return about_file(file_name, layers.error());
        return model(*layers, {{"nca.source", "distill"}});
    }
    const auto file = parse_safetensors(bytes, file_name);
    if (!file) return file.error();
    if (file->find("perceive.kernel") == nullptr) return model_from<R>(*file);
    return layers_of(*file).and_then([&](const auto& layers) { return model(layers, file->metadata()); });
}

/// Reads a model from a file; see parse_model(). Errors: those of read_file() and parse_model().
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path) {
    return read_file(path).and_then([&](const auto& bytes) { return parse_model<R>(bytes, path); });
}

} // namespace nca::inline NCA_ABI::mnist::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_PUBLISHED_HPP

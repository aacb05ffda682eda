// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_PUBLISHED_HPP
#define NCA_SYSTEMS_MNIST_PUBLISHED_HPP

#include <nca/core/config.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Models of the article, as it published them or as their tensors were taken out.
namespace nca::mnist::inline NCA_ISA {

namespace isa_detail {

/// Fills a layer from `weight` [inputs, outputs] or, transposed, [outputs, inputs]. Preconditions: the sizes fit.
template <class R>
void fill_layer(R& rule, int layer, std::span<const float> weight, std::span<const float> bias, bool transposed) {
    const LayerLayout& sizes = R::layers[static_cast<std::size_t>(layer)];
    for (int o = 0; o < sizes.outputs; ++o) {
        rule.bias(layer, o) = static_cast<typename R::Value>(bias[static_cast<std::size_t>(o)]);
        for (int i = 0; i < sizes.inputs; ++i) {
            const int at = transposed ? o * sizes.inputs + i : i * sizes.outputs + o;
            rule.weight(layer, i, o) = static_cast<typename R::Value>(weight[static_cast<std::size_t>(at)]);
        }
    }
}

} // namespace isa_detail

/// The rule in the constants of a published graph: weights and biases of the three layers in order, whatever their
/// names. Errors: another number or other shapes of constants than those of the article's model.
template <class R = Rule<>>
[[nodiscard]] Result<R> rule_from(const GraphTensors& tensors, const std::string& file_name = {}) {
    static_assert(R::layer_count == 3 && R::channels == 20 && R::frozen == 1,
                  "nca::mnist::rule_from: a rule of the article's architecture");
    const std::vector<std::size_t> shapes[] = {{3, 3, 20, 80}, {80}, {1, 1, 80, 80}, {80}, {1, 1, 80, 19}, {19}};
    if (tensors.size() != std::size(shapes)) {
        return detail::io::about_file(
            file_name, Error{"expected the 6 constants of an MNIST model, found " + std::to_string(tensors.size())});
    }
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        if (tensors[t].shape == shapes[t]) continue;
        return detail::io::about_file(file_name,
                                      Error{"constant " + std::to_string(t + 1) +
                                            " of an MNIST model: expected shape " + detail::io::shape_text(shapes[t]) +
                                            ", found " + detail::io::shape_text(tensors[t].shape)});
    }
    R rule;
    for (int layer = 0; layer < R::layer_count; ++layer) {
        const auto at = 2 * static_cast<std::size_t>(layer);
        isa_detail::fill_layer(rule, layer, tensors[at].values, tensors[at + 1].values, false);
    }
    return rule;
}

/// The rule in a file of decoded tensors: perceive.kernel [3, 3, 20, 80], dense1.weight [80, 80] and dense2.weight
/// [19, 80] with their biases. Errors: a tensor that is missing, or of another shape, or not finite.
template <class R = Rule<>>
[[nodiscard]] Result<R> rule_from(const SafetensorsFile& file) {
    const auto kernel = file.to_finite_floats("perceive.kernel", {3, 3, 20, 80});
    if (!kernel) return kernel.error();
    const auto kernel_bias = file.to_finite_floats("perceive.bias", {80});
    if (!kernel_bias) return kernel_bias.error();
    R rule;
    isa_detail::fill_layer(rule, 0, *kernel, *kernel_bias, false);
    for (int layer = 1; layer < R::layer_count; ++layer) {
        const std::string name = "dense" + std::to_string(layer);
        const std::size_t outputs = layer == 1 ? 80 : 19;
        const auto weight = file.to_finite_floats(name + ".weight", {outputs, 80});
        if (!weight) return weight.error();
        const auto bias = file.to_finite_floats(name + ".bias", {outputs});
        if (!bias) return bias.error();
        isa_detail::fill_layer(rule, layer, *weight, *bias, true);
    }
    return rule;
}

/// Takes a rule out of the bytes of a file: our safetensors, the published graph, or its decoded tensors. `file_name`
/// stands in front of every message. Errors: in words.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& file_name = {}) {
    if (looks_like_json(bytes)) {
        const auto tensors = parse_tensorflow_graph(as_text(bytes));
        if (!tensors) return detail::io::about_file(file_name, tensors.error());
        auto rule = rule_from<R>(*tensors, file_name);
        if (!rule) return rule.error();
        return Model<R>{std::move(*rule), {{"nca.source", "distill"}}};
    }
    const auto file = parse_safetensors(bytes, file_name);
    if (!file) return file.error();
    if (file->find("perceive.kernel") == nullptr) return model_from<R>(*file);
    auto rule = rule_from<R>(*file);
    if (!rule) return rule.error();
    return Model<R>{std::move(*rule), file->metadata()};
}

/// Reads a model from a file; see parse_model(). Errors: in words, naming the file.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_model<R>(*bytes, path);
}

} // namespace nca::mnist::inline NCA_ISA

#endif // NCA_SYSTEMS_MNIST_PUBLISHED_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PUBLISHED_HPP
#define NCA_SYSTEMS_GROWING_PUBLISHED_HPP

#include <nca/core/config.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Growing models as the articles published them.
namespace nca::growing::inline NCA_ISA {

namespace isa_detail {

/// The shapes of a growing model's constants in a graph.
[[nodiscard]] inline std::vector<std::vector<std::size_t>> graph_shapes() {
    return {{1, 1, 48, 128}, {128}, {1, 1, 128, 16}, {16}};
}

/// The constants of a graph that are weights or biases: the others are 3 x 3, from which it makes its filters.
[[nodiscard]] inline std::vector<const GraphTensor*> weights_of(const GraphTensors& tensors) {
    std::vector<const GraphTensor*> weights;
    for (const GraphTensor& tensor : tensors) {
        if (tensor.shape != std::vector<std::size_t>{3, 3}) weights.push_back(&tensor);
    }
    return weights;
}

} // namespace isa_detail

/// True if the constants of a graph begin like those of a growing model, as victims and adversaries of Adversarial
/// Reprogramming were published.
[[nodiscard]] inline bool is_growing_graph(const GraphTensors& tensors) {
    const auto weights = isa_detail::weights_of(tensors);
    return !weights.empty() && weights[0]->shape == isa_detail::graph_shapes()[0];
}

/// The rule in the constants of a published graph, whatever their names. The graph interleaves perception (3 * channel
/// + filter); ours is filter-major. Errors: another number or other shapes of constants than those of the article's
/// model.
template <class R = Rule<>>
[[nodiscard]] Result<R> rule_from(const GraphTensors& tensors, const std::string& file_name = {}) {
    static_assert(R::layer_count == 2 && R::channels == 16 && R::perceived == 48 && R::layers[0].outputs == 128,
                  "nca::growing::rule_from: a rule of the article's architecture");
    const auto shapes = isa_detail::graph_shapes();
    const auto weights = isa_detail::weights_of(tensors);
    if (weights.size() != shapes.size()) {
        return detail::io::about_file(file_name, Error{"expected the 4 weights and biases of a growing model, found " +
                                                       std::to_string(weights.size())});
    }
    for (std::size_t t = 0; t < shapes.size(); ++t) {
        if (weights[t]->shape == shapes[t]) continue;
        return detail::io::about_file(file_name,
                                      Error{"constant '" + weights[t]->name + "' of a growing model: expected shape " +
                                            detail::io::shape_text(shapes[t]) + ", found " +
                                            detail::io::shape_text(weights[t]->shape)});
    }
    R rule;
    for (int layer = 0; layer < R::layer_count; ++layer) {
        const LayerLayout& sizes = R::layers[static_cast<std::size_t>(layer)];
        const std::vector<float>& weight = weights[2 * static_cast<std::size_t>(layer)]->values;
        const std::vector<float>& bias = weights[2 * static_cast<std::size_t>(layer) + 1]->values;
        for (int o = 0; o < sizes.outputs; ++o) {
            rule.bias(layer, o) = static_cast<typename R::Value>(bias[static_cast<std::size_t>(o)]);
            for (int i = 0; i < sizes.inputs; ++i) {
                const int row = layer == 0 ? 3 * (i % R::channels) + i / R::channels : i;
                rule.weight(layer, i, o) =
                    static_cast<typename R::Value>(weight[static_cast<std::size_t>(row * sizes.outputs + o)]);
            }
        }
    }
    return rule;
}

/// Takes a rule out of the bytes of a file: our safetensors, the published 8-bit JSON, or a published graph.
/// `file_name` stands in front of every message. Errors: in words.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& file_name = {}) {
    if (looks_like_json(bytes)) {
        const auto json = parse_json(as_text(bytes));
        if (json && is_tensorflow_graph(*json)) {
            const auto tensors = parse_tensorflow_graph(as_text(bytes));
            if (!tensors) return detail::io::about_file(file_name, tensors.error());
            auto rule = rule_from<R>(*tensors, file_name);
            if (!rule) return rule.error();
            return Model<R>{std::move(*rule), {{"nca.source", "distill"}}};
        }
    }
    return nca::parse_model<R>(bytes, file_name);
}

/// Reads a model from a file; see parse_model(). Errors: in words, naming the file.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_model<R>(*bytes, path);
}

} // namespace nca::growing::inline NCA_ISA

#endif // NCA_SYSTEMS_GROWING_PUBLISHED_HPP

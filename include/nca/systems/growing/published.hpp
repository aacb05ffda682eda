// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PUBLISHED_HPP
#define NCA_SYSTEMS_GROWING_PUBLISHED_HPP

#include <nca/core/config.hpp>
#include <nca/core/text.hpp>
#include <nca/io/file.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/growing/quantized_json.hpp>
#include <nca/systems/identify.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Growing models as the articles published them: 8-bit JSON (Growing NCA), and graphs (Adversarial Reprogramming).
namespace nca::growing {

/// The layers in the constants of a published graph, whatever their names. Constants of 3 x 3, from which a graph makes
/// its filters, are skipped. A graph interleaves perception (3 * channel + filter); ours is filter-major. Errors:
/// another number or other shapes of constants than those of the article's model.
[[nodiscard]] inline Result<DenseLayers> layers_of(const GraphTensors& tensors) {
    const std::vector<std::size_t> shapes[] = {{1, 1, 48, 128}, {128}, {1, 1, 128, 16}, {16}};
    std::vector<const GraphTensor*> constants;
    for (const GraphTensor& tensor : tensors) {
        if (tensor.shape != std::vector<std::size_t>{3, 3}) constants.push_back(&tensor);
    }
    if (constants.size() != std::size(shapes)) {
        return Error{"expected the 4 weights and biases of a growing model, found " + std::to_string(constants.size())};
    }
    for (std::size_t t = 0; t < constants.size(); ++t) {
        if (constants[t]->shape == shapes[t]) continue;
        return Error{"constant " + quote(constants[t]->name) + " of a growing model: expected shape " +
                     shape_text(shapes[t]) + ", found " + shape_text(constants[t]->shape)};
    }
    DenseLayers layers{{48, 128, std::vector<float>(48 * 128), constants[1]->values},
                       {128, 16, constants[2]->values, constants[3]->values}};
    for (std::size_t i = 0; i < 48; ++i) {
        const auto row = constants[0]->values.begin() + static_cast<std::ptrdiff_t>((3 * (i % 16) + i / 16) * 128);
        std::copy_n(row, 128, layers[0].weight.begin() + static_cast<std::ptrdiff_t>(i * 128));
    }
    return layers;
}

} // namespace nca::growing

namespace nca::growing::inline NCA_ISA {

/// The model in the bytes of a file: our safetensors, the 8-bit JSON, or a graph. `file_name` is named in every
/// message. Errors: a message saying what in the file is wrong.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& file_name = {}) {
    const FileKind kind = identify(bytes);
    if (!kind.is_json()) return nca::parse_model<R>(bytes, file_name);
    if (kind.format == FileFormat::graph_json && kind.system != System::growing) {
        return Error{quote_path(file_name) +
                     " is a model of another system: a TensorFlow.js graph, as of MNIST models"};
    }
    const auto read = [&]() -> Result<DenseLayers> {
        if (kind.format != FileFormat::graph_json) return parse_quantized_json(as_text(bytes));
        const auto tensors = parse_tensorflow_graph(as_text(bytes));
        return tensors ? layers_of(*tensors) : tensors.error();
    };
    const auto layers = read();
    if (!layers) return about_file(file_name, layers.error());
    auto rule = rule_from<R>(*layers, file_name);
    if (!rule) return rule.error();
    return Model<R>{std::move(*rule), {{"nca.source", "distill"}}};
}

/// Reads a model from a file; see parse_model(). Errors: those of read_file() and parse_model().
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_model<R>(*bytes, path);
}

} // namespace nca::growing::inline NCA_ISA

#endif // NCA_SYSTEMS_GROWING_PUBLISHED_HPP

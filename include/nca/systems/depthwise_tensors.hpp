// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_DEPTHWISE_TENSORS_HPP
#define NCA_SYSTEMS_DEPTHWISE_TENSORS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/systems/growing/port_tensors.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Models of a learned depth-wise perception and dense layers, as PyTorch stores them (Goal-Guided NCA; Growing 3D
/// Artefacts), whatever their names.
namespace nca::inline NCA_ABI {

/// The numbers of such a model.
struct DepthwiseTensors {
    int dimensions = 0;
    int channels = 0;
    int filters = 0;              ///< per channel
    std::vector<float> kernels{}; ///< [channels, filters, neighbours]
    DenseLayers layers{};         ///< the first reads channel * filters + filter
    bool output_bias = false;     ///< whether the last layer has biases in the file

    /// Perception and update network of the rule; the rest is as nca::Rule has it.
    [[nodiscard]] RuleDescription description() const {
        RuleDescription rule;
        rule.dimensions = dimensions;
        rule.channels = channels;
        rule.perception = PerceptionKind::depthwise;
        rule.learned_filters = filters;
        rule.output_bias = output_bias;
        rule.hidden.clear();
        for (std::size_t l = 0; l + 1 < layers.size(); ++l) rule.hidden.push_back(static_cast<int>(layers[l].out));
        return rule;
    }
    /// Copies the numbers. Precondition: the rule has the description's perception and network.
    template <class R>
    void copy_to(R& rule) const {
        auto next = kernels.begin();
        visit_filters(rule, [&](auto& weight, int /*channel*/, int /*filter*/, int /*neighbour*/) {
            weight = static_cast<typename R::Value>(*next++);
        });
        visit_parameters(rule, [&](auto& parameter, int l, int input, int output) {
            const DenseLayer& layer = layers[static_cast<std::size_t>(l)];
            const auto o = static_cast<std::size_t>(output);
            if (static_cast<std::size_t>(input) == layer.in) {
                parameter = static_cast<typename R::Value>(layer.bias[o]);
                return;
            }
            const int from = l == 0 ? input % channels * filters + input / channels : input;
            parameter = static_cast<typename R::Value>(layer.weight[static_cast<std::size_t>(from) * layer.out + o]);
        });
    }
};

namespace detail {

/// True for kernels that are three cells wide in 1 to 3 dimensions: [channels, filters, 3...] or [outputs, 1, 3...].
[[nodiscard]] inline bool is_depthwise_kernel(const StoredTensor& tensor) noexcept {
    const auto& shape = tensor.shape;
    return shape.size() >= 3 && shape.size() <= 5 && shape[0] > 0 && shape[1] > 0 &&
           std::all_of(shape.begin() + 2, shape.end(), [](std::size_t size) { return size == 3; });
}
/// True for a matrix, also one that is stored as kernels that are one cell wide.
[[nodiscard]] inline bool is_dense_matrix(const StoredTensor& tensor) noexcept {
    const auto& shape = tensor.shape;
    return shape.size() >= 2 && shape[0] > 0 && shape[1] > 0 &&
           std::all_of(shape.begin() + 2, shape.end(), [](std::size_t size) { return size == 1; });
}
[[nodiscard]] NCA_COLD inline Result<std::vector<float>> finite_values(const StoredTensor& tensor) {
    auto values = to_floats(tensor);
    if (!values) return values;
    if (const auto finite = check_finite(tensor.name, *values); !finite) return finite.error();
    return values;
}

struct FoundLayer {
    DenseLayer layer{};
    bool has_bias = false; ///< in the file, else its biases are zero
};

/// The biases of a layer, which its name tells among the tensors of its file; empty without. Errors: another number of
/// them, or one that is not finite.
[[nodiscard]] NCA_COLD inline Result<std::vector<float>> biases_of(const StoredTensor& weight, std::size_t outputs,
                                                                   std::span<const StoredTensor> tensors) {
    const std::string name = growing::port_detail::bias_name(weight.name);
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const StoredTensor& tensor) {
        return tensor.name == name && name != weight.name;
    });
    if (found == tensors.end()) return std::vector<float>{};
    if (found->size() == outputs) return finite_values(*found);
    return Error{"tensor " + growing::port_detail::describe_tensor(*found) + " should be the " +
                 std::to_string(outputs) + " biases of " + quote(weight.name)};
}

/// Adds what constant inputs contribute, so that they may be left out. Precondition: one for each input.
NCA_COLD inline void add_constant_inputs(DenseLayer& layer, std::span<const float> inputs) {
    for (std::size_t o = 0; o < layer.out; ++o) {
        double sum = static_cast<double>(layer.bias[o]);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            sum += static_cast<double>(inputs[i]) * static_cast<double>(layer.weight[i * layer.out + o]);
        }
        layer.bias[o] = static_cast<float>(sum);
    }
}

/// A dense layer as PyTorch stores it, [outputs, inputs], with the biases that its name tells among the tensors of its
/// file. Errors: one that does not follow `width` values, or is too large; a number that is not finite.
[[nodiscard]] NCA_COLD inline Result<FoundLayer> read_dense(const StoredTensor& matrix, std::size_t width,
                                                            std::span<const StoredTensor> tensors) {
    if (matrix.shape[1] != width || matrix.shape[0] == 0 || matrix.shape[0] > max_layer_size ||
        width > max_layer_size) {
        return Error{"tensor " + quote(matrix.name) + " has the shape " + shape_text(matrix.shape) +
                     ", which does not follow " + std::to_string(width) + " values"};
    }
    const auto weight = finite_values(matrix);
    if (!weight) return weight.error();
    FoundLayer found{{width, matrix.shape[0]}};
    DenseLayer& layer = found.layer;
    for (std::size_t i = 0; i < layer.in; ++i) {
        for (std::size_t o = 0; o < layer.out; ++o) layer.weight.push_back((*weight)[o * layer.in + i]);
    }
    auto biases = biases_of(matrix, layer.out, tensors);
    if (!biases) return biases.error();
    found.has_bias = !biases->empty();
    layer.bias = std::move(*biases);
    layer.bias.resize(layer.out);
    return found;
}

} // namespace detail

/// The model in a file's tensors; what belongs to an encoder or an optimiser is skipped. Biases of the perception
/// become part of those of the first layer. Errors: no such model, or more than one. Allocates.
[[nodiscard]] NCA_COLD inline Result<DepthwiseTensors> find_depthwise(std::span<const StoredTensor> tensors) {
    const StoredTensor* kernel = nullptr;
    std::vector<const StoredTensor*> matrices;
    for (const StoredTensor* const tensor : growing::port_detail::candidates(tensors)) {
        if (tensor->name.starts_with("encoder") || tensor->name.find(".encoder") != std::string::npos) continue;
        if (detail::is_depthwise_kernel(*tensor)) {
            if (kernel != nullptr) return Error{"found two kernels of a depth-wise perception, expected one"};
            kernel = tensor;
        } else if (detail::is_dense_matrix(*tensor)) {
            matrices.push_back(tensor);
        }
    }
    if (kernel == nullptr) return Error{"found no kernels of a depth-wise perception, [outputs, 1, 3, 3]"};
    DepthwiseTensors model;
    model.dimensions = static_cast<int>(kernel->shape.size()) - 2;
    const std::size_t outputs = kernel->shape[0] * kernel->shape[1];
    std::size_t width = outputs;
    std::sort(matrices.begin(), matrices.end(), [](const auto* x, const auto* y) { return x->name < y->name; });
    while (!matrices.empty()) {
        const auto next = std::find_if(matrices.begin(), matrices.end(),
                                       [&](const StoredTensor* matrix) { return matrix->shape[1] == width; });
        const StoredTensor* const matrix = next != matrices.end() ? *next : matrices.front();
        auto found = detail::read_dense(*matrix, width, tensors);
        if (!found) return found.error();
        matrices.erase(next);
        width = found->layer.out;
        model.output_bias = found->has_bias;
        model.layers.push_back(std::move(found->layer));
    }
    if (model.layers.empty() || outputs % width != 0 || (kernel->shape[1] > 1 && kernel->shape[0] != width)) {
        return Error{"the dense layers end with " + std::to_string(width) + " values, of which the perception of " +
                     std::to_string(outputs) + " is no multiple"};
    }
    model.channels = static_cast<int>(width);
    model.filters = static_cast<int>(outputs / width);
    auto kernels = detail::finite_values(*kernel);
    if (!kernels) return kernels.error();
    model.kernels = std::move(*kernels);
    const auto biases = detail::biases_of(*kernel, outputs, tensors);
    if (!biases) return biases.error();
    detail::add_constant_inputs(model.layers.front(), *biases);
    if (const auto valid = check_layer(model.layers.front()); !valid) return valid.error();
    if (const auto valid = check_rule(model.description()); !valid) return valid.error();
    return model;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_DEPTHWISE_TENSORS_HPP

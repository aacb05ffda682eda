// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_DENSE_LAYER_HPP
#define NCA_RUN_DENSE_LAYER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/run/quantize.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace nca::inline NCA_ABI {

/// One dense layer: out[o] = bias[o] + sum over i of in[i] * weight[i * out + o].
struct DenseLayer {
    std::size_t in = 0;
    std::size_t out = 0;
    std::vector<float> weight{}; ///< [in][out]: the transpose of PyTorch's layout
    std::vector<float> bias{};   ///< [out]
    /// The 8-bit values [in + 1][out] that the layer was read from or quantised to; empty if there are none.
    std::vector<std::uint8_t> quantized{};
    double weight_scale = 1.0; ///< of `quantized`
    double bias_scale = 1.0;   ///< of `quantized`
};

/// The layers of a network, in the order of evaluation.
using DenseLayers = std::vector<DenseLayer>;

/// The largest number of inputs or outputs: (in + 1) * out * 4 stays below 2^32.
inline constexpr std::size_t max_layer_size = 16384;

/// True for a scale with which no value overflows a float.
[[nodiscard]] inline bool is_valid_scale(double scale) noexcept {
    return detail::io::is_finite(scale) && scale >= 0.0 &&
           scale <= static_cast<double>(std::numeric_limits<float>::max());
}

/// Errors: sizes that disagree, a value that is not finite, an invalid scale.
[[nodiscard]] inline Result<void> check_layer(const DenseLayer& layer) {
    if (layer.in == 0 || layer.out == 0 || layer.in > max_layer_size || layer.out > max_layer_size) {
        return Error{"expected 1 to " + std::to_string(max_layer_size) + " inputs and outputs, found " +
                     std::to_string(layer.in) + " and " + std::to_string(layer.out)};
    }
    if (layer.weight.size() != layer.in * layer.out || layer.bias.size() != layer.out) {
        return Error{"expected " + std::to_string(layer.in * layer.out) + " weights and " + std::to_string(layer.out) +
                     " biases, found " + std::to_string(layer.weight.size()) + " and " +
                     std::to_string(layer.bias.size())};
    }
    if (auto finite = check_finite("weight", layer.weight); !finite) return finite;
    if (auto finite = check_finite("bias", layer.bias); !finite) return finite;
    if (!is_valid_scale(layer.weight_scale) || !is_valid_scale(layer.bias_scale)) {
        return Error{"expected scales from 0 to the largest float, found " + number_text(layer.weight_scale) + " and " +
                     number_text(layer.bias_scale)};
    }
    return {};
}

/// Errors: `layer` does not take what the layer before gives.
[[nodiscard]] inline Result<void> check_chain(std::size_t outputs_before, std::size_t inputs) {
    if (outputs_before == inputs) return {};
    return Error{"it takes " + std::to_string(inputs) + " inputs, but the layer before gives " +
                 std::to_string(outputs_before) + " outputs"};
}

/// Fills a layer's bytes and scales, off by up to scale / 510; its weights stay. Errors: see check_layer().
[[nodiscard]] inline Result<void> quantize(DenseLayer& layer) {
    if (auto valid = check_layer(layer); !valid) return valid;
    layer.quantized.resize(layer.weight.size() + layer.bias.size());
    const std::span<std::uint8_t> bytes{layer.quantized};
    layer.weight_scale = quantize(layer.weight, bytes.first(layer.weight.size()));
    layer.bias_scale = quantize(layer.bias, bytes.last(layer.bias.size()));
    return {};
}

/// Quantises every layer. Errors: those of a layer, which is counted from 1.
[[nodiscard]] inline Result<void> quantize(DenseLayers& layers) {
    for (std::size_t l = 0; l < layers.size(); ++l) {
        if (const auto done = quantize(layers[l]); !done) {
            return Error{"layer " + std::to_string(l + 1) + ": " + done.error().message};
        }
    }
    return {};
}

/// The layers of a rule, not quantised; the inverse of rule_from().
template <class R>
[[nodiscard]] DenseLayers dense_layers(const R& rule) {
    DenseLayers layers;
    for (int l = 0; l < rule.architecture().layer_count(); ++l) {
        const LayerLayout& layer = rule.architecture().layer(l);
        layers.push_back({static_cast<std::size_t>(layer.inputs), static_cast<std::size_t>(layer.outputs)});
    }
    visit_parameters(rule, [&](const auto& parameter, int l, int input, int /*output*/) {
        DenseLayer& layer = layers[static_cast<std::size_t>(l)];
        (static_cast<std::size_t>(input) < layer.in ? layer.weight : layer.bias)
            .push_back(static_cast<float>(parameter));
    });
    return layers;
}

/// The rule with these layers. Errors: another number of layers, or other sizes, than those of the rule.
template <class R>
[[nodiscard]] Result<R> rule_from(const DenseLayers& layers, const std::string& file_name = {},
                                  const ArchitectureOf<R>& architecture = {}) {
    const auto count = static_cast<std::size_t>(architecture.layer_count());
    if (layers.size() != count) {
        return about_file(
            file_name, Error{"expected " + std::to_string(count) + " layers, found " + std::to_string(layers.size())});
    }
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const auto in = static_cast<std::size_t>(architecture.layer(static_cast<int>(l)).inputs);
        const auto out = static_cast<std::size_t>(architecture.layer(static_cast<int>(l)).outputs);
        if (layers[l].in == in && layers[l].out == out) continue;
        return about_file(file_name, Error{"layer " + std::to_string(l) + ": expected " + std::to_string(in) +
                                           " inputs and " + std::to_string(out) + " outputs, found " +
                                           std::to_string(layers[l].in) + " and " + std::to_string(layers[l].out)});
    }
    R rule{architecture};
    visit_parameters(rule, [&](auto& parameter, int l, int input, int output) {
        const DenseLayer& layer = layers[static_cast<std::size_t>(l)];
        const auto i = static_cast<std::size_t>(input);
        const auto o = static_cast<std::size_t>(output);
        parameter = static_cast<typename R::Value>(i < layer.in ? layer.weight[i * layer.out + o] : layer.bias[o]);
    });
    return rule;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_DENSE_LAYER_HPP

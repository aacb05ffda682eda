// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_EXPORT_MODEL_HPP
#define NCA_RUN_EXPORT_MODEL_HPP

#include <nca/cell/rule.hpp>
#include <nca/cell/spelling.hpp>
#include <nca/core/result.hpp>
#include <nca/io/detail/quantized.hpp>
#include <nca/io/distill.hpp>
#include <nca/run/exported_model.hpp>
#include <nca/run/header_text.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/self_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Rules as C++ headers, and as the files that the article published. docs/model-format.md describes both.
namespace nca::inline NCA_ISA {

namespace isa_detail {

/// Gives every output of a layer its own scale: the layer's times factor / 255, with the least factor that reaches its
/// largest weight; then replaces weights and biases by what their bytes say. A layer that was published, whose bytes
/// already give its weights, keeps them, with factors of 255. Returns the factors. Precondition: quantize(layer).
[[nodiscard]] inline std::vector<std::uint8_t> quantize_outputs(DistillLayer& layer) {
    std::vector<std::uint8_t> factors(layer.out, 255);
    const auto value_of = [&](std::size_t i) {
        return detail::io::dequantize(layer.quantized[i], output_scale(layer.weight_scale, factors[i % layer.out]));
    };
    bool published = true;
    for (std::size_t i = 0; i < layer.weight.size(); ++i) published = published && value_of(i) == layer.weight[i];
    for (std::size_t o = 0; o < layer.out && !published; ++o) {
        double largest = 0.0;
        for (std::size_t i = o; i < layer.weight.size(); i += layer.out) {
            largest = std::max(largest, std::abs(static_cast<double>(layer.weight[i])));
        }
        factors[o] =
            static_cast<std::uint8_t>(std::clamp(std::ceil(2.0 * largest / layer.weight_scale * 255.0), 1.0, 255.0));
        const double scale = output_scale(layer.weight_scale, factors[o]);
        for (std::size_t i = o; i < layer.weight.size(); i += layer.out) {
            const double ratio = std::clamp(static_cast<double>(layer.weight[i]) / scale, -0.5, 0.5);
            layer.quantized[i] = static_cast<std::uint8_t>(std::nearbyint((ratio + 0.5) * 255.0));
        }
    }
    for (std::size_t i = 0; i < layer.weight.size(); ++i) layer.weight[i] = value_of(i);
    for (std::size_t o = 0; o < layer.out; ++o) {
        layer.bias[o] = detail::io::dequantize(layer.quantized[layer.weight.size() + o], layer.bias_scale);
    }
    return factors;
}

} // namespace isa_detail

/// The layers of a rule as the article's files hold them, not yet quantised; the inverse of rule_from().
template <class R>
[[nodiscard]] DistillLayers distill_layers(const R& rule) {
    DistillLayers layers;
    for (const LayerLayout& layer : R::layers) {
        layers.push_back({static_cast<std::size_t>(layer.inputs), static_cast<std::size_t>(layer.outputs), {}, {}, {}});
    }
    visit_parameters(rule, [&](const auto& parameter, int l, int input, int /*output*/) {
        DistillLayer& layer = layers[static_cast<std::size_t>(l)];
        (static_cast<std::size_t>(input) < layer.in ? layer.weight : layer.bias)
            .push_back(static_cast<float>(parameter));
    });
    return layers;
}

/// A rule as the text of a published file, 8 bits per weight; perception, fire rate and life have no place in it. A
/// rule that was read from such a file gives the same bytes. Errors: a weight that is not finite.
template <class R>
[[nodiscard]] Result<std::string> to_distill_json(const R& rule) {
    DistillLayers layers = distill_layers(rule);
    for (std::size_t l = 0; l < layers.size(); ++l) {
        if (const auto done = quantize(layers[l]); !done) {
            return Error{"layer " + std::to_string(l + 1) + ": " + done.error().message};
        }
    }
    return nca::to_distill_json(layers);
}

/// A rule as the text of a C++ header that needs no file at run time:
///
///     #include <nca/run.hpp>
///     #include "lizard.hpp"
///     nca::Simulation<lizard::Rule, 96, 96> world{lizard::rule()};   // lizard::self_test() is true
///
/// `lizard` is options.name, and lizard::Rule the type R. Allocates. Errors: a name that cannot be that of a namespace,
/// a weight that is not finite, a perception filter that is not the library's.
template <class R>
[[nodiscard]] Result<std::string> to_header(const R& rule, const HeaderOptions& options) {
    if (const auto valid = check_header_name(options.name); !valid) return valid.error();
    detail::io::HeaderParts parts;
    parts.rule_type = spelling_of<R>(23);
    if (parts.rule_type.empty()) {
        return Error{"a rule with a perception filter of the program's own cannot become a header"};
    }
    DistillLayers layers = distill_layers(rule);
    for (std::size_t l = 0; l < layers.size(); ++l) {
        DistillLayer& layer = layers[l];
        if (const auto done = quantize(layer); !done) {
            return Error{"layer " + std::to_string(l + 1) + ": " + done.error().message};
        }
        if (options.int8) {
            const std::vector<std::uint8_t> factors = isa_detail::quantize_outputs(layer);
            for (const std::uint8_t byte : factors) parts.weights.push_back(static_cast<std::byte>(byte));
            for (const std::uint8_t byte : layer.quantized) parts.weights.push_back(static_cast<std::byte>(byte));
            parts.scales.insert(parts.scales.end(), {layer.weight_scale, layer.bias_scale});
        } else {
            detail::io::append_floats(parts.weights, layer.weight);
            detail::io::append_floats(parts.weights, layer.bias);
        }
    }
    // The self-test is that of the weights that the header gives.
    const auto exported = rule_from<R>(layers, options.source);
    if (!exported) return exported.error();
    using Test = isa_detail::SelfTest<R>;
    detail::io::append_floats(parts.updates, Test::updates(*exported, Test::input()));
    return detail::io::header_text(options, parts);
}

} // namespace nca::inline NCA_ISA

#endif // NCA_RUN_EXPORT_MODEL_HPP

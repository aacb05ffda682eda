// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_EXPORT_MODEL_HPP
#define NCA_RUN_EXPORT_MODEL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/spelling.hpp>
#include <nca/core/result.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/exported_model.hpp>
#include <nca/run/header_text.hpp>
#include <nca/run/self_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Rules as C++ headers; docs/model-format.md describes them.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Gives every output its own scale, the smallest factor / 255 of the layer's that reaches its largest weight, and
/// dequantises the layer; bytes it was read from stay, with factors of 255. Precondition: quantize(layer).
[[nodiscard]] inline std::vector<std::uint8_t> quantize_outputs(DenseLayer& layer) {
    std::vector<std::uint8_t> factors(layer.out, 255);
    const auto value_of = [&](std::size_t i) {
        return dequantize(layer.quantized[i], output_scale(layer.weight_scale, factors[i % layer.out]));
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
        layer.bias[o] = dequantize(layer.quantized[layer.weight.size() + o], layer.bias_scale);
    }
    return factors;
}

} // namespace isa_detail

/// A rule as the text of a C++ header that needs no file at run time:
///
///     #include "lizard.hpp"
///     nca::Simulation<lizard::Rule, 96, 96> world{lizard::rule()};   // lizard::self_test() is true
///
/// `lizard` is options.name. A fire rate, boundary or noise of `step` that is not the rule's becomes part of the type.
/// Allocates. Errors: invalid name, weight not finite, filter of your own without `spelling`.
template <class R>
[[nodiscard]] Result<std::string> to_header(const R& rule, const HeaderOptions& options,
                                            const StepOptions<R>& step = {}) {
    if (const auto valid = check_header_name(options.name); !valid) return valid.error();
    auto spelling = detail::RuleSpelling::of(rule, 23, step);
    if (spelling.text.empty()) {
        return Error{"a rule with a filter that has no spelling cannot become a header; give the filter a static "
                     "constexpr std::string_view spelling, its C++ name"};
    }
    detail::io::HeaderParts parts;
    parts.rule_type = std::move(spelling.text);
    parts.own_types = std::move(spelling.own);
    DenseLayers layers = dense_layers(rule);
    if (const auto done = quantize(layers); !done) return done.error();
    for (DenseLayer& layer : layers) {
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
    std::vector<float> filters;
    visit_filters(rule, [&](const auto& weight, int /*channel*/, int /*filter*/, int /*neighbour*/) {
        filters.push_back(static_cast<float>(weight));
    });
    detail::io::append_floats(parts.weights, filters);
    // The self-test belongs to the weights as the header holds them.
    auto exported = rule_from<R>(layers, options.source, rule.architecture());
    if (!exported) return exported.error();
    auto next = filters.begin();
    visit_filters(*exported, [&](auto& weight, int /*channel*/, int /*filter*/, int /*neighbour*/) {
        weight = static_cast<typename R::Value>(*next++);
    });
    using Test = isa_detail::SelfTest<R>;
    detail::io::append_floats(parts.updates, Test::updates(*exported, Test::input(rule.architecture())));
    return detail::io::header_text(options, parts);
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_EXPORT_MODEL_HPP

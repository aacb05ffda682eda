// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_CONVOLUTION_MODEL_HPP
#define NCA_SYSTEMS_CONVOLUTION_MODEL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/fold.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/convolution_tensors.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The rules of models of convolutions and dense layers from elsewhere.
namespace nca::inline NCA_ABI {

/// What the tensors of such a model do not tell.
struct ConvolutionOptions {
    std::optional<bool> activation_after_perception{}; ///< nothing: see activation_after_perception()
    bool life = true; ///< spreads from cells whose channel 3 exceeds 0.1, as in Growing NCA; else all cells live
};

namespace detail {

/// The place of a module in an nn.Sequential, "update.2.weight": 2 within "update"; nothing for other names.
struct SequentialPlace {
    std::string_view container{};
    std::size_t index = 0;

    [[nodiscard]] NCA_COLD static std::optional<SequentialPlace> of(std::string_view name) {
        constexpr std::string_view ending = ".weight";
        if (!name.ends_with(ending)) return std::nullopt;
        name.remove_suffix(ending.size());
        const std::size_t dot = name.rfind('.') + 1; // npos + 1 is 0
        const std::string_view digits = name.substr(dot);
        if (digits.empty() || digits.size() > 3) return std::nullopt;
        SequentialPlace place{name.substr(0, dot)};
        for (const char digit : digits) {
            if (digit < '0' || digit > '9') return std::nullopt;
            place.index = 10 * place.index + static_cast<std::size_t>(digit - '0');
        }
        return place;
    }
};

} // namespace detail

/// Whether an activation follows the perception, as far as a file tells: not behind a concatenation; by the places of
/// modules of one nn.Sequential; or else not behind depth-wise kernels, nor behind dense ones that are named for
/// perception, unless a single layer follows, or the first channel is given (Self-classifying MNIST).
[[nodiscard]] NCA_COLD inline bool activation_after_perception(const ConvolutionTensors& model) {
    if (model.perceives_own || model.convolutions.size() > 1) return false;
    const PortedConvolution& convolution = model.convolutions.front();
    const auto from = detail::SequentialPlace::of(convolution.name);
    const auto to = detail::SequentialPlace::of(model.first_layer);
    if (from && to && from->container == to->container) return to->index > from->index + 1;
    if (convolution.is_depthwise) return false;
    return model.layers.size() == 1 || model.frozen > 0 || convolution.name.find("perce") == std::string::npos;
}

namespace detail {

[[nodiscard]] NCA_COLD inline RuleDescription convolution_rule(const ConvolutionTensors& model,
                                                               const ConvolutionOptions& options, bool activation) {
    RuleDescription rule;
    rule.dimensions = model.dimensions;
    rule.channels = model.channels;
    rule.frozen = model.frozen;
    rule.output_bias = model.output_bias;
    rule.fire_rate = model.fire_rate.value_or(0.5);
    if (model.frozen > 0) { // as Self-classifying MNIST
        const RuleDescription digits = ArchitectureOf<mnist::Rule<>>{}.description();
        rule.noise = digits.noise;
        rule.output_bias = true;
        if (options.life) rule.set_life(digits.life, digits.life_channel, digits.life_threshold);
    } else if (options.life && model.channels > 3) {
        rule.set_life(LifeKind::alive, 3, 0.1);
    }
    rule.hidden.clear();
    if (activation) rule.hidden.push_back(model.perceived());
    for (std::size_t l = 0; l + 1 < model.layers.size(); ++l) {
        rule.hidden.push_back(static_cast<int>(model.layers[l].out));
    }
    rule.set_filters(PerceptionKind::neighbourhood);
    if (model.is_depthwise() && !activation) {
        rule.set_filters(PerceptionKind::depthwise);
        rule.learned_filters = model.perceived() / model.channels;
    }
    return rule;
}

/// The perception as a dense layer of the neighbourhood, neighbour * channels + channel.
[[nodiscard]] NCA_COLD inline DenseLayer perception_layer(const ConvolutionTensors& model) {
    const auto channels = static_cast<std::size_t>(model.channels);
    const auto neighbours = static_cast<std::size_t>(neighbourhood_size(model.dimensions, 1));
    DenseLayer layer{neighbours * channels, model.layers.front().in};
    layer.weight.resize(layer.in * layer.out);
    layer.bias.resize(layer.out);
    std::size_t value = 0;
    for (; model.perceives_own && value < channels; ++value) {
        layer.weight[(neighbours / 2 * channels + value) * layer.out + value] = 1.0F;
    }
    for (const PortedConvolution& each : model.convolutions) {
        const std::size_t read = each.is_depthwise ? 1 : channels;
        const auto outputs = static_cast<std::size_t>(each.outputs);
        for (std::size_t o = 0; o < outputs; ++o, ++value) {
            layer.bias[value] = each.biases[o];
            for (std::size_t k = 0; k < read * neighbours; ++k) {
                const std::size_t channel = each.is_depthwise ? o * channels / outputs : k / neighbours;
                layer.weight[(k % neighbours * channels + channel) * layer.out + value] =
                    each.kernels[o * read * neighbours + k];
            }
        }
    }
    return layer;
}

/// Two layers without an activation between them as one. Sums in double.
[[nodiscard]] NCA_COLD inline DenseLayer product_of(const DenseLayer& first, DenseLayer second) {
    add_constant_inputs(second, first.bias);
    DenseLayer product{first.in, second.out, {}, std::move(second.bias)};
    std::vector<double> sums(second.out);
    for (std::size_t i = 0; i < first.in; ++i) {
        std::fill(sums.begin(), sums.end(), 0.0);
        for (std::size_t m = 0; m < first.out; ++m) {
            const auto weight = static_cast<double>(first.weight[i * first.out + m]);
            for (std::size_t o = 0; weight != 0.0 && o < sums.size(); ++o) {
                sums[o] += weight * static_cast<double>(second.weight[m * second.out + o]);
            }
        }
        for (const double sum : sums) product.weight.push_back(static_cast<float>(sum));
    }
    return product;
}

/// Depth-wise filters in front of the layers. Precondition: the architecture is that of convolution_rule().
template <class R>
[[nodiscard]] NCA_COLD Result<R> depthwise_rule(const ConvolutionTensors& model,
                                                const ArchitectureOf<R>& architecture) {
    const int channels = model.channels;
    const int neighbours = architecture.neighbours();
    const DenseLayer& stored = model.layers.front();
    R filters{architecture};
    std::vector<float> biases;
    std::vector<std::size_t> rows; // of the file, to filter * channels + channel
    int filter = 0;
    if (model.perceives_own) {
        for (int c = 0; c < channels; ++c) {
            filters.filter_weight(0, c, neighbours / 2) = 1;
            rows.push_back(static_cast<std::size_t>(c));
        }
        biases.resize(rows.size());
        filter = 1;
    }
    for (const PortedConvolution& each : model.convolutions) {
        const int count = each.outputs / channels;
        for (int o = 0; o < each.outputs; ++o) {
            const int channel = o / count;
            const int own = filter + o % count;
            for (int n = 0; n < neighbours; ++n) {
                filters.filter_weight(own, channel, n) = each.kernels[static_cast<std::size_t>(o * neighbours + n)];
            }
            rows.push_back(static_cast<std::size_t>(own * channels + channel));
        }
        biases.insert(biases.end(), each.biases.begin(), each.biases.end());
        filter += count;
    }
    DenseLayers layers = model.layers;
    add_constant_inputs(layers.front(), biases);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::copy_n(stored.weight.data() + i * stored.out, stored.out,
                    layers.front().weight.data() + rows[i] * stored.out);
    }
    auto rule = rule_from<R>(layers, {}, architecture);
    if (!rule) return rule;
    visit_filters(*rule, [&](float& weight, int channel, int own, int neighbour) {
        weight = filters.filter_weight(own, channel, neighbour);
    });
    return faster_form(*rule);
}

} // namespace detail

/// The rule of such a model: boundary zero, fire rate of the file or else 1/2. One without an activation behind the
/// perception is folded, exactly but for rounding, where that is the faster form, as always behind dense kernels; their
/// biases become part of those of the first layer. One with an activation perceives the neighbourhood. Errors: an
/// activation behind a concatenation, or sizes that no rule has. Precondition: the model has Rank dimensions.
/// Allocates.
template <int Rank>
[[nodiscard]] NCA_COLD Result<Model<DynamicRule<Rank>>> model_from(const ConvolutionTensors& model,
                                                                   const ConvolutionOptions& options = {}) {
    using R = DynamicRule<Rank>;
    NCA_ASSERT(model.dimensions == Rank, "nca::model_from: the model has other dimensions");
    const bool activation = options.activation_after_perception.value_or(activation_after_perception(model));
    if (activation && model.perceives_own) {
        return Error{"it concatenates the state and what it perceives, which no activation follows"};
    }
    const RuleDescription description = detail::convolution_rule(model, options, activation);
    const auto architecture = ArchitectureOf<R>::from(description);
    if (!architecture) return architecture.error();
    auto rule = [&]() -> Result<R> {
        if (description.perception == PerceptionKind::depthwise) return detail::depthwise_rule<R>(model, *architecture);
        DenseLayers layers = model.layers;
        DenseLayer perception = detail::perception_layer(model);
        if (activation) {
            layers.insert(layers.begin(), std::move(perception));
        } else {
            layers.front() = detail::product_of(perception, std::move(layers.front()));
        }
        return rule_from<R>(layers, {}, *architecture);
    }();
    if (!rule) return rule.error();
    const auto parameters = rule->parameters();
    if (!std::all_of(parameters.begin(), parameters.end(), [](float value) { return detail::io::is_finite(value); })) {
        return Error{"its layers overflow where they are folded: their weights are not finite"};
    }
    Model<R> result{std::move(*rule)};
    result.options = step_options_of<R>(result.rule.architecture());
    const RuleDescription made = result.rule.architecture().description();
    if (describe(made) == describe<mnist::Rule<>>()) {
        result.metadata.emplace_back("nca.system", "mnist");
    } else if (made.life == LifeKind::alive) {
        result.metadata.emplace_back("nca.system", "growing");
    }
    result.metadata.emplace_back("nca.source", "port");
    result.metadata.emplace_back("import.activation_after_perception", activation ? "yes" : "no");
    result.metadata.emplace_back("import.activation_after_perception_from",
                                 options.activation_after_perception ? "option" : "file");
    result.metadata.emplace_back("import.perception", made.perception == PerceptionKind::depthwise ? "depth-wise"
                                                      : activation                                 ? "learned"
                                                                                                   : "folded");
    return result;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_CONVOLUTION_MODEL_HPP

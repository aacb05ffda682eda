// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_TABLES_HPP
#define NCA_SHADER_TABLES_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/bit_cast.hpp>
#include <nca/core/result.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/export_model.hpp>
#include <nca/run/goals.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// The numbers of a rule as the tables of a shader.
namespace nca::inline NCA_ABI::shader::inline NCA_ISA {

/// One layer of a network: where its numbers lie in the tables. Groups are of four.
struct Layer {
    int inputs = 0;        ///< values, those that pad groups included
    int groups = 0;        ///< of outputs
    std::size_t first = 0; ///< in `weights`
    std::size_t bias = 0;  ///< in `numbers`: the biases and, with 8 bits, the scales of the outputs after them
};

/// A rule as a shader needs it.
struct Tables {
    RuleDescription rule{};
    bool int8 = false;
    int groups = 0;           ///< of four channels
    int blocks = 0;           ///< of what a cell observes, each of as many values as groups of channels hold
    int perceived_groups = 0; ///< of all that a cell perceives
    std::vector<Layer> layers{};
    /// [input][group of outputs]: with 8 bits four bytes, otherwise four floats.
    std::vector<std::uint32_t> weights{};
    /// Floats: biases and scales; the taps of filters, [filter][neighbour], of learned ones [filter][neighbour][group];
    /// goals, [goal][group]. What is read in fours begins at multiples of four.
    std::vector<std::uint32_t> numbers{};
    std::size_t taps = 0;
    std::size_t goals = 0;
    int goal_count = 0;

    void add_number(double number) {
        numbers.push_back(nca::detail::bit_cast<std::uint32_t>(static_cast<float>(number)));
    }
};

/// Errors: what a shader cannot hold, in a sentence.
[[nodiscard]] NCA_COLD inline Result<void> check_shader(const RuleDescription& rule) {
    const auto no = [](std::string what) { return Error{"a shader cannot hold " + std::move(what)}; };
    if (rule.dimensions != 2) return no("a rule of " + std::to_string(rule.dimensions) + " dimensions, only of 2");
    if (rule.channels > 32) {
        return no("a rule of " + std::to_string(rule.channels) + " channels: eight textures have 32");
    }
    if (rule.gradient == GradientKind::by_angle || rule.gradient == GradientKind::by_gradient) {
        return no("a steerable rule");
    }
    if (rule.activation.empty()) return no("an activation of your own");
    std::size_t weights = 0;
    int inputs = rule.perceived();
    for (const int width : rule.hidden) {
        weights += static_cast<std::size_t>(inputs) * static_cast<std::size_t>(width);
        inputs = width;
        if (width > 512) return no("a hidden layer of " + std::to_string(width) + " values, only of 512");
    }
    weights += static_cast<std::size_t>(inputs) * static_cast<std::size_t>(rule.channels);
    if (weights > 65536) return no("a network of " + std::to_string(weights) + " weights, only of 65536");
    if (rule.perceived() > 512)
        return no("a perception of " + std::to_string(rule.perceived()) + " values, only of 512");
    return {};
}

namespace isa_detail {

/// The place of a perceived value among groups of four, which pad every block of channels.
[[nodiscard]] inline int padded_place(const Tables& tables, int perceived) noexcept {
    const int channels = tables.rule.channels;
    const int observed = tables.rule.observed();
    if (perceived >= observed) return 4 * tables.groups * tables.blocks + perceived - observed;
    return perceived / channels * 4 * tables.groups + perceived % channels;
}

/// The taps of what a cell perceives, with perception turned by `angle`.
template <class R>
NCA_COLD void add_taps(const R& rule, double angle, Tables& tables) {
    const RuleDescription& description = tables.rule;
    tables.taps = tables.numbers.size();
    const int neighbours = description.neighbours();
    if (description.perception == PerceptionKind::depthwise) {
        const auto channels = static_cast<std::size_t>(4 * tables.groups);
        const auto count = static_cast<std::size_t>(description.learned_filters * neighbours);
        std::vector<float> taps(count * channels);
        visit_filters(rule, [&](const auto& weight, int channel, int filter, int neighbour) {
            taps[static_cast<std::size_t>(filter * neighbours + neighbour) * channels +
                 static_cast<std::size_t>(channel)] = static_cast<float>(weight);
        });
        for (const float tap : taps) tables.add_number(static_cast<double>(tap));
        return;
    }
    if (description.perception == PerceptionKind::neighbourhood) return;
    const ResponseLayout layout = description.responses();
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    for (int k = 0; k < layout.filters; ++k) {
        const auto& own = description.filters[static_cast<std::size_t>(k)].weights;
        for (std::size_t n = 0; n < own.size(); ++n) {
            double tap = own[n];
            if (angle != 0.0 && layout.x >= 0 && layout.y >= 0 && layout.is_derivative(k)) {
                const double x = description.filters[static_cast<std::size_t>(layout.x)].weights[n];
                const double y = description.filters[static_cast<std::size_t>(layout.y)].weights[n];
                tap = k == layout.x ? cosine * x - sine * y : sine * x + cosine * y;
            }
            tables.add_number(tap);
        }
    }
}

/// Adds a layer; the outputs of the last one begin at the first channel that is not frozen.
NCA_COLD inline void add_layer(const DenseLayer& layer, const std::vector<std::uint8_t>& factors, bool first, bool last,
                               Tables& tables) {
    const int begin = last ? tables.rule.frozen : 0;
    const int out = begin + static_cast<int>(layer.out);
    Layer added;
    added.inputs = first ? 4 * tables.perceived_groups : (static_cast<int>(layer.in) + 3) / 4 * 4;
    added.groups = (out + 3) / 4;
    added.first = tables.weights.size();
    added.bias = tables.numbers.size();
    for (int o = 0; o < 4 * added.groups; ++o) {
        const bool used = o >= begin && o < out;
        tables.add_number(used ? static_cast<double>(layer.bias[static_cast<std::size_t>(o - begin)]) : 0.0);
    }
    const int words = tables.int8 ? 1 : 4;
    std::vector<std::uint32_t> weights(static_cast<std::size_t>(added.inputs * added.groups * words));
    for (int i = 0; i < static_cast<int>(layer.in); ++i) {
        const int place = first ? padded_place(tables, i) : i;
        for (int o = begin; o < out; ++o) {
            const auto at = static_cast<std::size_t>(i) * layer.out + static_cast<std::size_t>(o - begin);
            const int group = place * added.groups + o / 4;
            if (tables.int8) {
                weights[static_cast<std::size_t>(group)] |= std::uint32_t{layer.quantized[at]}
                                                            << (8U * static_cast<unsigned>(o % 4));
            } else {
                weights[static_cast<std::size_t>(4 * group + o % 4)] =
                    nca::detail::bit_cast<std::uint32_t>(layer.weight[at]);
            }
        }
    }
    for (int o = 0; tables.int8 && o < 4 * added.groups; ++o) {
        const bool used = o >= begin && o < out;
        const std::uint8_t factor = used ? factors[static_cast<std::size_t>(o - begin)] : std::uint8_t{0};
        tables.add_number(nca::isa_detail::output_scale(layer.weight_scale, factor));
    }
    tables.weights.insert(tables.weights.end(), weights.begin(), weights.end());
    tables.layers.push_back(added);
}

} // namespace isa_detail

/// The tables of a rule. Errors: what no shader can hold; weights that are not finite.
template <class R>
[[nodiscard]] NCA_COLD Result<Tables> tables_of(const R& rule, const StepOptions<R>& step, const Goals& goals,
                                                bool int8) {
    Tables tables;
    tables.rule = rule.architecture().description();
    tables.int8 = int8;
    const RuleDescription& description = tables.rule;
    if (const auto fits = check_shader(description); !fits) return fits.error();
    tables.groups = (description.channels + 3) / 4;
    tables.blocks = description.observed() / description.channels;
    const int inputs = description.input_kind == InputKind::perceived ? description.inputs : 0;
    tables.perceived_groups = tables.blocks * tables.groups + (inputs + 3) / 4;
    DenseLayers layers = dense_layers(rule);
    if (const auto done = quantize(layers); !done) return done.error();
    for (DenseLayer& layer : layers) {
        std::vector<std::uint8_t> factors;
        if (int8) factors = nca::isa_detail::quantize_outputs(layer);
        isa_detail::add_layer(layer, factors, tables.layers.empty(), tables.layers.size() + 1 == layers.size(), tables);
    }
    isa_detail::add_taps(rule, step.angle, tables);
    tables.numbers.resize((tables.numbers.size() + 3) / 4 * 4);
    tables.goals = tables.numbers.size();
    tables.goal_count = goals.count();
    const int width = description.input_kind == InputKind::added ? 4 * tables.groups : (inputs + 3) / 4 * 4;
    const int first = description.input_kind == InputKind::added ? description.channels - description.inputs : 0;
    for (int goal = 0; goal < tables.goal_count; ++goal) {
        for (int c = 0; c < width; ++c) {
            const int k = c - first;
            const bool told = k >= 0 && k < goals.inputs;
            tables.add_number(
                told ? static_cast<double>(goals.values[static_cast<std::size_t>(goal * goals.inputs + k)]) : 0.0);
        }
    }
    return tables;
}

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_TABLES_HPP

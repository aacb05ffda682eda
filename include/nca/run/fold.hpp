// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_FOLD_HPP
#define NCA_RUN_FOLD_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Folding: a linear perception and the dense layer behind it are one dense layer of the neighbourhood.
namespace nca::inline NCA_ABI {

/// Multiply-adds per cell of perception and first layer, in either form.
struct FirstLayerCost {
    std::int64_t separate = 0; ///< perception, whose fixed filters count their weights that are not 0, then the layer
    std::int64_t folded = 0;   ///< the layer of the neighbourhood
};

/// The cost of a rule whose perception is linear.
[[nodiscard]] NCA_COLD inline FirstLayerCost first_layer_cost(const RuleDescription& rule) {
    const std::int64_t channels = rule.channels;
    const std::int64_t outputs = rule.hidden.empty() ? rule.channels - rule.frozen : rule.hidden.front();
    const std::int64_t inputs = rule.perceived() - rule.observed();
    std::int64_t weights = std::int64_t{rule.learned_filters} * rule.neighbours();
    for (const FilterDescription& filter : rule.filters) {
        weights += std::count_if(filter.weights.begin(), filter.weights.end(), [](double w) { return w != 0.0; });
    }
    return {weights * channels + rule.perceived() * outputs, (rule.neighbours() * channels + inputs) * outputs};
}

namespace detail {

/// Errors: a perception that is not linear, in words.
[[nodiscard]] NCA_COLD inline Result<void> check_foldable(const RuleDescription& rule) {
    if (rule.perception == PerceptionKind::filter_per_channel) {
        return Error{"a perception of magnitudes is not linear, so that it does not fold"};
    }
    if (rule.gradient != GradientKind::cartesian) {
        return Error{"gradient " + std::string{gradient_names[static_cast<std::size_t>(rule.gradient)]} +
                     " is not linear, so that the perception does not fold"};
    }
    if (rule.clamp > 0.0) return Error{"clamp limits what a cell perceives, so that the perception does not fold"};
    return {};
}

} // namespace detail

/// The rule with LearnedPerception that computes the same up to rounding. Inputs stay what they are: those that are
/// added are part of the neighbourhood. StepOptions::angle does not turn it. Errors: a perception that is not linear,
/// or whose results are clamped; a neighbourhood of too many values (see check_rule()); an activation that is not the
/// library's. Allocates. Sums in double. (Goal-Guided NCA; Growing Isotropic NCA)
template <class... Policies>
[[nodiscard]] NCA_COLD auto folded(const Rule<Policies...>& rule)
    -> Result<DynamicRule<Rule<Policies...>::rank, typename Rule<Policies...>::Value>> {
    using T = typename Rule<Policies...>::Value;
    using Folded = DynamicRule<Rule<Policies...>::rank, T>;
    const RuleDescription from = rule.architecture().description();
    if (from.perception == PerceptionKind::neighbourhood) return Folded::from(rule);
    if (const auto linear = detail::check_foldable(from); !linear) return linear.error();
    RuleDescription to = from;
    to.set_filters(PerceptionKind::neighbourhood);
    auto result = Folded::from(to);
    if (!result) return result;

    const int observed = from.observed();
    const int outputs = rule.architecture().layer(0).outputs;
    const auto filter_weight = [&](int filter, int channel, int neighbour) {
        if (from.perception == PerceptionKind::depthwise) {
            return static_cast<double>(rule.filter_weight(filter, channel, neighbour));
        }
        return from.filters[static_cast<std::size_t>(filter)].weights[static_cast<std::size_t>(neighbour)];
    };
    std::vector<double> sums(static_cast<std::size_t>(outputs));
    for (int n = 0; n < from.neighbours(); ++n) {
        for (int c = 0; c < from.channels; ++c) {
            std::fill(sums.begin(), sums.end(), 0.0);
            for (int input = c; input < observed; input += from.channels) {
                const double weight = filter_weight(input / from.channels, c, n);
                for (int o = 0; weight != 0.0 && o < outputs; ++o) {
                    sums[static_cast<std::size_t>(o)] += weight * static_cast<double>(rule.weight(0, input, o));
                }
            }
            for (int o = 0; o < outputs; ++o) {
                result->weight(0, n * from.channels + c, o) = static_cast<T>(sums[static_cast<std::size_t>(o)]);
            }
        }
    }
    std::vector<int> inputs;
    for (int l = 0; l < rule.architecture().layer_count(); ++l) inputs.push_back(rule.architecture().layer(l).inputs);
    visit_parameters(rule, [&](const T& parameter, int l, int input, int output) {
        const bool is_bias = input == inputs[static_cast<std::size_t>(l)];
        if (l > 0) {
            (is_bias ? result->bias(l, output) : result->weight(l, input, output)) = parameter;
        } else if (is_bias) {
            result->bias(0, output) = parameter;
        } else if (input >= observed) { // an input from outside
            result->weight(0, to.observed() + input - observed, output) = parameter;
        }
    });
    return result;
}

/// The rule in the form of fewer multiply-adds: as it is, or folded. As it is if it does not fold. Errors: see
/// Architecture::from(). Allocates.
template <class... Policies>
[[nodiscard]] NCA_COLD auto faster_form(const Rule<Policies...>& rule) -> decltype(folded(rule)) {
    using Form = DynamicRule<Rule<Policies...>::rank, typename Rule<Policies...>::Value>;
    const RuleDescription description = rule.architecture().description();
    const FirstLayerCost cost = first_layer_cost(description);
    if (detail::check_foldable(description) && cost.folded < cost.separate) {
        if (auto result = folded(rule)) return result;
    }
    return Form::from(rule);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_FOLD_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_JOINED_HPP
#define NCA_CELL_JOINED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/layer_layout.hpp>
#include <nca/cell/policies.hpp>
#include <nca/cell/rule.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/config.hpp>
#include <nca/core/result.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Several update networks over one perception: the sum of their updates is that of one network with the hidden units
/// of all. To train a network beside one that stays as it is, join the two and let a Trainer's task say which
/// parameters train, as added_parameters() lists them. To give the second network to some cells alone, let the others
/// follow the first, joined with a network of zeros, in a Community.
namespace nca::inline NCA_ABI {

namespace detail {

template <class Pack, class Network, class... Rest>
struct with_network_impl;
template <class... Done, class Network>
struct with_network_impl<Rule<Done...>, Network> {
    using type = Rule<Done..., Network>;
};
template <class... Done, class Network, class First, class... Rest>
struct with_network_impl<Rule<Done...>, Network, First, Rest...> {
    using type = typename std::conditional_t<is_kind<PolicyKind::network, First>,
                                             with_network_impl<Rule<Done...>, Network, Rest...>,
                                             with_network_impl<Rule<Done..., First>, Network, Rest...>>::type;
};
template <class R, class Network>
struct with_network;
template <class... Policies, class Network>
struct with_network<Rule<Policies...>, Network> : with_network_impl<Rule<>, Network, Policies...> {};

/// The network whose hidden layers have the widths of two.
template <class A, class B>
struct sum_of_widths;
template <int... A, int... B>
struct sum_of_widths<Mlp<A...>, Mlp<B...>> {
    static_assert(sizeof...(A) == sizeof...(B), "nca::joined: both networks have the same number of hidden layers");
    using type = Mlp<(A + B)...>;
};

/// What makes the sum of two updates another function than that of the joined network; empty if nothing does.
[[nodiscard]] NCA_COLD inline std::string obstacle_to_joining(RuleDescription a, RuleDescription b) {
    if (a.hidden.empty() || a.hidden.size() != b.hidden.size()) {
        return "both rules need the same number of hidden layers, at least one";
    }
    if (a.clamp > 0.0 || b.clamp > 0.0) return "a rule that clamps every value cannot be joined with another";
    for (RuleDescription* const rule : {&a, &b}) rule->hidden = {1};
    const TextPairs first = describe(a);
    const TextPairs second = describe(b);
    for (const auto& pair : first) {
        if (std::find(second.begin(), second.end(), pair) == second.end()) return "the rules differ in " + pair.first;
    }
    return first.size() == second.size() ? std::string{} : "the second rule states more than the first";
}

/// Copies the networks of two rules into one that has the widths of both.
template <class R, class A, class B>
void join_networks(const A& a, const B& b, R& joined) noexcept {
    const int last = joined.architecture().layer_count() - 1;
    for (int l = 0; l <= last; ++l) {
        const LayerLayout& first = a.architecture().layer(l);
        const LayerLayout& second = b.architecture().layer(l);
        // Inputs of the first layer and outputs of the last are shared.
        const int input = l == 0 ? 0 : first.inputs;
        const int output = l == last ? 0 : first.outputs;
        for (int o = 0; o < first.outputs; ++o) {
            for (int i = 0; i < first.inputs; ++i) joined.weight(l, i, o) = a.weight(l, i, o);
            joined.bias(l, o) = a.bias(l, o);
        }
        for (int o = 0; o < second.outputs; ++o) {
            for (int i = 0; i < second.inputs; ++i) joined.weight(l, input + i, output + o) = b.weight(l, i, o);
            joined.bias(l, output + o) += b.bias(l, o);
        }
    }
    visit_filters(joined, [&](auto& weight, int channel, int filter, int neighbour) {
        weight = a.filter_weight(filter, channel, neighbour);
        NCA_ASSERT(weight == b.filter_weight(filter, channel, neighbour), "nca::joined: the learned filters differ");
    });
}

} // namespace detail

/// The type of joined(a, b).
template <class A, class B>
using Joined = typename detail::with_network<
    A, typename detail::sum_of_widths<typename A::NetworkPolicy, typename B::NetworkPolicy>::type>::type;

/// The rule whose update is the sum of those of two rules: its hidden layers hold the units of `a`, then those of `b`,
/// and no weight leads from one to the other; output biases are added. Rounding differs from a sum of two updates.
///
/// Preconditions: both perceive the same, learned filters included; their hidden layers are equal in number and have
/// the same activation; no Clamp. All else is that of `a`. Allocates.
template <class A, class B>
[[nodiscard]] NCA_COLD Joined<A, B> joined(const A& a, const B& b) requires(A::is_static&& B::is_static) {
    static_assert(std::is_same_v<typename A::PerceptionPolicy, typename B::PerceptionPolicy> &&
                      std::is_same_v<typename A::InputPolicy, typename B::InputPolicy> && A::radius == B::radius &&
                      A::rank == B::rank && A::channels == B::channels && A::frozen == B::frozen,
                  "nca::joined: both rules have the same channels and perceive the same");
    static_assert(std::is_same_v<typename A::ActivationPolicy, typename B::ActivationPolicy>,
                  "nca::joined: both rules have the same activation");
    static_assert(!A::has_clamp && !B::has_clamp, "nca::joined: the sum of clamped updates is no network");
    Joined<A, B> result;
    detail::join_networks(a, b, result);
    return result;
}
/// The same of rules of run-time sizes. Errors: rules that differ in more than the widths of their hidden layers.
template <class R>
[[nodiscard]] NCA_COLD Result<R> joined(const R& a, const R& b) requires(!R::is_static) {
    RuleDescription description = a.architecture().description();
    const RuleDescription other = b.architecture().description();
    if (const std::string obstacle = detail::obstacle_to_joining(description, other); !obstacle.empty()) {
        return Error{"the rules cannot be joined: " + obstacle};
    }
    bool same_filters = true;
    visit_filters(a, [&](const auto& weight, int channel, int filter, int neighbour) {
        same_filters = same_filters && weight == b.filter_weight(filter, channel, neighbour);
    });
    if (!same_filters) return Error{"the rules cannot be joined: their learned filters differ"};
    for (std::size_t l = 0; l < description.hidden.size(); ++l) description.hidden[l] += other.hidden[l];
    auto result = R::from(description);
    if (result) detail::join_networks(a, b, *result);
    return result;
}

/// For every number of the parameter block of joined(first, second) 1 if it belongs to the second network alone: the
/// weights and biases of its hidden units, and the weights from the last of them to the channels. 0 of all others,
/// output biases, learned filters and padding included. Allocates.
template <class R, class First>
[[nodiscard]] NCA_COLD std::vector<std::uint8_t> added_parameters(const R& joined, const First& first) {
    std::vector<std::uint8_t> added(joined.parameters().size());
    const auto* const begin = joined.parameters().data();
    const int last = joined.architecture().layer_count() - 1;
    visit_parameters(joined, [&](const auto& parameter, int l, int input, int output) {
        const LayerLayout& own = first.architecture().layer(l);
        const bool is_bias = input == joined.architecture().layer(l).inputs;
        const bool from_second = l == 0 || is_bias || input >= own.inputs;
        const bool to_second = l == last ? !is_bias : output >= own.outputs;
        added[static_cast<std::size_t>(&parameter - begin)] = from_second && to_second ? 1 : 0;
    });
    return added;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_JOINED_HPP

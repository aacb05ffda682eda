// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_DESCRIPTION_HPP
#define NCA_CELL_DESCRIPTION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/detail/json_number.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// A rule as text: the metadata of model files.
namespace nca::inline NCA_ABI {

/// The metadata of a rule whose type says everything. Allocates.
template <class R>
[[nodiscard]] TextPairs describe() requires(R::is_static) {
    return describe(RuleDescription::of(typename R::DescribedPolicies{}));
}
/// The metadata of a rule. Allocates.
template <class... Policies>
[[nodiscard]] TextPairs describe(const Rule<Policies...>& rule) {
    return describe(rule.architecture().description());
}

namespace detail {

/// Reads what describe() writes. `find(key)` is the text of a key, or null; messages name keys with `prefix`.
template <class Find>
class DescriptionReader {
public:
    DescriptionReader(std::string_view prefix, Find find) : prefix_{prefix}, find_{std::move(find)} {}

    [[nodiscard]] NCA_COLD Result<RuleDescription> read() {
        RuleDescription rule;
        rule.life_threshold = 0.1;
        whole("dimensions", rule.dimensions);
        whole("channels", rule.channels);
        whole("frozen", rule.frozen);
        if (const std::string* const text = find_("hidden")) read_hidden(*text, rule);
        if (const std::string* const text = find_("activation")) rule.activation = *text;
        number("activation_slope", rule.activation_slope);
        const std::string* const perception = find_("perception");
        const std::string standard = "identity,sobel_x,sobel_y";
        whole("radius", rule.radius);
        if (rule.radius < 1 || rule.radius > max_radius) {
            fail("radius", "a whole number from 1 to " + std::to_string(max_radius));
            rule.radius = 1;
        }
        if (rule.dimensions >= 1 && rule.dimensions <= 3) read_perception(perception ? *perception : standard, rule);
        if (const std::string* const text = find_("gradient")) read_gradient(*text, rule);
        if (const std::string* const text = find_("boundary")) read_boundary(*text, rule);
        number("fire_rate", rule.fire_rate);
        read_life(rule);
        read_life_test(rule);
        read_dead_state(rule);
        if (const std::string* const text = find_("output_bias")) {
            rule.output_bias = false;
            if (*text != "none") fail("output_bias", "none, or absent");
        }
        if (find_("clamp") != nullptr) {
            number("clamp", rule.clamp);
            if (rule.clamp == 0.0) fail("clamp", "a positive number");
        }
        if (find_("clamp_state") != nullptr) {
            number("clamp_state", rule.clamp_state);
            if (rule.clamp_state == 0.0) fail("clamp_state", "a positive number");
        }
        read_inputs(rule);
        if (find_("noise") != nullptr) number("noise", rule.noise.emplace());
        if (!error_.message.empty()) return error_;
        if (auto valid = check_rule(rule); !valid) return Error{std::string{prefix_} + valid.error().message};
        if (index_of_activation(rule.activation, LibraryActivations{}) < 0) {
            fail("activation", "relu, leaky_relu, tanh, sigmoid or sine");
        } else if ((rule.activation == LeakyRelu<1, 2>::name) !=
                   (rule.activation_slope > 0.0 && rule.activation_slope < 1.0)) {
            fail("activation_slope", "between 0 and 1 with leaky_relu, and absent with others");
        }
        if (!error_.message.empty()) return error_;
        return rule;
    }

private:
    void fail(std::string_view key, const std::string& expected) {
        if (!error_.message.empty()) return;
        const std::string* const found = find_(key);
        error_.message = "expected " + std::string{prefix_} + std::string{key} + " to be " + expected + ", found " +
                         quote(found == nullptr ? "none" : *found, 80);
    }
    void number(std::string_view key, double& value) {
        const std::string* const text = find_(key);
        if (text == nullptr) return;
        double read = 0.0;
        if (!io::read_number(*text, read) || !(std::abs(read) <= 1e30)) return fail(key, "a number");
        value = read;
    }
    void whole(std::string_view key, int& value) {
        double read = value;
        number(key, read);
        if (read != std::floor(read) || std::abs(read) > 1e6) return fail(key, "a whole number");
        value = static_cast<int>(read);
    }
    /// Calls f(item) for the items of a list with commas.
    template <class F>
    static void for_each_item(std::string_view text, F&& f) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find(','), text.size());
            f(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }
    void read_hidden(const std::string& text, RuleDescription& rule) {
        rule.hidden.clear();
        for_each_item(text, [&](std::string_view item) {
            double width = 0.0;
            if (!io::read_number(item, width) || width != std::floor(width) ||
                !(width >= 1.0 && width <= max_layer_width)) {
                return fail("hidden", std::string{"whole numbers from 1 to "}
                                          .append(std::to_string(max_layer_width))
                                          .append(" with commas"));
            }
            rule.hidden.push_back(static_cast<int>(width));
        });
    }
    void read_perception(std::string_view text, RuleDescription& rule) {
        constexpr std::string_view per_channel = "per channel and magnitudes:";
        rule.perception = PerceptionKind::filters;
        rule.filters.clear();
        if (constexpr std::string_view depthwise = "depthwise:"; text.starts_with(depthwise)) {
            double filters = 0.0;
            if (!io::read_number(text.substr(depthwise.size()), filters) || filters != std::floor(filters) ||
                !(filters >= 1.0 && filters <= max_filters)) {
                return fail("perception", "depthwise:N with N from 1 to " + std::to_string(max_filters));
            }
            rule.perception = PerceptionKind::depthwise;
            rule.learned_filters = static_cast<int>(filters);
            return;
        }
        if (text == "neighbourhood") {
            rule.perception = PerceptionKind::neighbourhood;
            return;
        }
        if (text.starts_with(per_channel)) {
            rule.perception = PerceptionKind::filter_per_channel;
            text.remove_prefix(per_channel.size());
        }
        for_each_item(text, [&](std::string_view item) {
            const auto parts = FilterParts::of(item);
            if (parts) rule.radius = std::clamp(parts->dilation, rule.radius, max_radius);
        });
        for_each_item(text, [&](std::string_view item) {
            if (auto filter = FilterDescription::named(item, rule.dimensions, rule.radius)) {
                rule.filters.push_back(std::move(*filter));
            } else {
                fail("perception", "filters of the library with commas (" + filter_names(LibraryFilters{}) +
                                       ", multiples such as 8*sobel_x, or dilations by up to " +
                                       std::to_string(max_radius) +
                                       " such as sobel_x@2), neighbourhood, or depthwise:N");
            }
        });
    }
    template <class... Filters>
    [[nodiscard]] static std::string filter_names(TypeList<Filters...> /*list*/) {
        std::string names;
        ((names += (names.empty() ? "" : ", ") + std::string{Filters::name}), ...);
        return names;
    }
    void read_gradient(const std::string& text, RuleDescription& rule) {
        const auto found = std::find(std::begin(gradient_names) + 1, std::end(gradient_names), text);
        if (found == std::end(gradient_names))
            return fail("gradient", "norm, steered_by_angle or steered_by_gradient, or absent");
        rule.gradient = static_cast<GradientKind>(found - std::begin(gradient_names));
    }
    void read_boundary(const std::string& text, RuleDescription& rule) {
        const auto found = std::find(std::begin(boundary_names), std::end(boundary_names), text);
        if (found == std::end(boundary_names)) return fail("boundary", "zero, torus, replicate or reflect");
        rule.boundary = static_cast<Boundary>(found - std::begin(boundary_names));
    }
    void read_inputs(RuleDescription& rule) {
        const bool added = find_("added_inputs") != nullptr;
        const bool perceived = find_("perceived_inputs") != nullptr;
        if (added && perceived) return fail("perceived_inputs", "absent beside added_inputs");
        if (!added && !perceived) return;
        rule.input_kind = added ? InputKind::added : InputKind::perceived;
        whole(added ? "added_inputs" : "perceived_inputs", rule.inputs);
    }
    void read_dead_state(RuleDescription& rule) {
        const std::string* const text = find_("dead_state");
        if (text == nullptr) return;
        for_each_item(*text, [&](std::string_view item) {
            double value = 0.0;
            if (!io::read_number(item, value) || !(std::abs(value) <= 1e30))
                return fail("dead_state", "numbers with commas");
            rule.dead_state.push_back(value);
        });
    }
    void read_life_test(RuleDescription& rule) {
        if (const std::string* const text = find_("life_test")) {
            if (*text != "before" && *text != "on_update") return fail("life_test", "before or on_update, or absent");
            rule.life_test = *text == "before" ? LifeTest::before : LifeTest::on_update;
        }
        whole("life_radius", rule.life_radius);
        if (const std::string* const text = find_("lattice")) {
            if (*text != "hexagonal") return fail("lattice", "hexagonal, or absent");
            rule.lattice = Lattice::hexagonal;
        }
    }
    void read_life(RuleDescription& rule) {
        const bool alive = find_("life_channel") != nullptr;
        const bool given = find_("given_life_channel") != nullptr;
        if (alive && given) return fail("given_life_channel", "absent beside life_channel");
        if (!alive && !given) return;
        rule.life = alive ? LifeKind::alive : LifeKind::alive_where;
        whole(alive ? "life_channel" : "given_life_channel", rule.life_channel);
        number("life_threshold", rule.life_threshold);
    }

    std::string_view prefix_;
    Find find_;
    Error error_{};
};

} // namespace detail

/// The rule that texts describe, as describe() writes them: find(key) is the text of a key without "nca.", or null.
/// What is missing is as nca::Rule has it. Errors, which name keys with `prefix`: a text that says nothing, an
/// impossible rule, a filter or activation that is not the library's.
template <class Find>
[[nodiscard]] NCA_COLD Result<RuleDescription> read_description(std::string_view prefix, Find&& find) {
    return detail::DescriptionReader<std::remove_cvref_t<Find>>{prefix, std::forward<Find>(find)}.read();
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_DESCRIPTION_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_SPELLING_HPP
#define NCA_CELL_SPELLING_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/description.hpp>
#include <nca/cell/rule.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// The C++ spelling of a rule's type, for exported headers.
namespace nca::inline NCA_ABI {

namespace detail {

/// nca::FireRate for "fire_rate".
[[nodiscard]] NCA_COLD inline std::string library_spelling(std::string_view name) {
    std::string text = "nca::";
    bool start = true;
    for (const char c : name) {
        if (c != '_') text += start ? static_cast<char>(c - 'a' + 'A') : c;
        start = c == '_';
    }
    return text;
}

/// A template with its arguments; empty if an argument is.
[[nodiscard]] NCA_COLD inline std::string spell_template(std::string text, const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i].empty()) return {};
        text += (i == 0 ? "<" : ", ") + arguments[i];
    }
    return text + ">";
}

/// A type as C++ text, or empty without a `spelling`; spellings that are not the library's are added to `own`.
template <class Part>
struct Spelling {
    [[nodiscard]] static std::string get(std::vector<std::string>& own) {
        if constexpr (std::is_floating_point_v<Part>) {
            return std::is_same_v<Part, float> ? "float" : "double";
        } else if constexpr (is_policy<Part> || is_library_part<Part>) {
            return library_spelling(Part::name);
        } else if constexpr (requires { Part::spelling; }) {
            std::string text{Part::spelling};
            if (std::find(own.begin(), own.end(), text) == own.end()) own.push_back(text);
            return text;
        } else {
            return {};
        }
    }
};
template <template <int...> class Policy, int... Arguments>
requires is_policy<Policy<Arguments...>>
struct Spelling<Policy<Arguments...>> {
    [[nodiscard]] static std::string get(std::vector<std::string>& /*own*/) {
        using P = Policy<Arguments...>;
        std::vector<std::string> texts{std::to_string(Arguments)...};
        if constexpr (requires { P::default_arguments; }) {
            constexpr std::array arguments{Arguments...};
            const auto& omitted = P::default_arguments;
            if (std::equal(omitted.rbegin(), omitted.rend(), arguments.rbegin())) {
                texts.resize(texts.size() - omitted.size());
            }
        }
        return spell_template(library_spelling(P::name), texts);
    }
};
template <template <class...> class Policy, class... Arguments>
requires is_policy<Policy<Arguments...>>
struct Spelling<Policy<Arguments...>> {
    [[nodiscard]] static std::string get(std::vector<std::string>& own) {
        return spell_template(library_spelling(Policy<Arguments...>::name), {Spelling<Arguments>::get(own)...});
    }
};
template <int Factor, class Filter>
struct Spelling<Times<Factor, Filter>> {
    [[nodiscard]] static std::string get(std::vector<std::string>& own) {
        return spell_template("nca::Times", {std::to_string(Factor), Spelling<Filter>::get(own)});
    }
};
template <int Factor, class Filter>
struct Spelling<Dilated<Factor, Filter>> {
    [[nodiscard]] static std::string get(std::vector<std::string>& own) {
        return spell_template("nca::Dilated", {std::to_string(Factor), Spelling<Filter>::get(own)});
    }
};
template <int Numerator, int Denominator>
struct Spelling<LeakyRelu<Numerator, Denominator>> {
    [[nodiscard]] static std::string get(std::vector<std::string>& /*own*/) {
        return spell_template("nca::LeakyRelu", {std::to_string(Numerator), std::to_string(Denominator)});
    }
};

template <class... Policies>
[[nodiscard]] std::vector<std::string> spell_policies(std::vector<std::string>& own, TypeList<Policies...> /*list*/) {
    return {Spelling<Policies>::get(own)...};
}

template <class... Policies>
[[nodiscard]] constexpr std::array<PolicyKind, sizeof...(Policies)> kinds_of(TypeList<Policies...> /*list*/) noexcept {
    return {Policies::kind...};
}

/// The simplest fraction that is this double, by its continued fraction, or one that is close: "nca::FireRate<3, 4>".
/// After other arguments of the policy.
[[nodiscard]] NCA_COLD inline std::string spell_fraction(const std::string& policy, double value,
                                                         std::vector<std::string> arguments = {}) {
    constexpr double largest = 1e9;
    double rest = value;
    double numerators[] = {0.0, 1.0};
    double denominators[] = {1.0, 0.0};
    for (int i = 0; i < 40; ++i) {
        const double whole = std::floor(rest);
        const double numerator = whole * numerators[1] + numerators[0];
        const double denominator = whole * denominators[1] + denominators[0];
        if (numerator > largest || denominator > largest) break;
        numerators[0] = std::exchange(numerators[1], numerator);
        denominators[0] = std::exchange(denominators[1], denominator);
        if (numerator / denominator == value || rest == whole) break;
        rest = 1.0 / (rest - whole);
    }
    const auto text = [](double number) { return std::to_string(static_cast<long long>(number)); };
    arguments.push_back(text(numerators[1]));
    arguments.push_back(text(denominators[1]));
    return spell_template(policy, arguments);
}

/// The policies of a rule of run-time sizes as C++ text, those that are defaults omitted; empty if a part is not the
/// library's.
[[nodiscard]] NCA_COLD inline std::vector<std::string> spell_description(const RuleDescription& rule) {
    const auto filter = [](const std::string& name) -> std::string {
        const auto parts = FilterParts::of(name);
        if (!parts) return {};
        if (!names_one_of(parts->base, LibraryFilters{}) && !names_one_of(parts->base, LibraryActivations{})) return {};
        std::string text = library_spelling(parts->base);
        if (parts->dilation > 1) text = spell_template("nca::Dilated", {std::to_string(parts->dilation), text});
        if (name.find('*') == std::string::npos) return text;
        return spell_template("nca::Times", {std::to_string(parts->factor), text});
    };
    std::vector<std::string> filters;
    for (const FilterDescription& part : rule.filters) filters.push_back(filter(part.name));
    std::vector<std::string> policies{spell_template("nca::Channels", {std::to_string(rule.channels)})};
    if (rule.frozen > 0) policies.push_back(spell_template("nca::Frozen", {std::to_string(rule.frozen)}));
    policies.push_back(rule.perception == PerceptionKind::neighbourhood ? "nca::LearnedPerception"
                       : rule.perception == PerceptionKind::depthwise
                           ? spell_template("nca::DepthwisePerception", {std::to_string(rule.learned_filters)})
                       : rule.perception == PerceptionKind::filters ? spell_template("nca::Perception", filters)
                                                                    : spell_template("nca::FilterPerChannel", filters));
    if (rule.radius > 1) policies.push_back(spell_template("nca::Radius", {std::to_string(rule.radius)}));
    if (rule.gradient != GradientKind::cartesian) {
        constexpr std::string_view names[] = {CartesianGradient::name, GradientNorm::name, SteeredByAngle::name,
                                              SteeredByGradient::name};
        policies.push_back(library_spelling(names[static_cast<std::size_t>(rule.gradient)]));
    }
    std::vector<std::string> widths;
    for (const int width : rule.hidden) widths.push_back(std::to_string(width));
    policies.push_back(widths.empty() ? "nca::Linear" : spell_template("nca::Mlp", widths));
    if (rule.activation == LeakyRelu<1, 2>::name) {
        const std::string leaky = spell_fraction("nca::LeakyRelu", rule.activation_slope);
        policies.push_back(spell_template("nca::Activation", {leaky}));
    } else if (rule.activation != Relu::name) {
        policies.push_back(spell_template("nca::Activation", {filter(rule.activation)}));
    }
    if (rule.clamp > 0.0) policies.push_back(spell_fraction("nca::Clamp", rule.clamp));
    if (rule.clamp_state > 0.0) policies.push_back(spell_fraction("nca::ClampState", rule.clamp_state));
    if (!rule.output_bias) policies.push_back("nca::NoOutputBias");
    if (rule.input_kind != InputKind::none) {
        policies.push_back(
            spell_template(rule.input_kind == InputKind::added ? "nca::AddedInputs" : "nca::PerceivedInputs",
                           {std::to_string(rule.inputs)}));
    }
    policies.push_back(library_spelling(boundary_names[static_cast<std::size_t>(rule.boundary)]));
    policies.push_back(spell_fraction("nca::FireRate", rule.fire_rate));
    if (rule.noise) policies.push_back(spell_fraction("nca::Noise", *rule.noise));
    if (rule.life != LifeKind::none) {
        const bool where = rule.life == LifeKind::alive_where;
        const bool before = rule.life_test == LifeTest::before;
        policies.push_back(spell_fraction(where                                   ? "nca::AliveWhere"
                                          : before                                ? "nca::AliveBefore"
                                          : rule.life_test == LifeTest::on_update ? "nca::AliveOnUpdate"
                                                                                  : "nca::Alive",
                                          rule.life_threshold, {std::to_string(rule.life_channel)}));
    }
    if (rule.life_radius > 1) policies.push_back(spell_template("nca::LifeRadius", {std::to_string(rule.life_radius)}));
    if (rule.lattice == Lattice::hexagonal) policies.push_back("nca::HexagonalLattice");
    if (!rule.dead_state.empty()) {
        std::vector<std::string> values;
        for (const double value : rule.dead_state) {
            // Types hold whole numbers: others have no spelling.
            values.push_back(value == std::floor(value) ? std::to_string(static_cast<long long>(value))
                                                        : std::string{});
        }
        policies.push_back(spell_template("nca::DeadState", values));
    }
    if (rule.dimensions != 2) policies.push_back(spell_template("nca::Dimensions", {std::to_string(rule.dimensions)}));
    return policies;
}

struct RuleSpelling {
    std::string text{};             ///< see spelling_of()
    std::vector<std::string> own{}; ///< the spellings of types that are not the library's

    /// Of a rule whose type says everything; `options` replace what they can.
    template <class R>
    [[nodiscard]] NCA_COLD static RuleSpelling of(std::size_t indent,
                                                  const StepOptions<R>& options = {}) requires(R::is_static) {
        RuleSpelling result;
        std::vector<std::string> policies = spell_policies(result.own, typename R::PolicyList{});
        const auto put = [&](PolicyKind kind, std::string policy) {
            constexpr auto kinds = kinds_of(typename R::PolicyList{});
            const auto place = std::find(kinds.begin(), kinds.end(), kind);
            if (place == kinds.end()) return policies.push_back(std::move(policy));
            policies[static_cast<std::size_t>(place - kinds.begin())] = std::move(policy);
        };
        if (options.boundary != R::boundary) {
            put(PolicyKind::boundary, library_spelling(boundary_names[static_cast<std::size_t>(options.boundary)]));
        }
        if (options.fire_rate != R::fire_rate)
            put(PolicyKind::fire_rate, spell_fraction("nca::FireRate", options.fire_rate));
        if (options.noise != R::noise) put(PolicyKind::noise, spell_fraction("nca::Noise", options.noise));
        result.text = join(policies, indent);
        return result;
    }
    /// Of any rule.
    template <class R>
    [[nodiscard]] NCA_COLD static RuleSpelling of(const R& rule, std::size_t indent, const StepOptions<R>& options) {
        if constexpr (R::is_static) return of<R>(indent, options);
        RuleDescription description = rule.architecture().description();
        description.boundary = options.boundary;
        description.fire_rate = options.fire_rate;
        if (description.noise) description.noise = options.noise;
        return {join(spell_description(description), indent), {}};
    }

private:
    /// nca::Rule of these policies; empty if one is.
    [[nodiscard]] NCA_COLD static std::string join(const std::vector<std::string>& policies, std::size_t indent) {
        std::string text = "nca::Rule<";
        std::size_t column = indent;
        for (const std::string& policy : policies) {
            if (policy.empty()) return {};
            if (column > indent && column + policy.size() + 4 > 120) {
                text += ",\n" + std::string(indent, ' ');
                column = indent;
            } else if (column > indent) {
                text += ", ";
            }
            text += policy;
            column += policy.size() + 2;
        }
        return text + ">";
    }
};

} // namespace detail

/// The type of a rule as C++ text, as written; empty if a part has no spelling. Lines break between policies before
/// column 120 and continue at column `indent`. Allocates.
template <class R>
[[nodiscard]] std::string spelling_of(std::size_t indent = 0) {
    return detail::RuleSpelling::of<R>(indent).text;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_SPELLING_HPP

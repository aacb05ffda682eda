// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_DESCRIPTION_HPP
#define NCA_CELL_DESCRIPTION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// A rule as text: the metadata of model files, and the C++ spelling of its type for exported headers.
namespace nca::inline NCA_ABI {

/// The version of the format of model files, `nca.format` in their metadata.
inline constexpr int model_format = 1;

namespace detail {

template <class Part, class List>
inline constexpr bool is_among = false;
template <class Part, class... Types>
inline constexpr bool is_among<Part, TypeList<Types...>> = (std::is_same_v<Part, Types> || ...);

template <class... Types>
[[nodiscard]] constexpr bool names_one_of(std::string_view name, TypeList<Types...> /*list*/) noexcept {
    return ((name == Types::name) || ...);
}

/// True if Part is a filter or an activation of the library without arguments.
template <class Part>
inline constexpr bool is_library_part = is_among<Part, LibraryFilters> || is_among<Part, LibraryActivations>;

[[nodiscard]] constexpr bool is_good_name(std::string_view name) noexcept {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

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

/// A filter or an activation as files name it: "sobel_x", "8*sobel_x", "tanh". Empty if it has no name.
template <class Filter>
struct FilterName {
    [[nodiscard]] static std::string get() {
        if constexpr (requires { Filter::name; }) {
            constexpr std::string_view name = Filter::name;
            static_assert(is_good_name(name),
                          "nca: the name of a filter or activation consists of letters, digits, underscores and dots");
            static_assert(is_library_part<Filter> ||
                              (!names_one_of(name, LibraryFilters{}) && !names_one_of(name, LibraryActivations{}) &&
                               name != "custom" && name != "neighbourhood"),
                          "nca: the name of this filter or activation is reserved by the library");
            return std::string{name};
        } else {
            return {};
        }
    }
};
template <int Factor, class Filter>
struct FilterName<Times<Factor, Filter>> {
    [[nodiscard]] static std::string get() {
        const std::string filter = FilterName<Filter>::get();
        return filter.empty() ? filter : std::to_string(Factor) + "*" + filter;
    }
};

/// Collects what policies state about themselves.
class Metadata {
public:
    std::vector<std::pair<std::string, std::string>> entries{};
    bool complete = true; ///< every filter and the activation have names

    NCA_COLD void operator()(std::string_view key, std::string_view value) {
        entries.push_back({std::string{key}, std::string{value}});
    }
    void operator()(std::string_view key, const char* value) { (*this)(key, std::string_view{value}); }
    NCA_COLD void operator()(std::string_view key, int value) { (*this)(key, std::to_string(value)); }
    void operator()(std::string_view key, double value) { (*this)(key, number_text(value)); }
    template <std::size_t Size>
    NCA_COLD void operator()(std::string_view key, const std::array<int, Size>& values) {
        std::string text;
        for (const int value : values) {
            if (!text.empty()) text += ',';
            text += std::to_string(value);
        }
        (*this)(key, text);
    }
    template <class... Filters>
    NCA_COLD void operator()(std::string_view key, TypeList<Filters...> /*filters*/, std::string_view prefix = {}) {
        std::string text{prefix};
        for (const std::string& name : {FilterName<Filters>::get()...}) {
            complete = complete && !name.empty();
            if (text.size() != prefix.size()) text += ',';
            text += name.empty() ? "custom" : name;
        }
        (*this)(key, text);
    }
};

template <class Policy>
void describe_policy(Metadata& metadata) {
    if constexpr (requires { Policy::describe(metadata); }) Policy::describe(metadata);
    if constexpr (Policy::kind == PolicyKind::perception) {
        metadata("nca.perception_order", "filter-major: filter * channels + channel");
    }
}

template <class... Policies>
void describe_policies(Metadata& metadata, TypeList<Policies...> /*list*/) {
    (describe_policy<Policies>(metadata), ...);
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

/// In the order of Boundary.
inline constexpr std::string_view boundary_names[] = {Zero::name, Torus::name, Replicate::name, Reflect::name};

template <class... Policies>
[[nodiscard]] constexpr std::array<PolicyKind, sizeof...(Policies)> kinds_of(TypeList<Policies...> /*list*/) noexcept {
    return {Policies::kind...};
}

/// The simplest fraction that is this double, by its continued fraction, or one that is close: "nca::FireRate<3, 4>".
[[nodiscard]] NCA_COLD inline std::string spell_fraction(const std::string& policy, double value) {
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
    return spell_template(policy, {text(numerators[1]), text(denominators[1])});
}

struct RuleSpelling {
    std::string text{};             ///< see spelling_of()
    std::vector<std::string> own{}; ///< the spellings of types that are not the library's

    template <class R>
    [[nodiscard]] NCA_COLD static RuleSpelling of(std::size_t indent, const StepOptions<R>& options = {}) {
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
        if (options.fire_rate != R::fire_rate) put(PolicyKind::fire_rate, spell_fraction("nca::FireRate", options.fire_rate));
        if (options.noise != R::noise) put(PolicyKind::noise, spell_fraction("nca::Noise", options.noise));
        std::string text = "nca::Rule<";
        std::size_t column = indent;
        for (const std::string& policy : policies) {
            if (policy.empty()) return result;
            if (column > indent && column + policy.size() + 4 > 120) {
                text += ",\n" + std::string(indent, ' ');
                column = indent;
            } else if (column > indent) {
                text += ", ";
            }
            text += policy;
            column += policy.size() + 2;
        }
        result.text = text + ">";
        return result;
    }
};

/// What describe() returns, and whether everything has a name.
template <class R>
[[nodiscard]] NCA_COLD Metadata metadata_of() {
    Metadata metadata;
    metadata("nca.format", model_format);
    describe_policies(metadata, typename R::DescribedPolicies{});
    return metadata;
}

} // namespace detail

/// The metadata of a rule in model files (docs/model-format.md), with "custom" for what has no name. Allocates.
template <class R>
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe() {
    return detail::metadata_of<R>().entries;
}

/// The type of a rule as C++ text, as written; empty if a part has no spelling. Lines break between policies before
/// column 120 and continue at column `indent`. Allocates.
template <class R>
[[nodiscard]] std::string spelling_of(std::size_t indent = 0) {
    return detail::RuleSpelling::of<R>(indent).text;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_DESCRIPTION_HPP

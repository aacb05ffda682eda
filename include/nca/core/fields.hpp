// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_FIELDS_HPP
#define NCA_CORE_FIELDS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// One list of fields per options struct, from which checkpoints, metadata, JSON and command lines are made.
///
///     struct Experiment {
///         int batch = 8;
///         template <class Visit>
///         static constexpr void fields(Visit&& visit) {
///             visit(nca::field("batch", &Experiment::batch, "Samples per iteration", 1, 256));
///         }
///     };
namespace nca::inline NCA_ABI {

/// Pairs of a key and a text, in order.
using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// A member of an options struct: its name in files, in words what it is, and the range of a number.
template <class Owner, class Value>
struct FieldInfo {
    std::string_view name;
    Value Owner::*member;
    std::string_view help;
    double min;
    double max;
};

/// Describes a member; see fields().
template <class Owner, class Value>
[[nodiscard]] constexpr FieldInfo<Owner, Value>
field(std::string_view name, Value Owner::*member, std::string_view help, double min = 0.0, double max = 0.0) noexcept {
    return {name, member, help, min, max};
}

namespace detail {
struct IgnoreField {
    void operator()(const auto& /*info*/) const noexcept {}
};
} // namespace detail

/// An options struct that lists its fields.
template <class Options>
concept HasFields = requires { std::remove_cvref_t<Options>::fields(detail::IgnoreField{}); };

/// Calls visit(info, value) for every field of an options struct, in the order of its list.
template <class Options, class Visit>
constexpr void for_each_field(Options& options, Visit&& visit) {
    std::remove_const_t<Options>::fields([&](const auto& info) { visit(info, options.*info.member); });
}

/// A value as text: numbers in shortest exact form, enumerators by `name_of(value)`, structs by `text()`. Allocates.
template <class Value>
[[nodiscard]] NCA_COLD std::string field_text(const Value& value) {
    if constexpr (std::is_same_v<Value, bool>) {
        return value ? "true" : "false";
    } else if constexpr (std::is_integral_v<Value>) {
        return std::to_string(value);
    } else if constexpr (std::is_floating_point_v<Value>) {
        return number_text(value);
    } else if constexpr (std::is_enum_v<Value>) {
        return std::string{name_of(value)};
    } else if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
        return std::string{std::string_view{value}};
    } else {
        return value.text();
    }
}

/// The fields of an options struct as text. Allocates.
template <class Options>
[[nodiscard]] NCA_COLD TextPairs describe_fields(const Options& options) {
    TextPairs pairs;
    for_each_field(options, [&](const auto& info, const auto& value) {
        pairs.emplace_back(std::string{info.name}, field_text(value));
    });
    return pairs;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_FIELDS_HPP

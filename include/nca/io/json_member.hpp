// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_JSON_MEMBER_HPP
#define NCA_IO_JSON_MEMBER_HPP

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/json.hpp>

#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// Members that a JSON object has to have.
namespace nca {

/// A member of a kind, through one of Json's accessors. Errors: it is missing, or of another kind.
template <class Accessor>
[[nodiscard]] auto require_member(const Json& json, std::string_view key, std::string_view kind, Accessor accessor)
    -> Result<decltype((json.*accessor)())> {
    const Json* const value = json.find(key);
    if (value == nullptr) return Error{"key " + quote(key) + " is missing"};
    const auto found = (value->*accessor)();
    if (!found) {
        return Error{"key " + quote(key) + ": expected " + std::string{kind} + ", found " + std::string{value->kind()}};
    }
    return found;
}

/// A string. Errors: see require_member().
[[nodiscard]] inline Result<std::string_view> require_string(const Json& json, std::string_view key) {
    const auto text = require_member(json, key, "a string", &Json::as_string);
    if (!text) return text.error();
    return std::string_view{**text};
}

/// A number from 0 to the largest float. Errors: it is missing, or anything else.
[[nodiscard]] inline Result<double> require_scale(const Json& json, std::string_view key) {
    const Json* const value = json.find(key);
    if (value == nullptr) return Error{"key " + quote(key) + " is missing"};
    const std::optional<double> scale = value->as_number();
    if (scale && *scale >= 0.0 && *scale <= static_cast<double>(std::numeric_limits<float>::max())) return *scale;
    return Error{"key " + quote(key) + ": expected a number from 0 to the largest float, found " +
                 (scale ? value->dump() : std::string{value->kind()})};
}

} // namespace nca

#endif // NCA_IO_JSON_MEMBER_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_JSON_HPP
#define NCA_IO_JSON_HPP

#include <nca/io/detail/json_number.hpp>
#include <nca/io/detail/text.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nca {

namespace detail::io {
// A character is no number: Json{'x'} would be 120.
template <class T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;
} // namespace detail::io

/// How Json::dump() separates: `compact` as in {"a":1,"b":[2,3]}, `spaced` as in {"a": 1, "b": [2, 3]}.
enum class JsonStyle { compact, spaced };

/// A JSON value, for reading and for writing: parse_json() returns one, dump() writes one.
///
///     Json line = Json::object({{"model", path}, {"iterations", 8000}, {"loss", 0.0012}});
///     line.set("seconds", 251.5);
///     std::string text = line.dump();   // {"model":"out/lizard.safetensors","iterations":8000,...}
///
/// Objects keep the order of insertion. Integers from -2^63 to 2^64-1 are held exactly, apart from reals.
class Json {
public:
    /// The elements of an array.
    using Array = std::vector<Json>;
    /// The members of an object, in order.
    using Object = std::vector<std::pair<std::string, Json>>;

    // The conversions are implicit, so that {"key", value} is a member and any value an argument of set().
    // NOLINTBEGIN(google-explicit-constructor)

    /// null.
    Json() noexcept = default;
    /// null.
    Json(std::nullptr_t) noexcept {}
    /// true or false. A template, so that no pointer turns into a boolean.
    template <std::same_as<bool> Bool>
    Json(Bool value) noexcept : content_{value} {}
    /// An integer.
    template <detail::io::JsonInteger Integer>
    Json(Integer value) {
        if (std::in_range<std::int64_t>(value)) {
            content_ = static_cast<std::int64_t>(value);
        } else {
            content_ = static_cast<std::uint64_t>(value);
        }
    }
    /// A real number; NaN and the infinities, which JSON lacks, are written as null.
    Json(double value) noexcept : content_{value} {}
    /// A real number with the shortest digits that give back this float: 0.1F is written 0.1.
    Json(float value) : content_{detail::io::widen_decimal(value)} {}
    /// A string; expected to be UTF-8 (other bytes are written as U+FFFD).
    Json(std::string value) noexcept : content_{std::move(value)} {}
    /// A string.
    Json(std::string_view value) : content_{std::string{value}} {}
    /// A string.
    Json(const char* value) : content_{std::string{value}} {}
    /// An array.
    Json(Array elements) noexcept : content_{std::move(elements)} {}
    /// An object. Precondition: keys are unique.
    Json(Object members) noexcept : content_{std::move(members)} {}

    // NOLINTEND(google-explicit-constructor)

    /// An array of the given elements.
    [[nodiscard]] static Json array(std::initializer_list<Json> elements = {}) { return Json{Array(elements)}; }
    /// An object of the given members. Precondition: keys are unique.
    [[nodiscard]] static Json object(std::initializer_list<std::pair<std::string, Json>> members = {}) {
        return Json{Object(members)};
    }

    /// True for null.
    [[nodiscard]] bool is_null() const noexcept { return content_.index() == 0; }
    /// The boolean, or nothing if the value is of another kind.
    [[nodiscard]] std::optional<bool> as_bool() const noexcept {
        const bool* value = std::get_if<bool>(&content_);
        return value == nullptr ? std::nullopt : std::optional<bool>{*value};
    }
    /// The number, rounded to double if it is a large integer; nothing if the value is of another kind.
    [[nodiscard]] std::optional<double> as_number() const noexcept {
        if (const auto* real = std::get_if<double>(&content_)) return *real;
        if (const auto* integer = std::get_if<std::int64_t>(&content_)) return static_cast<double>(*integer);
        if (const auto* large = std::get_if<std::uint64_t>(&content_)) return static_cast<double>(*large);
        return std::nullopt;
    }
    /// The integer, exactly; nothing if the value is no integer (1.0 and 1e3 are reals) or does not fit `Integer`.
    template <std::integral Integer>
    [[nodiscard]] std::optional<Integer> as_integer() const noexcept {
        if (const auto* value = std::get_if<std::int64_t>(&content_)) {
            if (std::in_range<Integer>(*value)) return static_cast<Integer>(*value);
        } else if (const auto* large = std::get_if<std::uint64_t>(&content_)) {
            if (std::in_range<Integer>(*large)) return static_cast<Integer>(*large);
        }
        return std::nullopt;
    }
    /// The integer, exactly, if it fits; see as_integer().
    [[nodiscard]] std::optional<std::int64_t> as_int64() const noexcept { return as_integer<std::int64_t>(); }
    /// The integer, exactly, if it is not negative and fits; see as_integer().
    [[nodiscard]] std::optional<std::uint64_t> as_uint64() const noexcept { return as_integer<std::uint64_t>(); }
    /// The string, or nullptr if the value is of another kind.
    [[nodiscard]] const std::string* as_string() const noexcept { return std::get_if<std::string>(&content_); }
    /// The array, or nullptr if the value is of another kind.
    [[nodiscard]] const Array* as_array() const noexcept { return std::get_if<Array>(&content_); }
    /// The object, or nullptr if the value is of another kind.
    [[nodiscard]] const Object* as_object() const noexcept { return std::get_if<Object>(&content_); }

    /// The member of an object, or nullptr if it is missing or the value is no object. Cost: linear in the members.
    [[nodiscard]] const Json* find(std::string_view key) const noexcept {
        if (const Object* members = as_object()) {
            for (const auto& [name, value] : *members) {
                if (name == key) return &value;
            }
        }
        return nullptr;
    }
    /// Sets a member of an object, in place if the key exists, else at the end; any other value becomes an object
    /// first. Returns *this.
    Json& set(std::string_view key, Json value) {
        if (as_object() == nullptr) content_ = Object{};
        auto& members = *std::get_if<Object>(&content_);
        for (auto& [name, old] : members) {
            if (name == key) {
                old = std::move(value);
                return *this;
            }
        }
        members.emplace_back(std::string{key}, std::move(value));
        return *this;
    }
    /// Appends to an array; any other value becomes an array first. Returns *this.
    Json& push_back(Json value) {
        if (as_array() == nullptr) content_ = Array{};
        std::get_if<Array>(&content_)->push_back(std::move(value));
        return *this;
    }

    /// The kind of the value in words, for error messages: "a string", "an array", ...
    [[nodiscard]] std::string_view kind() const noexcept {
        constexpr std::string_view names[] = {"null",          "a boolean", "an integer", "an integer",
                                              "a real number", "a string",  "an array",   "an object"};
        return names[content_.index()];
    }
    /// The value as one line of JSON: strings as UTF-8, numbers as the shortest digits that read back the same, reals
    /// always with a point or an exponent. The text depends on no locale.
    [[nodiscard]] std::string dump(JsonStyle style = JsonStyle::compact) const {
        std::string out;
        append_to(out, style);
        return out;
    }

    /// True if both are of the same kind and equal; objects also in the order of their members.
    [[nodiscard]] friend bool operator==(const Json& a, const Json& b) { return a.content_ == b.content_; }

private:
    void append_to(std::string& out, JsonStyle style) const {
        const std::string_view comma = style == JsonStyle::spaced ? ", " : ",";
        const std::string_view colon = style == JsonStyle::spaced ? "\": " : "\":";
        if (const bool* boolean = std::get_if<bool>(&content_)) {
            out += *boolean ? "true" : "false";
        } else if (const auto* integer = std::get_if<std::int64_t>(&content_)) {
            out += std::to_string(*integer);
        } else if (const auto* large = std::get_if<std::uint64_t>(&content_)) {
            out += std::to_string(*large);
        } else if (const auto* real = std::get_if<double>(&content_)) {
            detail::io::append_real(out, *real);
        } else if (const std::string* text = as_string()) {
            out += '"';
            detail::io::append_escaped(out, *text);
            out += '"';
        } else if (const Array* elements = as_array()) {
            out += '[';
            for (std::size_t i = 0; i < elements->size(); ++i) {
                if (i > 0) out += comma;
                (*elements)[i].append_to(out, style);
            }
            out += ']';
        } else if (const Object* members = as_object()) {
            out += '{';
            for (std::size_t i = 0; i < members->size(); ++i) {
                out += i > 0 ? comma : std::string_view{};
                out += '"';
                detail::io::append_escaped(out, (*members)[i].first);
                out += colon;
                (*members)[i].second.append_to(out, style);
            }
            out += '}';
        } else {
            out += "null";
        }
    }

    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> content_;
};

/// What parse_json() refuses, so that no hostile file exhausts the stack or the memory.
struct JsonLimits {
    std::size_t depth = 64;          ///< arrays and objects inside one another
    std::size_t values = 10'000'000; ///< values in all, about 40 bytes each
};

/// Reads one JSON text (RFC 8259), strictly: nothing but white space after the value, well-formed UTF-8, no
/// duplicate key, no number beyond the range of double. The time is O(n log n) in the length of the text.
/// Errors say line and column: "line 3, column 14: expected ',' or ']' after an element, found '}'".
[[nodiscard]] inline Result<Json> parse_json(std::string_view text, JsonLimits limits = {});

} // namespace nca

#include <nca/io/detail/json_parser.hpp>

#endif // NCA_IO_JSON_HPP

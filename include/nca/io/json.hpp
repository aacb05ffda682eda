// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_JSON_HPP
#define NCA_IO_JSON_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/core/text.hpp>
#include <nca/io/detail/json_number.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

namespace detail::io {
// Without char, so that Json{'x'} does not become 120.
template <class T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;
} // namespace detail::io

/// Whitespace in Json::dump(): none, {"a":1,"b":[2,3]}, or after commas and colons, {"a": 1, "b": [2, 3]}.
enum class JsonStyle { compact, spaced };

/// A JSON value. Objects keep insertion order; integers from -2^63 to 2^64 - 1 are exact and distinct from reals.
///
///     Json line = Json::object({{"model", path}, {"iterations", 8000}, {"loss", 0.0012}});
class Json {
public:
    using Array = std::vector<Json>;
    using Object = std::vector<std::pair<std::string, Json>>;

    // Implicit, so that {"key", value} is a member, and set() takes values of all these types.
    // NOLINTBEGIN(google-explicit-constructor)

    Json() noexcept = default;
    Json(std::nullptr_t) noexcept {}
    /// A template, so that pointers do not convert to a boolean.
    template <std::same_as<bool> Bool>
    Json(Bool value) noexcept : kind_{Kind::boolean}, bits_{value} {}
    template <detail::io::JsonInteger Integer>
    Json(Integer value) noexcept
        : kind_{std::in_range<std::int64_t>(value) ? Kind::integer : Kind::large}, bits_{static_cast<std::uint64_t>(
                                                                                       value)} {}
    /// NaN and infinities, which JSON lacks, are written as null.
    Json(double value) noexcept : kind_{Kind::real}, bits_{detail::bit_cast<std::uint64_t>(value)} {}
    /// The double with the shortest digits that round to this float: 0.1F is written as 0.1.
    Json(float value) : Json{detail::io::widen_decimal(value)} {}
    /// UTF-8; other bytes are written as U+FFFD.
    Json(std::string value) : kind_{Kind::string}, parts_{new Parts{std::move(value), {}, {}}} {}
    Json(std::string_view value) : Json{std::string{value}} {}
    Json(const char* value) : Json{std::string{value}} {}
    Json(Array elements) : kind_{Kind::array}, parts_{new Parts{{}, std::move(elements), {}}} {}
    /// Precondition: keys are unique.
    Json(Object members) : kind_{Kind::object}, parts_{new Parts{{}, {}, std::move(members)}} {}

    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] static Json array(std::initializer_list<Json> elements = {}) { return Json{Array(elements)}; }
    /// Precondition: keys are unique.
    [[nodiscard]] static Json object(std::initializer_list<std::pair<std::string, Json>> members = {}) {
        return Json{Object(members)};
    }

    /// A value that was moved from is null.
    Json(Json&& other) noexcept
        : kind_{std::exchange(other.kind_, Kind::null)}, bits_{other.bits_}, parts_{std::move(other.parts_)} {}
    Json(const Json& other)
        : kind_{other.kind_}, bits_{other.bits_}, parts_{other.parts_ ? new Parts{*other.parts_} : nullptr} {}
    Json& operator=(Json other) noexcept {
        kind_ = other.kind_;
        bits_ = other.bits_;
        parts_.swap(other.parts_);
        return *this;
    }
    ~Json() = default;

    // The accessors return nothing (nullopt or nullptr) if the value is of another kind.

    [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
    [[nodiscard]] std::optional<bool> as_bool() const noexcept {
        return kind_ == Kind::boolean ? std::optional<bool>{bits_ != 0} : std::nullopt;
    }
    /// The number; integers beyond 2^53 are rounded.
    [[nodiscard]] std::optional<double> as_number() const noexcept {
        if (kind_ == Kind::real) return real();
        if (kind_ == Kind::integer) return static_cast<double>(integer());
        return kind_ == Kind::large ? std::optional<double>{static_cast<double>(bits_)} : std::nullopt;
    }
    /// The exact integer; nothing for reals (1.0 and 1e3 are reals) and for integers that `Integer` cannot hold.
    template <std::integral Integer>
    [[nodiscard]] std::optional<Integer> as_integer() const noexcept {
        if (kind_ == Kind::integer && std::in_range<Integer>(integer())) return static_cast<Integer>(integer());
        if (kind_ == Kind::large && std::in_range<Integer>(bits_)) return static_cast<Integer>(bits_);
        return std::nullopt;
    }
    [[nodiscard]] const std::string* as_string() const noexcept {
        return kind_ == Kind::string ? &parts_->text : nullptr;
    }
    [[nodiscard]] const Array* as_array() const noexcept { return kind_ == Kind::array ? &parts_->elements : nullptr; }
    [[nodiscard]] const Object* as_object() const noexcept {
        return kind_ == Kind::object ? &parts_->members : nullptr;
    }

    /// The value of a member; nullptr if there is none, or this is not an object. Linear in the number of members.
    [[nodiscard]] const Json* find(std::string_view key) const noexcept {
        if (const Object* members = as_object()) {
            for (const auto& [name, value] : *members) {
                if (name == key) return &value;
            }
        }
        return nullptr;
    }
    /// Sets a member, in place if the key exists, else at the end. Replaces a value that is not an object by one.
    Json& set(std::string_view key, Json value) {
        if (kind_ != Kind::object) *this = Json{Object{}};
        for (auto& [name, old] : parts_->members) {
            if (name == key) {
                old = std::move(value);
                return *this;
            }
        }
        parts_->members.emplace_back(std::string{key}, std::move(value));
        return *this;
    }
    /// Appends an element. Replaces a value that is not an array by one.
    Json& push_back(Json value) {
        if (kind_ != Kind::array) *this = Json{Array{}};
        parts_->elements.push_back(std::move(value));
        return *this;
    }

    /// The kind of value for error messages: "a string", "an array", ...
    [[nodiscard]] std::string_view kind() const noexcept {
        constexpr std::string_view names[] = {"null",          "a boolean", "an integer", "an integer",
                                              "a real number", "a string",  "an array",   "an object"};
        return names[static_cast<std::size_t>(kind_)];
    }
    /// One line of UTF-8: the shortest digits that read back exactly, reals with a point or exponent, in any locale.
    [[nodiscard]] std::string dump(JsonStyle style = JsonStyle::compact) const {
        std::string out;
        append_to(out, style);
        return out;
    }

    /// Kinds must match (1 != 1.0), and so must the order of members.
    [[nodiscard]] friend bool operator==(const Json& a, const Json& b) {
        if (a.kind_ != b.kind_) return false;
        if (a.kind_ == Kind::real) return a.real() == b.real();
        if (!a.parts_) return a.bits_ == b.bits_;
        return a.parts_->text == b.parts_->text && a.parts_->elements == b.parts_->elements &&
               a.parts_->members == b.parts_->members;
    }

private:
    enum class Kind : std::uint8_t { null, boolean, integer, large, real, string, array, object };

    // One of these, by the kind. With std::variant, parsing this class takes Clang 14 four times as long (0.4 s).
    struct Parts {
        std::string text;
        Array elements;
        Object members;
    };

    std::int64_t integer() const noexcept { return static_cast<std::int64_t>(bits_); }
    double real() const noexcept { return detail::bit_cast<double>(bits_); }

    NCA_COLD void append_to(std::string& out, JsonStyle style) const {
        const std::string_view comma = style == JsonStyle::spaced ? ", " : ",";
        const std::string_view colon = style == JsonStyle::spaced ? ": " : ":";
        switch (kind_) {
        case Kind::null:
            out += "null";
            break;
        case Kind::boolean:
            out += bits_ != 0 ? "true" : "false";
            break;
        case Kind::integer:
            out += std::to_string(integer());
            break;
        case Kind::large:
            out += std::to_string(bits_);
            break;
        case Kind::real:
            detail::io::append_real(out, real());
            break;
        case Kind::string:
            append_quoted(out, parts_->text);
            break;
        case Kind::array:
            out += '[';
            for (const Json& element : parts_->elements) {
                if (&element != parts_->elements.data()) out += comma;
                element.append_to(out, style);
            }
            out += ']';
            break;
        case Kind::object:
            out += '{';
            for (const auto& member : parts_->members) {
                if (&member != parts_->members.data()) out += comma;
                append_quoted(out, member.first);
                out += colon;
                member.second.append_to(out, style);
            }
            out += '}';
            break;
        }
    }

    Kind kind_ = Kind::null;
    std::uint64_t bits_ = 0;
    std::unique_ptr<Parts> parts_;
};

/// True if the bytes can only be JSON: '[' or '{' follows an optional byte order mark and white space, and none of the
/// first eight bytes is zero, as one always is in a safetensors file (the length of its header).
[[nodiscard]] inline bool looks_like_json(std::span<const std::byte> bytes) noexcept {
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    if (text.substr(0, 8).find('\0') != std::string_view::npos) return false;
    const std::size_t first = text.find_first_not_of(" \t\r\n", text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    return first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
}

/// Limits of parse_json(), so that a hostile file cannot exhaust the stack or the memory.
struct JsonLimits {
    std::size_t depth = 64;          ///< nested arrays and objects
    std::size_t values = 10'000'000; ///< values in total, 24 bytes each, 104 more for those that are not numbers
};

/// Parses RFC 8259, strictly: no trailing text, invalid UTF-8, duplicate keys or numbers out of the range of double. A
/// byte order mark is skipped.
/// O(n log n). Errors: "line 3, column 14: expected ',' or ']' after an element, found '}'".
[[nodiscard]] inline Result<Json> parse_json(std::string_view text, JsonLimits limits = {});

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

/// A number for which read(value) gives something, as `what` says. Errors: it is missing, or anything else.
template <class Read>
[[nodiscard]] auto require_number(const Json& json, std::string_view key, const std::string& what, Read&& read)
    -> Result<typename decltype(read(json))::value_type> {
    const Json* const value = json.find(key);
    if (value == nullptr) return Error{"key " + quote(key) + " is missing"};
    if (const auto number = read(*value)) return *number;
    return Error{"key " + quote(key) + ": expected " + what + ", found " +
                 (value->as_number() ? value->dump() : std::string{value->kind()})};
}

/// A number from 0 to the largest float. Errors: see require_number().
[[nodiscard]] inline Result<double> require_scale(const Json& json, std::string_view key) {
    return require_number(json, key, "a number from 0 to the largest float", [](const Json& value) {
        const auto scale = value.as_number();
        const bool fits = scale && *scale >= 0.0 && *scale <= static_cast<double>(std::numeric_limits<float>::max());
        return fits ? scale : std::nullopt;
    });
}

} // namespace nca::inline NCA_ABI

#include <nca/io/detail/json_parser.hpp>

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_JSON_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_TEXT_HPP
#define NCA_CORE_TEXT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/decimal.hpp>
#include <nca/core/result.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

/// Text for messages and metadata.
namespace nca::inline NCA_ABI {

/// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629: no overlong form, no surrogate), or 0.
[[nodiscard]] inline std::size_t utf8_sequence(std::string_view text) noexcept {
    const auto byte_at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return byte_at(i) >= low && byte_at(i) <= high;
    };
    const unsigned lead = byte_at(0);
    if (lead < 0x80) return text.empty() ? 0 : 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        return tail(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        return tail(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

/// Appends `text` with JSON escapes and without quotes; a byte that is not UTF-8 becomes U+FFFD.
NCA_COLD inline void append_escaped(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        const unsigned lead = static_cast<unsigned char>(text.front());
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (lead == '"' || lead == '\\') {
            out += '\\';
            out += text.front();
        } else if (lead == '\n') {
            out += "\\n";
        } else if (lead == '\t') {
            out += "\\t";
        } else if (lead == '\r') {
            out += "\\r";
        } else if (lead < 0x20) {
            out += "\\u00";
            out += digits[lead >> 4U];
            out += digits[lead & 15U];
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

/// Appends `text` as a JSON string: in double quotes, escaped.
NCA_COLD inline void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text);
    out += '"';
}

/// `text` in single quotes for an error message: escaped, so that the message stays on one line, and truncated.
[[nodiscard]] NCA_COLD inline std::string quote(std::string_view text, std::size_t longest = 80) {
    std::size_t kept = text.size();
    if (kept > longest) {
        kept = longest;
        while (kept > 0 && (static_cast<unsigned char>(text[kept]) & 0xC0U) == 0x80U) --kept;
    }
    std::string out = "'";
    append_escaped(out, text.substr(0, kept));
    out += kept < text.size() ? "...'" : "'";
    return out;
}

/// A tensor shape for an error message: "[128, 48]".
[[nodiscard]] NCA_COLD inline std::string shape_text(std::span<const std::size_t> shape) {
    std::string out = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) out += ", ";
        out += std::to_string(shape[i]);
    }
    out += ']';
    return out;
}

/// A path in single quotes for an error message: never truncated, because its end matters most.
[[nodiscard]] inline std::string quote_path(std::string_view path) {
    return quote(path, path.size());
}

/// `error`, prefixed with the name of the file it is about; unchanged if the name is empty.
[[nodiscard]] NCA_COLD inline Error about_file(std::string_view file, Error error) {
    if (file.empty()) return error;
    return Error{quote_path(file) + ": " + error.message};
}

/// The shortest text that reads back as exactly `value`: "0.1", "2", "1e-08". Independent of the locale.
template <class Real>
[[nodiscard]] NCA_COLD std::string number_text(Real value) {
    static_assert(std::is_floating_point_v<Real>, "nca::number_text: for whole numbers use std::to_string");
#if defined(__cpp_lib_to_chars)
    std::array<char, 64> buffer;
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
#else
    return detail::decimal::general(value);
#endif
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_TEXT_HPP

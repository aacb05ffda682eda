// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_TEXT_HPP
#define NCA_IO_DETAIL_TEXT_HPP

#include <nca/core/result.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace nca::detail::io {

/// Length of the well-formed UTF-8 sequence that starts `text` (RFC 3629: no overlong form, no surrogate), or 0.
inline std::size_t utf8_sequence(std::string_view text) noexcept {
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

/// Appends `text` with the escapes of JSON and without quotes; a byte that is no UTF-8 becomes U+FFFD.
inline void append_escaped(std::string& out, std::string_view text) {
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

/// `text` in single quotes for an error message: escaped, so that the message stays one line, and shortened.
inline std::string quote(std::string_view text, std::size_t longest = 80) {
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

/// A shape for an error message, as in "[128, 48]".
inline std::string shape_text(std::span<const std::size_t> shape) {
    std::string out = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) out += ", ";
        out += std::to_string(shape[i]);
    }
    out += ']';
    return out;
}

/// A path in single quotes for an error message: whole, because its end tells more than its beginning.
inline std::string quote_path(std::string_view path) {
    return quote(path, path.size());
}

/// `error` with the name of the file it is about in front; unchanged if the name is empty.
inline Error about_file(std::string_view file, Error error) {
    if (file.empty()) return error;
    return Error{quote_path(file) + ": " + error.message};
}

} // namespace nca::detail::io

#endif // NCA_IO_DETAIL_TEXT_HPP

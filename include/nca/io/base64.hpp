// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_BASE64_HPP
#define NCA_IO_BASE64_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nca::inline NCA_ABI {

namespace detail::io {

inline constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The 6-bit value of every byte, or 255 if it is not a base64 digit.
inline constexpr std::array<unsigned char, 256> base64_values = [] {
    std::array<unsigned char, 256> values{};
    values.fill(255);
    for (std::size_t i = 0; i < 64; ++i) {
        values[static_cast<unsigned char>(base64_digits[i])] = static_cast<unsigned char>(i);
    }
    return values;
}();

} // namespace detail::io

/// Base64 with padding (RFC 4648, section 4), on one line.
[[nodiscard]] inline std::string encode_base64(std::span<const std::byte> bytes) {
    const auto at = [&](std::size_t i) { return i < bytes.size() ? std::to_integer<unsigned>(bytes[i]) : 0U; };
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const unsigned group = (at(i) << 16U) | (at(i + 1) << 8U) | at(i + 2);
        out += detail::io::base64_digits[group >> 18U];
        out += detail::io::base64_digits[(group >> 12U) & 63U];
        out += i + 1 < bytes.size() ? detail::io::base64_digits[(group >> 6U) & 63U] : '=';
        out += i + 2 < bytes.size() ? detail::io::base64_digits[group & 63U] : '=';
    }
    return out;
}

/// Decodes base64, strictly: padded, no whitespace, unused bits zero. Errors: name the character and its position.
[[nodiscard]] inline Result<std::vector<std::byte>> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return Error{"base64 text of " + std::to_string(text.size()) + " characters, expected a multiple of 4"};
    }
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    const std::size_t digits = text.size() - padding;
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 4 * 3);
    unsigned bits = 0; // read but not yet written: `count` bits
    unsigned count = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const unsigned value = detail::io::base64_values[static_cast<unsigned char>(text[i])];
        if (value > 63) {
            return Error{"base64 text has " + quote(text.substr(i, 1)) + " at character " + std::to_string(i + 1)};
        }
        bits = (bits << 6U) | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::byte>(bits >> count));
            bits &= (1U << count) - 1U;
        }
    }
    if (bits != 0) return Error{"base64 text ends in unused bits that are not zero"};
    return bytes;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_BASE64_HPP

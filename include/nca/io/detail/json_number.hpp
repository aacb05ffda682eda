// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_JSON_NUMBER_HPP
#define NCA_IO_DETAIL_JSON_NUMBER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/core/decimal.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace nca::inline NCA_ABI::detail::io {

/// Tests the bits, because std::isfinite is always true under -ffast-math.
[[nodiscard]] constexpr bool is_finite(float value) noexcept {
    return (detail::bit_cast<std::uint32_t>(value) & 0x7F800000U) != 0x7F800000U;
}
[[nodiscard]] constexpr bool is_finite(double value) noexcept {
    return (detail::bit_cast<std::uint64_t>(value) & 0x7FF0000000000000U) != 0x7FF0000000000000U;
}

/// Converts a number that matches the grammar of JSON; false if it is out of the range of double.
inline bool read_real(std::string_view text, double& value) {
#if defined(__cpp_lib_to_chars)
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
#else
    return decimal::read(text, value);
#endif
}

/// Reads all of a text as a number; false if it is none, out of the range of double, or followed by something.
[[nodiscard]] inline bool read_number(std::string_view text, double& value) {
#if defined(__cpp_lib_to_chars)
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc{} && end == text.data() + text.size();
#else
    return decimal::read(text, value);
#endif
}

/// The shortest digits that read back as `value`, as Python's repr: 1.0, 1e-05. A view of `buffer`. `value` is finite.
template <class Real>
std::string_view shortest_digits(std::array<char, 64>& buffer, Real value) noexcept {
    const Real size = value < 0 ? -value : value;
    const bool plain = size == 0 || (size >= Real(1e-4) && size < Real(1e16));
#if defined(__cpp_lib_to_chars)
    const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
    char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size() - 2, value, format).ptr;
#else
    const std::string text = plain ? decimal::fixed(value) : decimal::scientific(value);
    char* end = buffer.data() + text.copy(buffer.data(), buffer.size() - 2);
#endif
    const std::string_view digits{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
    if (!plain || digits.find('.') != std::string_view::npos) return digits;
    *end++ = '.';
    *end++ = '0';
    return {buffer.data(), digits.size() + 2};
}

/// Appends a real as JSON; null if it is not finite.
inline void append_real(std::string& out, double value) {
    std::array<char, 64> buffer;
    out += is_finite(value) ? shortest_digits(buffer, value) : std::string_view{"null"};
}

/// The double with the same shortest digits as `value`: 0.1 for 0.1F.
[[nodiscard]] inline double widen_decimal(float value) {
    double wide = static_cast<double>(value);
    if (is_finite(value)) {
        std::array<char, 64> buffer;
        read_real(shortest_digits(buffer, value), wide);
    }
    return wide;
}

} // namespace nca::inline NCA_ABI::detail::io

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_JSON_NUMBER_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_DECIMAL_HPP
#define NCA_CORE_DECIMAL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

/// What std::to_chars and std::from_chars do with floating-point numbers, for standard libraries where they do not:
/// libc++ writes them since version 14 and reads them since version 20.
namespace nca::inline NCA_ABI::detail::decimal {

/// Reads a number that consists of digits, points, signs and e; false if it is none, or out of the range of double.
[[nodiscard]] NCA_COLD inline bool read(std::string_view text, double& value) {
    // strtod() also reads spaces, plus signs, hexadecimal digits and words.
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos || first >= text.size() ||
        std::string_view{"0123456789."}.find(text[first]) == std::string_view::npos) {
        return false;
    }
    std::string copy{text};
    const std::size_t point = copy.find('.');
    if (point != std::string::npos) copy.replace(point, 1, std::localeconv()->decimal_point);
    char* end = nullptr;
    const double number = std::strtod(copy.c_str(), &end);
    const bool is_read = end == copy.c_str() + copy.size() && number >= std::numeric_limits<double>::lowest() &&
                         number <= std::numeric_limits<double>::max();
    // What is not zero and becomes zero is out of range as well.
    const std::string_view significand = text.substr(0, text.find_first_of("eE"));
    const bool is_zero = significand.find_first_of("123456789") == std::string_view::npos;
    if (!is_read || (number == 0.0 && !is_zero)) return false;
    value = number;
    return true;
}

/// The digits of a finite number: 0.d1d2d3... times ten to the power of `exponent`.
struct Digits {
    char text[24] = {};
    int count = 0;
    int exponent = 0;
};

/// The fewest digits that read back as `value`, which is not negative.
template <class Real>
[[nodiscard]] NCA_COLD Digits shortest(Real value) {
    Digits digits;
    char text[48] = {};
    for (int precision = 0; precision < std::numeric_limits<Real>::max_digits10; ++precision) {
        std::snprintf(text, sizeof text, "%.*e", precision, static_cast<double>(value));
        if constexpr (std::is_same_v<Real, float>) {
            if (std::strtof(text, nullptr) == value) break;
        } else {
            if (std::strtod(text, nullptr) == value) break;
        }
    }
    const char* at = text;
    for (; *at != 'e' && *at != '\0'; ++at) {
        if (*at >= '0' && *at <= '9') digits.text[digits.count++] = *at;
    }
    digits.exponent = 1 + static_cast<int>(std::strtol(*at == 'e' ? at + 1 : at, nullptr, 10));
    while (digits.count > 1 && digits.text[digits.count - 1] == '0') --digits.count;
    if (value == Real(0)) digits.exponent = 1;
    return digits;
}

/// As std::to_chars with std::chars_format::fixed.
template <class Real>
[[nodiscard]] NCA_COLD std::string fixed(Real value) {
    const bool negative = std::copysign(Real(1), value) < Real(0);
    const Real size = negative ? -value : value;
    std::string text{negative ? "-" : ""};
    // Whole numbers beyond the precision have all their digits.
    if (size >= Real(2) / std::numeric_limits<Real>::epsilon()) {
        char whole[320];
        std::snprintf(whole, sizeof whole, "%.0f", static_cast<double>(size));
        return text.append(whole);
    }
    const Digits digits = shortest(size);
    if (digits.exponent <= 0) {
        text.append("0.").append(static_cast<std::size_t>(-digits.exponent), '0');
        return text.append(digits.text, static_cast<std::size_t>(digits.count));
    }
    for (int i = 0; i < digits.exponent || i < digits.count; ++i) {
        if (i == digits.exponent) text.append(1, '.');
        text.append(1, i < digits.count ? digits.text[i] : '0');
    }
    return text;
}

/// As std::to_chars with std::chars_format::scientific.
template <class Real>
[[nodiscard]] NCA_COLD std::string scientific(Real value) {
    const bool negative = std::copysign(Real(1), value) < Real(0);
    const Digits digits = shortest(negative ? -value : value);
    std::string text{negative ? "-" : ""};
    text.append(1, digits.text[0]);
    if (digits.count > 1) text.append(".").append(digits.text + 1, static_cast<std::size_t>(digits.count - 1));
    const int exponent = digits.exponent - 1;
    const std::string size = std::to_string(exponent < 0 ? -exponent : exponent);
    return text.append(exponent < 0 ? "e-" : "e+").append(size.size() < 2 ? "0" : "").append(size);
}

/// As std::to_chars: the shorter one of both.
template <class Real>
[[nodiscard]] NCA_COLD std::string general(Real value) {
    const std::string plain = fixed(value);
    std::string power = scientific(value);
    return plain.size() <= power.size() ? plain : power;
}

} // namespace nca::inline NCA_ABI::detail::decimal

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_DECIMAL_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_BFLOAT16_HPP
#define NCA_CORE_BFLOAT16_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/core/config.hpp>

#include <cstdint>

namespace nca::inline NCA_ABI {

/// A number of 16 bits: the sign, the exponent and the first seven bits of the fraction of a float.
struct bfloat16 {
    std::uint16_t bits = 0;

    friend constexpr bool operator==(bfloat16, bfloat16) = default;
};

/// The nearest bfloat16, of two the even one. Subnormal numbers become zero of their sign, a NaN a quiet one, as
/// processors that have the conversion do it.
[[nodiscard]] constexpr bfloat16 to_bfloat16(float value) noexcept {
    const auto bits = detail::bit_cast<std::uint32_t>(value);
    const std::uint32_t size = bits & 0x7FFFFFFFU;
    if (size > 0x7F800000U) return {static_cast<std::uint16_t>(bits >> 16U | 0x40U)};
    if (size < 0x00800000U) return {static_cast<std::uint16_t>(bits >> 16U & 0x8000U)};
    return {static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16U & 1U)) >> 16U)};
}

/// The same number as a float.
[[nodiscard]] constexpr float to_float(bfloat16 value) noexcept {
    return detail::bit_cast<float>(std::uint32_t{value.bits} << 16U);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_BFLOAT16_HPP

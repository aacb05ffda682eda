// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_LIMITS_HPP
#define NCA_CELL_LIMITS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/simd/batch.hpp>

#include <cstddef>

/// Clamping of values, plain or to the 8-bit numbers of Self-Organising Textures.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// The range to which values are clamped, and whether they are rounded to 256 codes, as by the WebGL demo of the
/// article: code = floor(value * per_unit + zero + 1/2) between 0 and 255, value = (code - zero) / per_unit.
template <class T>
struct Limits {
    T low = T(0);
    T high = T(0);
    bool rounded = false;
    T per_unit = T(0); ///< codes
    T step = T(0);     ///< 1 / per_unit
    T zero = T(0);     ///< the code of zero

    /// [-limit, limit]; with 8 bits centred at code 127: for a limit of 2 [-1.99216, 2.00784].
    [[nodiscard]] static constexpr Limits around_zero(double limit, bool eight_bit) noexcept {
        return make(-limit, 2.0 * limit, 127.0, eight_bit);
    }
    /// [0, limit].
    [[nodiscard]] static constexpr Limits from_zero(double limit, bool eight_bit) noexcept {
        return make(0.0, limit, 0.0, eight_bit);
    }

    /// The values clamped to [low, high], never rounded.
    [[nodiscard]] NCA_INLINE Vec<T> clamp(Vec<T> value) const noexcept {
        return min(max(value, Vec<T>(low)), Vec<T>(high));
    }
    /// The values clamped, and rounded to codes if `rounded`.
    [[nodiscard]] NCA_INLINE Vec<T> apply(Vec<T> value) const noexcept {
        if (!rounded) return clamp(value);
        // Values halfway between codes are common; rounding every operation makes all of them round up.
        const Vec<T> code = floor(multiply_then_add(value, Vec<T>(per_unit), Vec<T>(zero)) + Vec<T>(T(0.5)));
        return (min(max(code, Vec<T>(T(0))), Vec<T>(T(255))) - Vec<T>(zero)) * Vec<T>(step);
    }

private:
    [[nodiscard]] static constexpr Limits make(double low, double width, double zero, bool eight_bit) noexcept {
        if (!eight_bit) return {static_cast<T>(low), static_cast<T>(low + width)};
        const T step = static_cast<T>(width / 255.0);
        return {-static_cast<T>(zero) * step,
                static_cast<T>(255.0 - zero) * step,
                true,
                static_cast<T>(255.0 / width),
                step,
                static_cast<T>(zero)};
    }
};

/// Clamps values [count] in place, and rounds them if the limits say so. count: a multiple of the lanes, which run over
/// the values, padding included. Allocates nothing.
template <class T>
void clamp_values(T* values, std::ptrdiff_t count, const Limits<T>& limits) noexcept {
    for (std::ptrdiff_t i = 0; i < count; i += Vec<T>::size) store(values + i, limits.apply(load(values + i)));
}

/// The pullback of `clamp_values`, whose result is `values`: the adjoint is zeroed where the value does not lie
/// strictly between the limits, and passes through rounding (straight-through gradient). Allocates nothing.
template <class T>
void clamp_pullback(const T* values, T* adjoint, std::ptrdiff_t count, const Limits<T>& limits) noexcept {
    const Vec<T> low(limits.low);
    const Vec<T> high(limits.high);
    for (std::ptrdiff_t i = 0; i < count; i += Vec<T>::size) {
        store(adjoint + i, keep_inside(load(values + i), low, high, load(adjoint + i)));
    }
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_LIMITS_HPP

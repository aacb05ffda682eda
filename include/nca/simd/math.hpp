// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SIMD_MATH_HPP
#define NCA_SIMD_MATH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/simd/batch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

/// Elementary functions of registers, for activations. With NCA_DETERMINISTIC they return the same bits on every
/// instruction set, unlike std::tanh and xsimd::tanh. NaN returns NaN. Errors are the largest found in sweeps of
/// millions of arguments against long double (tests/simd/math.cpp), in units in the last place (ulp).
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Constants and Taylor polynomials of one scalar type, whose first omitted term is below a quarter of an ulp.
template <class T>
struct Elementary {
    static constexpr bool is_float = std::is_same_v<T, float>;
    using Bits = std::conditional_t<is_float, std::int32_t, std::int64_t>;
    static constexpr int mantissa_bits = std::numeric_limits<T>::digits - 1;
    static constexpr int exponent_bias = std::numeric_limits<T>::max_exponent - 1;

    /// ln 2 = high + low; n * high is exact for every exponent n.
    static constexpr T ln2_high = static_cast<T>(is_float ? 0x1.62ep-1 : 0x1.62e42fefa2p-1);
    static constexpr T ln2_low = static_cast<T>(is_float ? 0x1.0bfbe8e7bcd5ep-15 : 0x1.9ef35793c7673p-41);
    /// Beyond these arguments exp is zero and infinite.
    static constexpr T exp_low = is_float ? T(-104) : T(-746);
    static constexpr T exp_high = is_float ? T(89) : T(710);
    /// From here on tanh rounds to 1.
    static constexpr T tanh_high = is_float ? T(9.2) : T(19.5);
    /// pi in four parts: (k + 1/2) * part is exact for the first three parts up to k = 2^12 (float), 2^22 (double).
    static constexpr std::array<T, 4> pi{static_cast<T>(is_float ? 0x1.92p+1 : 0x1.921fb54p+1),
                                         static_cast<T>(is_float ? 0x1.fb4p-11 : 0x1.10b46118p-29),
                                         static_cast<T>(is_float ? 0x1.444p-23 : 0x1.313198ap-60),
                                         static_cast<T>(is_float ? 0x1.68c234p-38 : 0x1.701b839a25204p-91)};

    /// Sign^k / (First + k Step)! for k = 0 to Terms - 1.
    template <int Terms, int First, int Step, int Sign>
    static constexpr std::array<T, static_cast<std::size_t>(Terms)> taylor = [] {
        std::array<T, static_cast<std::size_t>(Terms)> list{};
        double term = 1.0;
        for (int i = 2; i <= First; ++i) term /= i;
        for (int k = 0; k < Terms; ++k) {
            list[static_cast<std::size_t>(k)] = static_cast<T>(term);
            for (int i = 1; i <= Step; ++i) term /= First + k * Step + i;
            term *= Sign;
        }
        return list;
    }();
    /// exp(r) = 1 + r + r^2 * sum of r^k / (k + 2)!, for |r| <= ln 2 / 2.
    static constexpr auto exp_terms = taylor < is_float ? 6 : 12, 2, 1, 1 > ;
    /// sin(r) = r - r^3 * sum of (-r^2)^k / (2 k + 3)!, for |r| <= pi / 2.
    static constexpr auto sin_terms = taylor < is_float ? 6 : 10, 3, 2, -1 > ;
};

template <class T, std::size_t Size>
[[nodiscard]] NCA_INLINE Vec<T> polynomial(Vec<T> x, const std::array<T, Size>& terms) noexcept {
    Vec<T> sum(terms[Size - 1]);
    NCA_UNROLL
    for (std::size_t k = 1; k < Size; ++k) sum = fma(sum, x, Vec<T>(terms[Size - 1 - k]));
    return sum;
}

/// x clamped to [low, high]; NaN stays NaN.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> clamped(Vec<T> x, T low, T high) noexcept {
    const Vec<T> zero(T(0));
    return zero - max(Vec<T>(-high), zero - max(Vec<T>(low), x));
}

/// 2^n for integers n in the range of normal exponents. Adding 3 * 2^(mantissa_bits - 1) leaves the biased exponent in
/// the low bits of the mantissa, from where a shift moves it into place.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> power_of_two(Vec<T> n) noexcept {
    using E = Elementary<T>;
    constexpr auto shift = static_cast<T>(std::int64_t{3} << (E::mantissa_bits - 1)) + static_cast<T>(E::exponent_bias);
    const Vec<T> moved = n + Vec<T>(shift);
#if defined(NCA_SIMD_SCALAR)
    using Unsigned = std::make_unsigned_t<typename E::Bits>;
    return Vec<T>{detail::bit_cast<T>(static_cast<Unsigned>(detail::bit_cast<Unsigned>(moved.lane) << E::mantissa_bits))};
#else
    using Native = typename Vec<T>::Native;
    using Integers = xsimd::batch<typename E::Bits>;
    return {detail::bit_cast<Native>(Integers(detail::bit_cast<Integers>(moved.lanes) << E::mantissa_bits))};
#endif
}

/// x = n ln 2 + rest with an integer n and |rest| <= ln 2 / 2, and exp(rest) - 1.
template <class T>
struct ReducedExp {
    Vec<T> n;
    Vec<T> rest_minus_one;

    NCA_INLINE explicit ReducedExp(Vec<T> x) noexcept {
        using E = Elementary<T>;
        n = floor(fma(x, Vec<T>(T(1.4426950408889634)), Vec<T>(T(0.5))));
        const Vec<T> r = (x - n * Vec<T>(E::ln2_high)) - n * Vec<T>(E::ln2_low);
        rest_minus_one = fma(r * r, polynomial(r, E::exp_terms), r);
    }
};

/// (-1)^whole sin(x - k pi): sin x for an integer k, -cos x for k = whole + 1/2. `whole`: k rounded down.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> reduced_sin(Vec<T> x, Vec<T> k, Vec<T> whole) noexcept {
    using E = Elementary<T>;
    Vec<T> r = x;
    NCA_UNROLL
    for (std::size_t i = 0; i < 4; ++i) r = r - k * Vec<T>(E::pi[i]);
    r = clamped(r, T(-1.5707964), T(1.5707964)); // matters only for arguments too large to reduce
    const Vec<T> square = r * r;
    const Vec<T> sine = r - (r * square) * polynomial(square, E::sin_terms);
    const Vec<T> odd = whole - Vec<T>(T(2)) * floor(whole * Vec<T>(T(0.5)));
    return sine * (Vec<T>(T(1)) - (odd + odd));
}

} // namespace isa_detail

/// e^x: x = n ln 2 + r (Cody and Waite), exp(r) by a Taylor sum, times 2^n in two steps for denormals. Error: 1.1 ulp.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> exp(Vec<T> x) noexcept {
    using E = isa_detail::Elementary<T>;
    const isa_detail::ReducedExp<T> reduced(isa_detail::clamped(x, E::exp_low, E::exp_high));
    const Vec<T> half = floor(reduced.n * Vec<T>(T(0.5)));
    return ((reduced.rest_minus_one + Vec<T>(T(1))) * isa_detail::power_of_two(half)) *
           isa_detail::power_of_two(reduced.n - half);
}

/// 1 / (1 + e^-x) of each lane. Error: 2.5 ulp; results below the smallest normal number may be zero.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> sigmoid(Vec<T> x) noexcept {
    return Vec<T>(T(1)) / (Vec<T>(T(1)) + exp(Vec<T>(T(0)) - x));
}

/// tanh: t / (t + 2) with t = e^2x - 1 = 2^n (e^r - 1) + (2^n - 1): no cancellation near zero. Error: 2.6 ulp.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> tanh(Vec<T> x) noexcept {
    using E = isa_detail::Elementary<T>;
    const Vec<T> inside = isa_detail::clamped(x, -E::tanh_high, E::tanh_high);
    const isa_detail::ReducedExp<T> reduced(inside + inside);
    const Vec<T> power = isa_detail::power_of_two(reduced.n);
    const Vec<T> t = fma(power, reduced.rest_minus_one, power - Vec<T>(T(1)));
    return t / (t + Vec<T>(T(2)));
}

/// sin (radians): x = k pi + r (Cody and Waite, pi in four parts), then a Taylor sum. Error: 2.4 ulp for |x| <= 10; 4
/// ulp for |x| <= 10^4 (float), 10^7 (double), then growing, within [-1, 1]. Infinite x returns NaN.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> sin(Vec<T> x) noexcept {
    const Vec<T> k = floor(fma(x, Vec<T>(T(0.3183098861837907)), Vec<T>(T(0.5))));
    return isa_detail::reduced_sin(x, k, k);
}

/// cos of each lane (radians): as `sin`, with x = (k + 1/2) pi + r.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> cos(Vec<T> x) noexcept {
    const Vec<T> whole = floor(x * Vec<T>(T(0.3183098861837907)));
    return Vec<T>(T(0)) - isa_detail::reduced_sin(x, whole + Vec<T>(T(0.5)), whole);
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SIMD_MATH_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SIMD_BFLOAT16_HPP
#define NCA_SIMD_BFLOAT16_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bfloat16.hpp>
#include <nca/core/bit_cast.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

/// Products of pairs of bfloat16, added to floats: an instruction of AVX512-BF16, and the same bits without it.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// Two numbers in 32 bits, the first in the lower half.
using Bfloat16Pair = std::uint32_t;

[[nodiscard]] constexpr Bfloat16Pair pair_of(bfloat16 first, bfloat16 second) noexcept {
    return std::uint32_t{first.bits} | std::uint32_t{second.bits} << 16U;
}

namespace isa_detail {

/// c + a * b with one rounding, where results below the normal numbers, and such c, count as zero.
[[nodiscard]] inline float flushed_fma(float a, float b, float c) noexcept {
    constexpr float least = std::numeric_limits<float>::min();
    if (std::abs(c) < least) c = std::copysign(0.0F, c);
    const float sum = std::fma(a, b, c);
    return std::abs(sum) < least ? std::copysign(0.0F, sum) : sum;
}

} // namespace isa_detail

/// c + a[1] b[1] + a[0] b[0], added in this order, each sum rounded once, with zero for what is below the normal
/// numbers.
[[nodiscard]] inline float add_products(float c, Bfloat16Pair a, Bfloat16Pair b) noexcept {
    const auto second = [](Bfloat16Pair p) { return detail::bit_cast<float>(p & 0xFFFF0000U); };
    const auto first = [](Bfloat16Pair p) { return detail::bit_cast<float>(p << 16U); };
    return isa_detail::flushed_fma(first(a), first(b), isa_detail::flushed_fma(second(a), second(b), c));
}

#if defined(NCA_SIMD_SCALAR)

/// A pair in every lane.
struct PairVec {
    Bfloat16Pair lane{};
};
[[nodiscard]] NCA_INLINE PairVec load_pairs(const Bfloat16Pair* p) noexcept {
    return {*p};
}
[[nodiscard]] NCA_INLINE PairVec same_pairs(Bfloat16Pair pair) noexcept {
    return {pair};
}
[[nodiscard]] NCA_INLINE Vec<float> add_products(Vec<float> c, PairVec a, PairVec b) noexcept {
    return Vec<float>{add_products(c.lane, a.lane, b.lane)};
}

#else

/// A pair in every lane.
struct PairVec {
    using Native = xsimd::batch<std::uint32_t>;
    Native lanes;
};
[[nodiscard]] NCA_INLINE PairVec load_pairs(const Bfloat16Pair* p) noexcept {
    return {PairVec::Native::load_unaligned(p)};
}
[[nodiscard]] NCA_INLINE PairVec same_pairs(Bfloat16Pair pair) noexcept {
    return {PairVec::Native(pair)};
}

namespace isa_detail {

[[nodiscard]] NCA_INLINE Vec<float> flushed(Vec<float> v) noexcept {
    using Native = Vec<float>::Native;
    const Native zero = v.lanes & Native(-0.0F);
    return {xsimd::select(xsimd::abs(v.lanes) < Native(std::numeric_limits<float>::min()), zero, v.lanes)};
}

/// c + a * b with one rounding, of factors that are bfloat16: their product is exact unless it leaves the normal
/// numbers.
[[nodiscard]] NCA_INLINE Vec<float> add_product(Vec<float> a, Vec<float> b, Vec<float> c) noexcept {
#if defined(__AVX512F__)
    return {Vec<float>::Native(_mm512_fmadd_ps(a.lanes, b.lanes, c.lanes))};
#elif defined(NCA_DETAIL_FUSED)
    return {xsimd::fma(a.lanes, b.lanes, c.lanes)};
#else
    using Native = Vec<float>::Native;
    const Vec<float> product = a * b;
    const Native size = xsimd::abs(product.lanes);
    const Native zero(0.0F);
    const auto small = size < Native(std::numeric_limits<float>::min()) && a.lanes != zero && b.lanes != zero;
    if (!xsimd::any(small || size > Native(std::numeric_limits<float>::max()))) return product + c;
    float lanes[3][static_cast<std::size_t>(Vec<float>::size)];
    store(lanes[0], a);
    store(lanes[1], b);
    store(lanes[2], c);
    for (int i = 0; i < Vec<float>::size; ++i) lanes[2][i] = std::fma(lanes[0][i], lanes[1][i], lanes[2][i]);
    return load(lanes[2]);
#endif
}

} // namespace isa_detail

/// In every lane, add_products() of pairs.
[[nodiscard]] NCA_INLINE Vec<float> add_products(Vec<float> c, PairVec a, PairVec b) noexcept {
#if defined(__AVX512BF16__)
    return {Vec<float>::Native(_mm512_dpbf16_ps(c.lanes, detail::bit_cast<__m512bh>(static_cast<__m512i>(a.lanes)),
                                                detail::bit_cast<__m512bh>(static_cast<__m512i>(b.lanes))))};
#else
    const PairVec::Native high(0xFFFF0000U);
    const auto floats = [](const PairVec::Native& bits) {
        const typename PairVec::Native::register_type from = bits;
        return Vec<float>{Vec<float>::Native(detail::bit_cast<Vec<float>::Native::register_type>(from))};
    };
    const Vec<float> second =
        isa_detail::add_product(floats(a.lanes & high), floats(b.lanes & high), isa_detail::flushed(c));
    return isa_detail::flushed(
        isa_detail::add_product(floats(a.lanes << 16), floats(b.lanes << 16), isa_detail::flushed(second)));
#endif
}

#endif

namespace isa_detail {

/// store_neighbours() of the values from `i`, which is even.
NCA_INLINE void store_neighbours_from(int i, Bfloat16Pair* p, const float* values, int count) noexcept {
    for (; i + 2 <= count; i += 2) p[i / 2] = pair_of(to_bfloat16(values[i]), to_bfloat16(values[i + 1]));
    if (i < count) p[i / 2] = pair_of(to_bfloat16(values[i]), bfloat16{});
}

} // namespace isa_detail

/// True where store_neighbours() of registers exists.
#if defined(__AVX512BF16__) && !defined(NCA_SIMD_SCALAR)
inline constexpr bool stores_neighbours = true;

/// A pair in every lane: the values of two registers, rounded.
NCA_INLINE void store_pairs(Bfloat16Pair* p, Vec<float> first, Vec<float> second) noexcept {
    const auto both = detail::bit_cast<__m512i>(_mm512_cvtne2ps_pbh(second.lanes, first.lanes));
    const __m512i order =
        _mm512_add_epi16(_mm512_set1_epi32(0x00100000),
                         _mm512_mullo_epi32(_mm512_set1_epi32(0x00010001),
                                            _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
    _mm512_storeu_si512(p, _mm512_permutexvar_epi16(order, both));
}
/// Pairs of neighbours, rounded: of two registers with consecutive values, or of one.
NCA_INLINE void store_neighbours(Bfloat16Pair* p, Vec<float> first, Vec<float> second) noexcept {
    _mm512_storeu_si512(p, detail::bit_cast<__m512i>(_mm512_cvtne2ps_pbh(second.lanes, first.lanes)));
}
NCA_INLINE void store_neighbours(Bfloat16Pair* p, Vec<float> values) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), detail::bit_cast<__m256i>(_mm512_cvtneps_pbh(values.lanes)));
}
/// Pairs of neighbours, rounded: values 2k and 2k + 1, of which an odd last one is paired with zero.
NCA_INLINE void store_neighbours(Bfloat16Pair* p, const float* values, int count) noexcept {
    int i = 0;
    for (; i + 32 <= count; i += 32) store_neighbours(p + i / 2, load(values + i), load(values + i + 16));
    if (i == count) return;
    const int left = count - i;
    const auto mask = [](int n) { return static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U); };
    const auto both = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(mask(std::max(left - 16, 0)), values + i + 16),
                                          _mm512_maskz_loadu_ps(mask(std::min(left, 16)), values + i));
    _mm512_mask_storeu_epi32(p + i / 2, mask((left + 1) / 2), detail::bit_cast<__m512i>(both));
}

#else
inline constexpr bool stores_neighbours = false;

NCA_INLINE void store_pairs(Bfloat16Pair* p, Vec<float> first, Vec<float> second) noexcept {
    float a[static_cast<std::size_t>(Vec<float>::size)];
    float b[static_cast<std::size_t>(Vec<float>::size)];
    store(a, first);
    store(b, second);
    for (int i = 0; i < Vec<float>::size; ++i) p[i] = pair_of(to_bfloat16(a[i]), to_bfloat16(b[i]));
}
NCA_INLINE void store_neighbours(Bfloat16Pair* p, const float* values, int count) noexcept {
    isa_detail::store_neighbours_from(0, p, values, count);
}

#endif

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SIMD_BFLOAT16_HPP

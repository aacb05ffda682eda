// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SIMD_BATCH_HPP
#define NCA_SIMD_BATCH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <cmath>
#include <cstddef>
#include <cstring>

#if !defined(NCA_SIMD_SCALAR)
#if defined(__GNUC__) && !defined(__clang__)
// GCC mistakes the undefined lanes in its AVX-512 intrinsics for uninitialised variables.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#if defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
#error "nca: this version of xsimd knows no instruction set of this target; define NCA_SIMD_SCALAR, which needs none"
#endif
#endif

#if defined(NCA_DETERMINISTIC) && defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "nca: NCA_DETERMINISTIC needs arithmetic in float itself; on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif

namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Returns `product`, hidden from the optimiser so that it cannot contract it with an addition. Costs no instruction.
template <class Register>
[[nodiscard]] NCA_INLINE Register not_contracted(Register product) noexcept {
#if defined(__GNUC__) && !defined(__wasm__) // WebAssembly has no fused instruction to contract to
#if defined(__AVX512F__)
    __asm__("" : "+v"(product));
#elif defined(__SSE__)
    __asm__("" : "+x"(product));
#elif defined(__aarch64__)
    __asm__("" : "+w"(product));
#else
    __asm__("" : "+m"(product));
#endif
#endif
    return product;
}

/// not_contracted() with NCA_DETERMINISTIC, else the identity.
template <class Register>
[[nodiscard]] NCA_INLINE Register rounded(Register product) noexcept {
#if defined(NCA_DETERMINISTIC)
    return not_contracted(product);
#else
    return product;
#endif
}

} // namespace isa_detail

/// Scalar a * b + c, rounded like a lane of `fma`: once where the instruction set has a fused form, else twice.
template <class T>
[[nodiscard]] NCA_INLINE T multiply_add(T a, T b, T c) noexcept {
#if defined(NCA_DETAIL_FUSED) && !defined(NCA_DETERMINISTIC) && !defined(NCA_SIMD_SCALAR)
    return std::fma(a, b, c);
#else
    return isa_detail::rounded(a * b) + c;
#endif
}

#if defined(NCA_SIMD_SCALAR)

/// One lane: the portable reference implementation, without xsimd.
template <class T>
struct Vec {
    static constexpr int size = 1;
    T lane{};

    Vec() = default;
    explicit Vec(T value) noexcept : lane{value} {}
    friend Vec operator+(Vec a, Vec b) noexcept { return Vec{a.lane + b.lane}; }
    friend Vec operator-(Vec a, Vec b) noexcept { return Vec{a.lane - b.lane}; }
    friend Vec operator*(Vec a, Vec b) noexcept { return Vec{isa_detail::rounded(a.lane * b.lane)}; }
    friend Vec operator/(Vec a, Vec b) noexcept { return Vec{a.lane / b.lane}; }
};

template <class T>
[[nodiscard]] NCA_INLINE Vec<T> load(const T* p) noexcept {
    return Vec<T>{*p};
}
template <class T>
NCA_INLINE void store(T* p, Vec<T> v) noexcept {
    *p = v.lane;
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) noexcept {
    return Vec<T>{multiply_add(a.lane, b.lane, c.lane)};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> multiply_then_add(Vec<T> a, Vec<T> b, Vec<T> c) noexcept {
    return Vec<T>{isa_detail::not_contracted(a.lane * b.lane) + c.lane};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> in_register(Vec<T> v) noexcept {
    return Vec<T>{isa_detail::not_contracted(v.lane)};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> max(Vec<T> a, Vec<T> b) noexcept {
    return Vec<T>{a.lane > b.lane ? a.lane : b.lane};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> sqrt(Vec<T> v) noexcept {
    return Vec<T>{std::sqrt(v.lane)};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> min(Vec<T> a, Vec<T> b) noexcept {
    return Vec<T>{b.lane < a.lane ? b.lane : a.lane};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> abs(Vec<T> v) noexcept {
    return Vec<T>{std::abs(v.lane)};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> floor(Vec<T> v) noexcept {
    return Vec<T>{std::floor(v.lane)};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> keep_where_positive(Vec<T> condition, Vec<T> v) noexcept {
    return Vec<T>{condition.lane > T(0) ? v.lane : T(0)};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> keep_where_equal(Vec<T> a, Vec<T> b, Vec<T> v) noexcept {
    return Vec<T>{a.lane == b.lane ? v.lane : T(0)};
}
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> keep_inside(Vec<T> condition, Vec<T> low, Vec<T> high, Vec<T> v) noexcept {
    return Vec<T>{condition.lane > low.lane && condition.lane < high.lane ? v.lane : T(0)};
}

#else

/// A SIMD register of T, in the widest instruction set that the compiler flags enable.
template <class T>
struct Vec {
    using Native = xsimd::batch<T>;
    static constexpr int size = static_cast<int>(Native::size);
    Native lanes;

    Vec() = default;
    Vec(Native value) noexcept : lanes{value} {}
    /// Broadcasts a value to all lanes.
    explicit Vec(T value) noexcept : lanes(value) {}
    friend NCA_INLINE Vec operator+(Vec a, Vec b) noexcept { return {a.lanes + b.lanes}; }
    friend NCA_INLINE Vec operator-(Vec a, Vec b) noexcept { return {a.lanes - b.lanes}; }
    friend NCA_INLINE Vec operator*(Vec a, Vec b) noexcept {
        using Register = typename Native::register_type;
        return {Native(isa_detail::rounded(static_cast<Register>(a.lanes * b.lanes)))};
    }
    friend NCA_INLINE Vec operator/(Vec a, Vec b) noexcept { return {a.lanes / b.lanes}; }
};

/// Unaligned load.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> load(const T* p) noexcept {
    return {Vec<T>::Native::load_unaligned(p)};
}
/// Unaligned store.
template <class T>
NCA_INLINE void store(T* p, Vec<T> v) noexcept {
    v.lanes.store_unaligned(p);
}
/// The same value in a register, which GCC else reads anew from memory as an operand of every use. Costs no
/// instruction.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> in_register(Vec<T> v) noexcept {
    using Register = typename Vec<T>::Native::register_type;
    return {typename Vec<T>::Native(isa_detail::not_contracted(static_cast<Register>(v.lanes)))};
}
/// a * b + c, fused where the instruction set supports it (never with NCA_DETERMINISTIC). xsimd 8 leaves FMA for
/// AVX-512 to the compiler, and Clang does not contract (half as fast): hence the intrinsics.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) noexcept {
#if defined(NCA_DETERMINISTIC)
    return a * b + c;
#elif defined(__AVX512F__)
    if constexpr (sizeof(T) == sizeof(float)) {
        return {typename Vec<T>::Native(_mm512_fmadd_ps(a.lanes, b.lanes, c.lanes))};
    } else {
        return {typename Vec<T>::Native(_mm512_fmadd_pd(a.lanes, b.lanes, c.lanes))};
    }
#else
    return {xsimd::fma(a.lanes, b.lanes, c.lanes)};
#endif
}
/// a * b + c, rounded twice on every instruction set.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> multiply_then_add(Vec<T> a, Vec<T> b, Vec<T> c) noexcept {
    using Native = typename Vec<T>::Native;
    using Register = typename Native::register_type;
    return Vec<T>(Native(isa_detail::not_contracted(static_cast<Register>(a.lanes * b.lanes)))) + c;
}
/// Lane-wise maximum.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> max(Vec<T> a, Vec<T> b) noexcept {
    return {xsimd::max(a.lanes, b.lanes)};
}
/// Lane-wise square root, correctly rounded.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> sqrt(Vec<T> v) noexcept {
    return {xsimd::sqrt(v.lanes)};
}
/// Lane-wise minimum.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> min(Vec<T> a, Vec<T> b) noexcept {
    return {xsimd::min(a.lanes, b.lanes)};
}
/// Lane-wise absolute value.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> abs(Vec<T> v) noexcept {
    return {xsimd::abs(v.lanes)};
}
/// Lane-wise floor.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> floor(Vec<T> v) noexcept {
    return {xsimd::floor(v.lanes)};
}
/// v where condition > 0, else zero: the pullback of ReLU.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> keep_where_positive(Vec<T> condition, Vec<T> v) noexcept {
    const typename Vec<T>::Native zero(T(0));
    return {xsimd::select(condition.lanes > zero, v.lanes, zero)};
}
/// v where a == b, else zero.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> keep_where_equal(Vec<T> a, Vec<T> b, Vec<T> v) noexcept {
    return {xsimd::select(a.lanes == b.lanes, v.lanes, typename Vec<T>::Native(T(0)))};
}
/// v where low < condition < high, else zero: the pullback of a clamp.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> keep_inside(Vec<T> condition, Vec<T> low, Vec<T> high, Vec<T> v) noexcept {
    const typename Vec<T>::Native zero(T(0));
    return {xsimd::select(condition.lanes > low.lanes && condition.lanes < high.lanes, v.lanes, zero)};
}

#endif

namespace isa_detail {

/// Copies fewer than 2 * Most values in pieces of constant sizes, which are instructions; a loop of their number would
/// be a call or `rep movs`, which cost more than a kernel's block.
template <int Most, class T>
NCA_INLINE void copy_pieces(const T* from, T* to, int count) noexcept {
    if constexpr (Most > 0) {
        if ((count & Most) != 0) {
            std::memcpy(to, from, sizeof(T) * static_cast<std::size_t>(Most));
            from += Most;
            to += Most;
        }
        copy_pieces<Most / 2>(from, to, count);
    }
}

} // namespace isa_detail

/// Loads the first `count` lanes, all if it exceeds them, and zeroes the others; reads no memory beyond p[count - 1].
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> load_first(const T* p, int count) noexcept {
    if (count >= Vec<T>::size) return load(p);
#if defined(__AVX512F__) && !defined(NCA_SIMD_SCALAR)
    const unsigned mask = (1U << static_cast<unsigned>(count)) - 1U;
    if constexpr (sizeof(T) == sizeof(float)) {
        return {typename Vec<T>::Native(_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), p))};
    } else {
        return {typename Vec<T>::Native(_mm512_maskz_loadu_pd(static_cast<__mmask8>(mask), p))};
    }
#elif defined(__AVX2__) && !defined(NCA_SIMD_SCALAR)
    if constexpr (sizeof(T) == sizeof(float)) {
        const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes);
        return {typename Vec<T>::Native(_mm256_maskload_ps(p, mask))};
    } else {
        const __m256i lanes = _mm256_setr_epi64x(0, 1, 2, 3);
        const __m256i mask = _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), lanes);
        return {typename Vec<T>::Native(_mm256_maskload_pd(p, mask))};
    }
#else
    T lanes[Vec<T>::size] = {};
    isa_detail::copy_pieces<Vec<T>::size / 2>(p, lanes, count);
    return load(lanes);
#endif
}
/// Stores the first `count` lanes, all if it exceeds them.
template <class T>
NCA_INLINE void store_first(T* p, Vec<T> v, int count) noexcept {
    if (count >= Vec<T>::size) return store(p, v);
#if defined(__AVX512F__) && !defined(NCA_SIMD_SCALAR)
    const unsigned mask = (1U << static_cast<unsigned>(count)) - 1U;
    if constexpr (sizeof(T) == sizeof(float)) {
        _mm512_mask_storeu_ps(p, static_cast<__mmask16>(mask), v.lanes);
    } else {
        _mm512_mask_storeu_pd(p, static_cast<__mmask8>(mask), v.lanes);
    }
#else
    T lanes[Vec<T>::size];
    store(lanes, v);
    isa_detail::copy_pieces<Vec<T>::size / 2>(lanes, p, count);
#endif
}

/// The same for a number of lanes that is known at compile time.
template <int Count, class T>
[[nodiscard]] NCA_INLINE Vec<T> load_first(const T* p) noexcept {
    return load_first(p, Count);
}
template <int Count, class T>
NCA_INLINE void store_first(T* p, Vec<T> v) noexcept {
    store_first(p, v, Count);
}

/// The number of architectural vector registers, which limits the accumulators of a kernel.
#if defined(__AVX512F__) || defined(__aarch64__) || defined(_M_ARM64)
inline constexpr int vector_registers = 32;
#else
inline constexpr int vector_registers = 16;
#endif

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SIMD_BATCH_HPP

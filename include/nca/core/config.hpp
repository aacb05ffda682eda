// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_CONFIG_HPP
#define NCA_CORE_CONFIG_HPP

// A project can define the macros below without compiler flags, in a header `nca/ext/config.hpp` on its include path.
#if __has_include(<nca/ext/config.hpp>)
#include <nca/ext/config.hpp>
#endif

/// The version of the library; CMake parses it from here.
#define NCA_VERSION_MAJOR 0
#define NCA_VERSION_MINOR 1
#define NCA_VERSION_PATCH 0

/// NCA_ASSERT(condition, message): checks a precondition unless NDEBUG is defined. You may define it, also as empty.
#ifndef NCA_ASSERT
#include <cassert>
#define NCA_ASSERT(condition, message) assert((condition) && (message))
#endif

/// NCA_INLINE: forces inlining of small functions in kernels, whose operands must stay in registers.
#if defined(_MSC_VER)
#define NCA_INLINE __forceinline
#else
#define NCA_INLINE inline __attribute__((always_inline))
#endif

/// NCA_NOINLINE: never inlines a function. NCA_COLD: optimises code that runs once or handles files for size, so that a
/// program that trains compiles faster (6% fewer instructions of GCC 12). Not the attribute `cold`, which is contagious:
/// whatever calls a cold function for certain, a user's main() included, would be optimised for size as well.
#if defined(_MSC_VER)
#define NCA_NOINLINE __declspec(noinline)
#else
#define NCA_NOINLINE __attribute__((noinline))
#endif
#if !defined(__OPTIMIZE__)
#define NCA_COLD
#elif defined(__clang__)
#define NCA_COLD __attribute__((minsize))
#else
#define NCA_COLD __attribute__((optimize("Os")))
#endif

/// NCA_UNROLL: fully unrolls the next loop, so that arrays it indexes stay in registers.
#if defined(__clang__)
#define NCA_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define NCA_UNROLL _Pragma("GCC unroll 64")
#else
#define NCA_UNROLL
#endif

/// NCA_DETERMINISTIC: if defined before the first header of a translation unit, products are rounded before they are
/// added: simulations are bit-identical on every instruction set, and a third slower on processors with FMA.

/// NCA_ISA: the inline namespace, named after the instruction set, of all code that depends on the SIMD width, so that
/// translation units compiled for different processors can be linked into one program.
#if defined(NCA_SIMD_SCALAR)
#define NCA_DETAIL_LANES isa_scalar
#elif defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define NCA_DETAIL_LANES isa_avx512
#elif defined(__AVX512F__)
#define NCA_DETAIL_LANES isa_avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define NCA_DETAIL_LANES isa_avx2_fma
#elif defined(__AVX2__)
#define NCA_DETAIL_LANES isa_avx2
#elif defined(__AVX__) && defined(__FMA__)
#define NCA_DETAIL_LANES isa_avx_fma
#elif defined(__AVX__)
#define NCA_DETAIL_LANES isa_avx
#elif defined(__SSE4_1__)
#define NCA_DETAIL_LANES isa_sse4
#elif defined(__aarch64__)
#define NCA_DETAIL_LANES isa_neon64
#else
#define NCA_DETAIL_LANES isa_baseline
#endif
#if defined(NCA_DETERMINISTIC)
#define NCA_DETAIL_JOIN2(a, b) a##b
#define NCA_DETAIL_JOIN(a, b) NCA_DETAIL_JOIN2(a, b)
#define NCA_ISA NCA_DETAIL_JOIN(NCA_DETAIL_LANES, _deterministic)
#else
#define NCA_ISA NCA_DETAIL_LANES
#endif

#endif // NCA_CORE_CONFIG_HPP

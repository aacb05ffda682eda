// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_CONFIG_HPP
#define NCA_CORE_CONFIG_HPP

// A project may drop its own `nca/ext/config.hpp` on the include path to define the macros below without flags.
#if __has_include(<nca/ext/config.hpp>)
#include <nca/ext/config.hpp>
#endif

/// The version, written here once and read by CMake.
#define NCA_VERSION_MAJOR 0
#define NCA_VERSION_MINOR 1
#define NCA_VERSION_PATCH 0

/// NCA_ASSERT(condition, message): checks a contract of the caller. Active unless NDEBUG is defined; redefine it to
/// route failures elsewhere, or define it empty to remove the checks.
#ifndef NCA_ASSERT
#include <cassert>
#define NCA_ASSERT(condition, message) assert((condition) && (message))
#endif

/// NCA_INLINE: forces inlining of the small functions inside kernels, whose operands must stay in registers.
#if defined(_MSC_VER)
#define NCA_INLINE __forceinline
#else
#define NCA_INLINE inline __attribute__((always_inline))
#endif

/// NCA_NOINLINE: keeps a function out of its callers. NCA_COLD: the same for what runs once, compiled for size and in
/// less time. Both are there for the compile time of programs that embed a creature.
#if defined(_MSC_VER)
#define NCA_NOINLINE __declspec(noinline)
#define NCA_COLD __declspec(noinline)
#else
#define NCA_NOINLINE __attribute__((noinline))
#define NCA_COLD __attribute__((noinline, cold))
#endif

/// NCA_UNROLL: unrolls the loop that follows, so that arrays of registers indexed by it stay in registers.
#if defined(__clang__)
#define NCA_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define NCA_UNROLL _Pragma("GCC unroll 64")
#else
#define NCA_UNROLL
#endif

/// NCA_DETERMINISTIC: defined before the first header of a translation unit, makes every product round before it is
/// added, so that a simulation computes the same bits whatever instruction set the unit is compiled for. Fused
/// multiply-adds are not used then: a step takes a third longer where the processor has them.

/// NCA_ISA: the name of the instruction set that this translation unit is compiled for. It names the inline namespace
/// of everything that mentions a SIMD lane, so that translation units compiled for different processors link together
/// without sharing a function.
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

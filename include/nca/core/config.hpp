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
/// program that trains compiles faster (6% fewer instructions of GCC 12). Not the attribute `cold`, which is
/// contagious: whatever calls a cold function for certain, a user's main() included, would be optimised for size as
/// well.
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

/// NCA_UNROLL: fully unrolls the next loop, so that arrays it indexes stay in registers. Under the sanitizers, which
/// check every access of such arrays, it does nothing: unrolled kernels take Clang twice the time to compile.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NCA_DETAIL_SANITIZED
#endif
#endif
#if defined(NCA_DETAIL_SANITIZED)
#define NCA_UNROLL
#elif defined(__clang__)
#define NCA_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define NCA_UNROLL _Pragma("GCC unroll 64")
#else
#define NCA_UNROLL
#endif

/// NCA_DETERMINISTIC: if defined before the first header of a translation unit, products are rounded before they are
/// added: simulations are bit-identical on every processor. A step takes 18% longer with AVX-512, 61% with AVX2 and
/// FMA, and no longer where there is no FMA.

#define NCA_DETAIL_JOIN2(a, b) a##b
#define NCA_DETAIL_JOIN(a, b) NCA_DETAIL_JOIN2(a, b)

/// NCA_ABI: the inline namespace of the whole library, named after its version and the compiler flags that change
/// numbers, so that two versions, and translation units with and without such flags, can be linked into one program,
/// each with its own code. Types of one do not convert to those of another: a function that takes them is not found by
/// the linker. NCA_ABI_TAG: a name that you may define, if you change the headers without their version, or use flags
/// that the preprocessor cannot see (`-ffp-contract`).
#define NCA_DETAIL_VERSION2(major, minor, patch) v##major##_##minor##_##patch
#define NCA_DETAIL_VERSION(major, minor, patch) NCA_DETAIL_VERSION2(major, minor, patch)
#define NCA_DETAIL_ABI0 NCA_DETAIL_VERSION(NCA_VERSION_MAJOR, NCA_VERSION_MINOR, NCA_VERSION_PATCH)
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(_M_FP_FAST)
#define NCA_DETAIL_ABI1 NCA_DETAIL_JOIN(NCA_DETAIL_ABI0, _fast_math)
#else
#define NCA_DETAIL_ABI1 NCA_DETAIL_ABI0
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#define NCA_DETAIL_ABI2 NCA_DETAIL_JOIN(NCA_DETAIL_ABI1, _finite_math)
#else
#define NCA_DETAIL_ABI2 NCA_DETAIL_ABI1
#endif
#if defined(__RECIPROCAL_MATH__) && !defined(__FAST_MATH__)
#define NCA_DETAIL_ABI3 NCA_DETAIL_JOIN(NCA_DETAIL_ABI2, _reciprocal_math)
#else
#define NCA_DETAIL_ABI3 NCA_DETAIL_ABI2
#endif
#if defined(__NO_SIGNED_ZEROS__) && !defined(__FAST_MATH__)
#define NCA_DETAIL_ABI4 NCA_DETAIL_JOIN(NCA_DETAIL_ABI3, _no_signed_zeros)
#else
#define NCA_DETAIL_ABI4 NCA_DETAIL_ABI3
#endif
#if defined(__ROUNDING_MATH__)
#define NCA_DETAIL_ABI5 NCA_DETAIL_JOIN(NCA_DETAIL_ABI4, _rounding_math)
#else
#define NCA_DETAIL_ABI5 NCA_DETAIL_ABI4
#endif
#if defined(NCA_ABI_TAG)
#define NCA_ABI NCA_DETAIL_JOIN(NCA_DETAIL_JOIN(NCA_DETAIL_ABI5, _), NCA_ABI_TAG)
#else
#define NCA_ABI NCA_DETAIL_ABI5
#endif

/// NCA_SIMD_SCALAR: if defined, one lane, without xsimd: the portable reference implementation, a fifth as fast as
/// SSE2. Defined where the compiler flags enable no instruction set that xsimd knows.
#if !defined(NCA_SIMD_SCALAR) && !defined(__SSE2__) && !defined(_M_X64) && !defined(__aarch64__) &&                    \
    !defined(_M_ARM64) && !defined(__ARM_NEON) && !defined(__wasm_simd128__) &&                                        \
    !(defined(_M_IX86_FP) && _M_IX86_FP >= 2)
#define NCA_SIMD_SCALAR
#endif

/// NCA_DETAIL_FUSED: lanes are multiplied and added with one rounding. (MSVC has no macro for FMA, which /arch:AVX2
/// has.)
#if defined(__FMA__) || defined(__aarch64__) || defined(_M_ARM64) || (defined(_MSC_VER) && defined(__AVX2__))
#define NCA_DETAIL_FUSED
#endif

/// NCA_ISA: the inline namespace, within NCA_ABI and named after the instruction set, of all code that depends on the
/// SIMD width, so that translation units compiled for different processors can be linked into one program.
#if defined(NCA_SIMD_SCALAR)
#define NCA_DETAIL_LANES isa_scalar
#elif defined(__AVX512FP16__) && defined(__AVX512BW__)
#define NCA_DETAIL_LANES isa_avx512_fp16
#elif defined(__AVX512BF16__) && defined(__AVX512VBMI2__)
#define NCA_DETAIL_LANES isa_avx512_vbmi2_bf16
#elif defined(__AVX512VBMI2__)
#define NCA_DETAIL_LANES isa_avx512_vbmi2
#elif defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define NCA_DETAIL_LANES isa_avx512
#elif defined(__AVX512F__)
#define NCA_DETAIL_LANES isa_avx512f
#elif defined(__AVX2__) && defined(__FMA__) && defined(__AVXVNNI__)
#define NCA_DETAIL_LANES isa_avx2_vnni
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
#elif defined(__SSSE3__)
#define NCA_DETAIL_LANES isa_ssse3
#elif defined(__SSE3__)
#define NCA_DETAIL_LANES isa_sse3
#elif defined(__ARM_FEATURE_SVE)
#define NCA_DETAIL_LANES isa_sve
#elif defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#define NCA_DETAIL_LANES isa_neon64_dotprod
#elif defined(__aarch64__) || defined(_M_ARM64)
#define NCA_DETAIL_LANES isa_neon64
#elif defined(__ARM_NEON)
#define NCA_DETAIL_LANES isa_neon
#elif defined(__wasm_simd128__)
#define NCA_DETAIL_LANES isa_wasm
#else
#define NCA_DETAIL_LANES isa_baseline
#endif
#if defined(NCA_DETERMINISTIC)
#define NCA_ISA NCA_DETAIL_JOIN(NCA_DETAIL_LANES, _deterministic)
#else
#define NCA_ISA NCA_DETAIL_LANES
#endif

#endif // NCA_CORE_CONFIG_HPP

// SPDX-License-Identifier: Apache-2.0
// Lines that are compared between platforms, and one that is not.
#ifndef NCA_TESTS_PORTABILITY_PRINT_HPP
#define NCA_TESTS_PORTABILITY_PRINT_HPP

#include <nca/run.hpp>

#include <cinttypes>
#include <cstdint>
#include <cstdio>

#define NCA_PORTABILITY_TEXT2(name) #name
#define NCA_PORTABILITY_TEXT(name) NCA_PORTABILITY_TEXT2(name)

/// "lanes: isa_avx2_fma_deterministic, 8": what the compiler flags chose.
inline void print_lanes() {
    std::printf("lanes: %s, %d\n", NCA_PORTABILITY_TEXT(NCA_ISA), nca::Vec<float>::size);
}

/// "lizard, cut: 0123456789abcdef"
inline void print_hash(const char* what, std::uint64_t hash) {
    std::printf("%s: %016" PRIx64 "\n", what, hash);
}

#endif // NCA_TESTS_PORTABILITY_PRINT_HPP

// SPDX-License-Identifier: Apache-2.0
// One film of a lizard, compiled for several processors: film.cpp is compiled once for each of these functions.
#ifndef NCA_EXAMPLES_DISPATCH_FILM_HPP
#define NCA_EXAMPLES_DISPATCH_FILM_HPP

#include <cstdint>
#include <span>

namespace dispatch {

inline constexpr int side = 96;
inline constexpr int channels = 16;

/// Grows a lizard for so many steps, with a hole cut halfway, and writes its last state [96, 96, 16]. Returns its hash.
using Film = std::uint64_t(int steps, std::uint64_t seed, std::span<float> state);

/// As fast as the instruction set allows. Only those that the program was built with exist; see `choose`.
Film film_baseline;
Film film_avx2;
Film film_avx512;
/// With NCA_DETERMINISTIC: the same bits on all of them.
Film film_baseline_deterministic;
Film film_avx2_deterministic;
Film film_avx512_deterministic;

/// One of the instruction sets that the program was built for.
struct InstructionSet {
    const char* name;
    bool available; ///< the processor has it
    Film* fast;
    Film* deterministic;
};

/// The instruction sets that the program was built for, the most modest first.
[[nodiscard]] std::span<const InstructionSet> instruction_sets() noexcept;

/// The last that this processor has.
[[nodiscard]] const InstructionSet& choose() noexcept;

} // namespace dispatch

#endif // NCA_EXAMPLES_DISPATCH_FILM_HPP

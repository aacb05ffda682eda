// SPDX-License-Identifier: Apache-2.0
// Asks the processor. This file and main.cpp are compiled for the baseline, and come first on the linker's line.
#include "film.hpp"

#include <algorithm>
#include <array>

namespace dispatch {

std::span<const InstructionSet> instruction_sets() noexcept {
    static const std::array sets {
        InstructionSet{"baseline", true, film_baseline, film_baseline_deterministic},
#if defined(NCA_DISPATCH_AVX2)
            InstructionSet{"AVX2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), film_avx2,
                           film_avx2_deterministic},
#endif
#if defined(NCA_DISPATCH_AVX512)
            InstructionSet{"AVX-512",
                           __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"),
                           film_avx512, film_avx512_deterministic},
#endif
    };
    return sets;
}

const InstructionSet& choose() noexcept {
    const auto sets = instruction_sets();
    return *std::find_if(sets.rbegin(), sets.rend(), [](const InstructionSet& set) { return set.available; });
}

} // namespace dispatch

// SPDX-License-Identifier: Apache-2.0
// One program for several processors: runs the same film with every instruction set that it was built for and that this
// processor has, and tells which one it would choose.
#include "film.hpp"

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <vector>

int main() {
    constexpr int steps = 500;
    std::vector<float> state(static_cast<std::size_t>(dispatch::side) * dispatch::side * dispatch::channels);
    for (const dispatch::InstructionSet& set : dispatch::instruction_sets()) {
        if (!set.available) continue;
        for (const bool deterministic : {false, true}) {
            const auto start = std::chrono::steady_clock::now();
            const std::uint64_t hash = (deterministic ? set.deterministic : set.fast)(steps, 1, state);
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
            std::printf("%-8s %-13s %6.0f steps/s  state %016" PRIx64 "\n", set.name,
                        deterministic ? "deterministic" : "fast", steps / taken.count(), hash);
        }
    }
    std::printf("chosen: %s\n", dispatch::choose().name);
    return 0;
}

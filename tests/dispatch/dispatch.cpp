// SPDX-License-Identifier: Apache-2.0
// Simulations compiled for several instruction sets in one program.
#include "film.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

std::vector<float> blank() {
    return std::vector<float>(static_cast<std::size_t>(dispatch::side) * dispatch::side * dispatch::channels);
}

} // namespace

TEST_CASE("in deterministic mode 500 steps with damage have the same bits on every instruction set") {
    const auto sets = dispatch::instruction_sets();
    auto expected = blank();
    const std::uint64_t hash = sets[0].deterministic(500, 1, expected);
    const auto living = std::count_if(expected.begin(), expected.end(), [](float value) { return value != 0.0F; });
    CHECK(living > 500 * dispatch::channels); // a grown lizard, not an empty world
    for (const dispatch::InstructionSet& set : sets) {
        if (!set.available) {
            MESSAGE("this processor has no ", set.name);
            continue;
        }
        auto state = blank();
        CHECK(set.deterministic(500, 1, state) == hash);
        CHECK(state == expected);
        CHECK(set.deterministic(500, 2, state) != hash);
    }
}

TEST_CASE("every instruction set computes the same steps up to rounding") {
    auto expected = blank();
    const auto sets = dispatch::instruction_sets();
    sets[0].fast(24, 1, expected);
    for (const dispatch::InstructionSet& set : sets) {
        if (!set.available) continue;
        auto state = blank();
        set.fast(24, 1, state);
        float largest = 0.0F;
        for (std::size_t i = 0; i < state.size(); ++i) largest = std::max(largest, std::abs(state[i] - expected[i]));
        CHECK(largest < 1e-4F);
    }
}

TEST_CASE("the last instruction set that the processor has is chosen") {
    const dispatch::InstructionSet& chosen = dispatch::choose();
    CHECK(chosen.available);
    const auto sets = dispatch::instruction_sets();
    CHECK(std::none_of(&chosen + 1, sets.data() + sets.size(), [](const auto& set) { return set.available; }));
}

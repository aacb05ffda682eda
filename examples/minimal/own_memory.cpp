// SPDX-License-Identifier: Apache-2.0
// A herd that shares one model, in memory of your own: its size is known beforehand, and nothing is allocated.
#include <nca/run.hpp>

#include "../models/growing/lizard.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>

using World = nca::Simulation<lizard::Rule, 64, 64>;

static std::array<std::byte, std::size_t{8} << 20U> arena; // yours; any alignment will do

int main() {
    const lizard::Rule model = lizard::rule();
    const std::size_t needed = World::memory_needed({});
    std::array<std::optional<World>, 8> herd;
    if (herd.size() * needed > arena.size()) return 1;
    for (std::size_t i = 0; i < herd.size(); ++i) {
        const auto mine = std::span{arena}.subspan(i * needed, needed);
        herd[i].emplace(nca::borrow(model), World::Shape{}, /*seed=*/i, nca::Reserve{.memory = mine});
        herd[i]->plant(32, 32);
        herd[i]->step(60);
    }
    World other{model, /*seed=*/3}; // the same film in memory of the allocator
    other.plant(32, 32);
    other.step(60);
    std::printf("%zu bytes for each of %zu lizards\n", needed, herd.size());
    return herd[3]->hash() == other.hash() && herd[2]->hash() != other.hash() ? 0 : 1;
}

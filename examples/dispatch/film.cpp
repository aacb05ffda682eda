// SPDX-License-Identifier: Apache-2.0
// Compiled once per instruction set: -DNCA_FILM=<name of the function>, the flags of the set, and NCA_DETERMINISTIC or
// not. What depends on the set lives in an inline namespace named after it, so all copies fit in one program.
#include <nca/run.hpp>

#include "../models/growing/lizard.hpp"
#include "film.hpp"

namespace dispatch {

std::uint64_t NCA_FILM(int steps, std::uint64_t seed, std::span<float> state) {
    using World = nca::Simulation<lizard::Rule, side, side>;
    World world{lizard::rule(), seed};
    world.plant(side / 2, side / 2);
    world.step(steps / 2);
    world.erase(10.5, side / 2 + 0.25, side / 2 - 0.75);
    world.step(steps - steps / 2);
    world.store(nca::GridView<float, channels, side, side>{state.data(), {}});
    return world.hash();
}

} // namespace dispatch

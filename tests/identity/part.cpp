// SPDX-License-Identifier: Apache-2.0
// What a part of a program computes with nca; compiled with other headers, flags or models for each part.
#include <nca/run.hpp>

#include NCA_TEST_MODEL

#include "parts.hpp"

std::uint64_t NCA_TEST_PART() {
    nca::Simulation<NCA_TEST_NAME::Rule, 64, 64> world{NCA_TEST_NAME::rule(), 7};
    world.plant(32, 32);
    world.step(60);
    return world.hash();
}

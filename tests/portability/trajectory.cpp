// SPDX-License-Identifier: Apache-2.0
// An exported creature, with nothing but <nca/run.hpp>: 500 steps with damage. With NCA_DETERMINISTIC the hashes are
// the same on every processor.
#include "../../examples/models/growing/lizard.hpp"
#include "print.hpp"

int main() {
    print_lanes();
    if (!lizard::self_test()) return std::puts("the self-test of the model failed"), 1;

    nca::Simulation<lizard::Rule, 96, 96> world{lizard::rule(), /*seed=*/7};
    world.plant(48, 48);
    world.step(200);
    print_hash("lizard, grown in 200 steps", world.hash());
    world.erase(/*radius=*/8, 42, 42);
    print_hash("lizard, cut", world.hash());
    world.step(300);
    print_hash("lizard, regrown in 300 steps", world.hash());
    return 0;
}

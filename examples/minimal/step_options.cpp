// SPDX-License-Identifier: Apache-2.0
// The options of the steps of a running creature, and going back in time.
#include <nca/run.hpp>

#include "../models/growing/lizard.hpp"

#include <chrono>
#include <cstdio>
#include <vector>

int main() {
    using World = nca::Simulation<lizard::Rule, nca::Dynamic, nca::Dynamic>; // extents at run time
    World world{lizard::rule(), World::Shape{{80, 120}}, /*seed=*/7, {.angles = true}};
    auto options = world.options();
    options.boundary = nca::Boundary::torus;
    options.angle = 1.5707963267948966; // a quarter turn: the creature grows on its side
    options.fire_rate = 0.4;
    world.set_options(options);
    world.plant(60, 40);
    while (world.steps() < 200) world.advance(std::chrono::milliseconds{2}); // as many steps as fit into 2 ms
    const auto box = world.bounds();
    std::printf("%d x %d cells from %d, %d\n", box.size[0], box.size[1], box.first[0], box.first[1]);

    const auto past = world.snapshot();
    std::vector<float> angles(std::size_t{80} * 120); // an angle for each cell
    for (std::size_t i = 0; i < angles.size(); i += 2) angles[i] = 3.0F;
    if (const auto set = world.set_angles(angles); !set) return std::puts(set.error().message.c_str()), 1;
    world.paint(/*radius=*/3, World::seed_cell(), 60, 40); // a disc of cells with these channels
    world.step(20);
    const auto twisted = world.hash();
    world.clear_angles();
    const bool back = world.restore(past);
    world.step(20);
    const auto straight = world.hash();
    const bool again = world.restore(past); // false: a snapshot of other extents
    world.step(20);
    std::puts(world.hash() == straight ? "the past came back" : "the past is lost");
    return back && again && world.hash() == straight && straight != twisted ? 0 : 1;
}

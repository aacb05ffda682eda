// SPDX-License-Identifier: Apache-2.0
// A simulation does not allocate after construction.
#include <nca/run.hpp>

#include "counting_new.hpp"

#include <doctest/doctest.h>

#include <../examples/models/growing/lizard.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace nca;
using Growing = lizard::Rule;
using World = Simulation<Growing, Dynamic, Dynamic>;

/// 1,000 steps with damage, painting, drawing, other options and measurements; returns the number of allocations.
long live(World& world) {
    std::vector<std::uint8_t> pixels(64 * 64 * 4);
    const std::vector<float> angles(64 * 64, 0.1F);
    auto saved = world.snapshot();
    World::Cell patch{};
    patch.fill(0.3F);
    const long before = allocations;
    int drawn = 0;
    std::uint64_t hashes = 0;
    for (int i = 0; i < 100; ++i) {
        world.plant(32, 32);
        world.paint(4.0, patch, i % 64, 20);
        world.step(5);
        world.erase(9.0, i % 64, i % 50);
        world.step();
        auto options = world.options();
        options.boundary = static_cast<Boundary>(i % 4);
        options.fire_rate = 0.5 + 0.005 * i;
        options.angle = 0.01 * i;
        world.set_options(options);
        drawn += i % 2 == 0 ? world.rgba(pixels) : world.rgba(pixels, {.background = Colour{}});
        hashes ^= world.hash() + static_cast<std::uint64_t>(world.living_cells() + world.bounds().size[0]);
        if (i == 50) CHECK(world.set_angles(angles));
        if (i == 70) world.clear_angles();
        world.step(4);
        if (i == 80) CHECK(world.restore(saved));
    }
    const long during = allocations - before;
    CHECK(drawn == 100);
    CHECK(hashes != 0);
    CHECK(world.living_cells() > 20);
    CHECK(world.steps() >= 190);
    return during;
}

} // namespace

TEST_CASE("the counter counts allocations") {
    const long before = allocations;
    const World world{Growing{}, World::Shape{{64, 64}}};
    CHECK(allocations > before);
}

TEST_CASE("1,000 steps with damage, painting and drawing allocate nothing") {
    World world{lizard::rule(), World::Shape{{64, 64}}, 1, {.angles = true}};
    world.plant(32, 32);
    CHECK(live(world) == 0);
}

TEST_CASE("a simulation with a borrowed rule and given memory allocates nothing at all") {
    const Growing rule = lizard::rule();
    const World::Shape shape{{64, 64}};
    std::vector<std::byte> memory(World::memory_needed(shape, {.angles = true}));
    const long before = allocations;
    World world{borrow(rule), shape, 1, {.angles = true, .memory = memory}};
    CHECK(allocations == before);
    world.plant(32, 32);
    CHECK(live(world) == 0);
}

TEST_CASE("a community steps, reassigns species and is perturbed without allocating") {
    const Growing rule = lizard::rule();
    Growing other = rule;
    other.bias(1, 0) += 0.01F;
    Perturbation<Growing> matrix;
    matrix(0, 1) = 0.1F;
    Community<Growing, 64, 64> community{{borrow(rule), borrow(other)}, {}, 1};
    community.world().plant(32, 32);
    const long before = allocations;
    for (int i = 0; i < 20; ++i) {
        community.assign(i % 2, 6.0, 30 + i % 5, 32);
        community.step(2);
        perturbed_step(community.world(), matrix, PerturbationOrder::before_step, [&] { community.step(); });
    }
    CHECK(allocations == before);
    CHECK(community.world().living_cells() > 20);
}

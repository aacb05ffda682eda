// SPDX-License-Identifier: Apache-2.0
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/rule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <vector>

namespace {

using namespace nca;
using Growing = growing::Rule<>;
using World = Simulation<Growing, 40, 48>;

std::vector<float> values_of(const World& world) {
    const auto state = world.state();
    return {state.values().begin(), state.values().end()};
}

/// A simulation with random weights and a random state.
World random_world(std::uint64_t seed = 1) {
    World world{tests::random_rule<Growing>(3), Extents<40, 48>{}, seed};
    const auto start = tests::random_state<Growing>(40 * 48, 9);
    world.load(World::StateGrid::ConstView{start.data(), Extents<40, 48>{}});
    return world;
}

} // namespace

TEST_CASE("the same seed reproduces the trajectory, another seed does not") {
    World a = random_world(1);
    World b = random_world(1);
    World c = random_world(2);
    for (int i = 0; i < 5; ++i) {
        a.step();
        b.step();
        c.step();
    }
    CHECK(values_of(a) == values_of(b));
    CHECK(values_of(a) != values_of(c));
}

TEST_CASE("a loaded state continues like the simulation it was stored from") {
    World a = random_world(4);
    World b{a.rule(), 4};
    for (int i = 0; i < 3; ++i) a.step();
    for (int i = 0; i < 3; ++i) b.step(); // empty, to reach the same step index
    b.load(a.state().view());
    a.step();
    b.step();
    CHECK(values_of(a) == values_of(b));
}

TEST_CASE("an empty grid stays empty, whatever the weights") {
    World world{tests::random_rule<Growing>(5)};
    for (int i = 0; i < 4; ++i) world.step();
    CHECK(world.living_cells() == 0);
    const auto values = values_of(world);
    CHECK(std::all_of(values.begin(), values.end(), [](float v) { return v == 0.0F; }));
    CHECK(world.steps() == 4);
}

TEST_CASE("a seed has zero colour and ones from alpha on, and is ignored outside the grid") {
    World world{Growing{}};
    world.plant(47, 3);
    world.plant(48, 3);
    world.plant(-1, 0);
    world.plant(0, 40);
    const auto state = world.state();
    for (std::size_t c = 0; c < 16; ++c) CHECK(state(3, 47)[c] == (c < 3 ? 0.0F : 1.0F));
    CHECK(std::count_if(state.values().begin(), state.values().end(), [](float v) { return v != 0.0F; }) == 13);
    world.step(); // zero weights: the cell does not change
    CHECK(world.state()(3, 47)[3] == 1.0F);
}

TEST_CASE("life spreads by at most one cell per step") {
    World world{tests::random_rule<Growing>(6, 3.0)};
    world.plant(24, 20);
    for (int step = 1; step <= 6; ++step) {
        world.step();
        const auto state = world.state();
        for (int row = 0; row < 40; ++row) {
            for (int column = 0; column < 48; ++column) {
                if (std::max(std::abs(row - 20), std::abs(column - 24)) <= step) continue;
                for (const float v : state(row, column)) REQUIRE(v == 0.0F);
            }
        }
    }
}

TEST_CASE("erase zeroes the cells inside the disc and no others") {
    World world = random_world();
    const auto before = world.state();
    world.erase(6.0, 30, 10);
    world.erase(3.0, -1, 50); // partly or entirely outside the grid
    const auto after = world.state();
    for (int row = 0; row < 40; ++row) {
        for (int column = 0; column < 48; ++column) {
            const bool inside = (row - 10) * (row - 10) + (column - 30) * (column - 30) < 36;
            for (std::size_t c = 0; c < 16; ++c)
                REQUIRE(after(row, column)[c] == (inside ? 0.0F : before(row, column)[c]));
        }
    }
}

TEST_CASE("on a torus, translation commutes with a step if every cell fires") {
    using R = Rule<Channels<12>, Perception<Identity, SobelX, SobelY, Laplacian>, Mlp<96>, Torus, FireRate<1, 1>>;
    constexpr int h = 14;
    constexpr int w = 70;
    const R rule = tests::random_rule<R>(1);
    const auto start = tests::random_state<R>(h * w, 2);
    std::vector<float> shifted(start.size());
    const auto shift = [&](int row, int column) { return ((row + 5) % h * w + (column + 11) % w) * 12; };
    for (int row = 0; row < h; ++row) {
        for (int column = 0; column < w; ++column)
            std::copy_n(&start[static_cast<std::size_t>((row * w + column) * 12)], 12,
                        &shifted[static_cast<std::size_t>(shift(row, column))]);
    }
    Simulation<R, h, w> a{rule};
    Simulation<R, h, w> b{rule};
    a.load({start.data(), Extents<h, w>{}});
    b.load({shifted.data(), Extents<h, w>{}});
    for (int i = 0; i < 3; ++i) {
        a.step();
        b.step();
    }
    const auto x = a.state();
    const auto y = b.state();
    for (int row = 0; row < h; ++row) {
        for (int column = 0; column < w; ++column) {
            for (std::size_t c = 0; c < 12; ++c)
                REQUIRE(x(row, column)[c] == y.values()[static_cast<std::size_t>(shift(row, column)) + c]);
        }
    }
}

TEST_CASE("rotating grid and perception by 90 degrees commutes with a step, bit for bit") {
    using R = Rule<Channels<16>, Mlp<64>, FireRate<1, 1>, Scalar<double>>;
    constexpr int n = 12;
    const R rule = tests::random_rule<R>(1);
    const auto start = tests::random_state<R>(n * n, 2);
    // Counter-clockwise on screen: (row, column) goes to (n - 1 - column, row).
    std::vector<double> turned(start.size());
    const auto turn = [](int row, int column) { return static_cast<std::size_t>(((n - 1 - column) * n + row) * 16); };
    for (int row = 0; row < n; ++row) {
        for (int column = 0; column < n; ++column)
            std::copy_n(&start[static_cast<std::size_t>((row * n + column) * 16)], 16, &turned[turn(row, column)]);
    }
    Simulation<R, n, n> a{rule};
    Simulation<R, n, n> b{rule};
    StepOptions<R> options;
    options.angle = 1.5707963267948966;
    b.set_options(options);
    a.load({start.data(), Extents<n, n>{}});
    b.load({turned.data(), Extents<n, n>{}});
    a.step();
    b.step();
    const auto x = a.state();
    const auto y = b.state();
    for (int row = 0; row < n; ++row) {
        for (int column = 0; column < n; ++column) {
            for (std::size_t c = 0; c < 16; ++c) REQUIRE(x(row, column)[c] == y.values()[turn(row, column) + c]);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// What a host program does with a simulation: paint, draw, measure, save and restore, provide memory and a shared rule.
#include <nca/run.hpp>
#include <nca/systems/growing/rule.hpp>

#include <doctest/doctest.h>

#include <../examples/models/growing/lizard.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <common/rules.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

using namespace nca;
using Growing = growing::Rule<>;
using World = Simulation<Growing, 24, 32>;
using Solid = Rule<Channels<4>, Dimensions<3>, Mlp<8>, Alive<3>>;
using Cube = Simulation<Solid, 5, 6, 7>;

World random_world(std::uint64_t seed = 1) {
    World world{tests::random_rule<Growing>(3), seed};
    const auto start = tests::random_state<Growing>(24 * 32, 9);
    world.load(GridView<const float, 16, 24, 32>{start.data(), Extents<24, 32>{}});
    return world;
}

World::Cell cell_of(float red, float green, float blue, float alpha) {
    World::Cell cell{};
    cell[0] = red;
    cell[1] = green;
    cell[2] = blue;
    cell[3] = alpha;
    return cell;
}

using Pixel = std::array<int, 4>;
Pixel pixel_at(const std::vector<std::uint8_t>& pixels, std::size_t offset) {
    return {pixels[offset], pixels[offset + 1], pixels[offset + 2], pixels[offset + 3]};
}

} // namespace

TEST_CASE("paint sets the cells within the radius and ignores those outside the grid") {
    World world{Growing{}};
    const auto values = cell_of(0.5F, 0.25F, 0.0F, 1.0F);
    world.paint(2.5, values, 0, 23);
    const auto state = world.state();
    int painted = 0;
    for (int y = 0; y < 24; ++y) {
        for (int x = 0; x < 32; ++x) {
            const bool inside = x * x + (y - 23) * (y - 23) < 2.5 * 2.5;
            const auto cell = state(y, x);
            CHECK(std::equal(cell.begin(), cell.end(), inside ? values.begin() : World::Cell{}.begin()));
            painted += inside ? 1 : 0;
        }
    }
    CHECK(painted == 8);
    CHECK(world.living_cells() == painted);

    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double x : {-100.0, 1e300, nan, infinity, -infinity}) world.paint(3.0, values, x, 5);
    for (const double radius : {0.0, -2.0, nan}) world.paint(radius, values, 5, 5);
    CHECK(world.living_cells() == painted);
    world.paint(infinity, values, 5, 5);
    CHECK(world.living_cells() == 24 * 32);
    world.erase(infinity, 5, 5);
    CHECK(world.living_cells() == 0);
}

TEST_CASE("plant, paint, erase and bounds use x, y, z in 3-D") {
    Cube world{Solid{}};
    CHECK(world.bounds().empty());
    world.plant(6, 4, 3);
    CHECK(world.bounds() == Bounds<3>{{6, 4, 3}, {1, 1, 1}});
    world.paint(1.5, Cube::Cell{0.0F, 0.0F, 0.0F, 1.0F}, 1, 1, 1);
    CHECK(world.living_cells() == 1 + 19);
    CHECK(world.bounds() == Bounds<3>{{0, 0, 0}, {7, 5, 4}});
    world.erase(1.5, 1, 1, 1);
    CHECK(world.bounds() == Bounds<3>{{6, 4, 3}, {1, 1, 1}});
    world.plant(7, 4, 3);
    world.plant(6, 4, -1);
    CHECK(world.living_cells() == 1);
}

TEST_CASE("rgba supports every pixel format") {
    World world{Growing{}};
    world.paint(0.5, cell_of(0.4F, 0.2F, -0.1F, 0.5F), 1, 0);
    world.paint(0.5, cell_of(1.5F, 0.0F, 0.0F, 1.2F), 0, 1);
    std::vector<std::uint8_t> pixels(24 * 32 * 4, 7);
    REQUIRE(world.rgba(pixels));
    CHECK(pixel_at(pixels, 0) == Pixel{0, 0, 0, 0});
    CHECK(pixel_at(pixels, 4) == Pixel{204, 102, 0, 128}); // straight: divided by alpha
    CHECK(pixel_at(pixels, 32 * 4) == Pixel{255, 0, 0, 255});
    REQUIRE(world.rgba(pixels, {.premultiplied = true}));
    CHECK(pixel_at(pixels, 4) == Pixel{102, 51, 0, 128});
    REQUIRE(world.rgba(pixels, {.order = PixelOrder::bgra}));
    CHECK(pixel_at(pixels, 4) == Pixel{0, 102, 204, 128});
    REQUIRE(world.rgba(pixels, {.order = PixelOrder::argb}));
    CHECK(pixel_at(pixels, 4) == Pixel{128, 204, 102, 0});
    REQUIRE(world.rgba(pixels, {.order = PixelOrder::abgr}));
    CHECK(pixel_at(pixels, 4) == Pixel{128, 0, 102, 204});
    // As in the article: 1 - alpha + rgb, over white.
    REQUIRE(world.rgba(pixels, {.background = Colour{}}));
    CHECK(pixel_at(pixels, 0) == Pixel{255, 255, 255, 255});
    CHECK(pixel_at(pixels, 4) == Pixel{230, 179, 102, 255});
    REQUIRE(world.rgba(pixels, {.background = Colour{10, 20, 30}}));
    CHECK(pixel_at(pixels, 0) == Pixel{10, 20, 30, 255});
}

TEST_CASE("rgba respects the stride and refuses memory that is too small") {
    const World world = random_world();
    constexpr std::size_t stride = 32 * 4 + 12;
    std::vector<std::uint8_t> tight(24 * 32 * 4);
    std::vector<std::uint8_t> pitched(24 * stride - 12, 99);
    REQUIRE(world.rgba(tight));
    REQUIRE(world.rgba(pitched, {.stride = stride}));
    for (std::size_t y = 0; y < 24; ++y) {
        CHECK(std::equal(tight.begin() + static_cast<std::ptrdiff_t>(y * 32 * 4),
                         tight.begin() + static_cast<std::ptrdiff_t>((y + 1) * 32 * 4),
                         pitched.begin() + static_cast<std::ptrdiff_t>(y * stride)));
        if (y < 23) CHECK(pitched[y * stride + 32 * 4] == 99);
    }
    std::vector<std::uint8_t> small(24 * 32 * 4 - 1, 5);
    CHECK_FALSE(world.rgba(small));
    CHECK_FALSE(world.rgba(tight, {.stride = 32 * 4 - 1}));
    CHECK_FALSE(world.rgba(tight, {.stride = stride}));
    CHECK_FALSE(world.rgba(tight, {.stride = std::numeric_limits<std::size_t>::max()}));
    CHECK_FALSE(world.rgba({}));
    CHECK(std::all_of(small.begin(), small.end(), [](std::uint8_t byte) { return byte == 5; }));
}

TEST_CASE("a rule without life is drawn as in the texture article, and custom colours work") {
    using Texture = Rule<Channels<12>, Mlp<8>, NoLife>;
    Simulation<Texture, 2, 2> world{Texture{}};
    std::array<float, 12> cell{};
    cell[0] = 0.5F;
    cell[1] = -0.5F;
    world.paint(0.5, cell, 1, 1);
    std::vector<std::uint8_t> pixels(16);
    REQUIRE(world.rgba(pixels));
    CHECK(pixel_at(pixels, 12) == Pixel{255, 0, 128, 255});
    CHECK(pixel_at(pixels, 0) == Pixel{128, 128, 128, 255});
    REQUIRE(world.rgba(pixels, {}, [](const float* values) { return CellColour{values[0], 0.0F, 0.0F, 1.0F}; }));
    CHECK(pixel_at(pixels, 12) == Pixel{128, 0, 0, 255});
    CHECK(pixel_at(pixels, 0) == Pixel{0, 0, 0, 255});
}

TEST_CASE("a restored snapshot reproduces the trajectory, with its options and random numbers") {
    World world = random_world(5);
    world.step(3);
    auto options = world.options();
    options.fire_rate = 0.75;
    options.angle = 0.3;
    options.boundary = Boundary::torus;
    world.set_options(options);
    const auto snapshot = world.snapshot();
    world.step(10);
    world.erase(6.0, 12, 12);
    world.step(10);
    const std::uint64_t end = world.hash();

    world.step(5);
    world.set_options({});
    REQUIRE(world.restore(snapshot));
    CHECK(world.steps() == 3);
    CHECK(world.options().angle == 0.3);
    world.step(10);
    world.erase(6.0, 12, 12);
    world.step(10);
    CHECK(world.hash() == end);

    // Another simulation of the same rule accepts it; one with other extents refuses it.
    World other{world.rule(), 77};
    REQUIRE(other.restore(snapshot));
    other.step(10);
    other.erase(6.0, 12, 12);
    other.step(10);
    CHECK(other.hash() == end);
    Simulation<Growing, Dynamic, Dynamic> wrong{borrow(world.rule()), Extents<Dynamic, Dynamic>{{24, 31}}};
    CHECK_FALSE(wrong.restore(snapshot));
    CHECK(wrong.steps() == 0);
}

TEST_CASE("the hash depends on the values and not on which zero cells are occupied") {
    World a = random_world(1);
    World b = random_world(2);
    CHECK(a.hash() == b.hash());
    a.step();
    b.step();
    CHECK(a.hash() != b.hash());
    b.load(a.state());
    CHECK(a.hash() == b.hash());
    const std::uint64_t before = b.hash();
    b.paint(0.5, World::Cell{}, 0, 0);
    World c = random_world(1);
    c.step();
    c.erase(0.5, 0, 0);
    CHECK(b.hash() == c.hash());
    CHECK((before == b.hash()) == (a.state()(0, 0)[0] == 0.0F && a.state()(0, 0)[3] == 0.0F));
    // The same values shifted by one cell.
    World left{Growing{}};
    World right{Growing{}};
    left.plant(5, 5);
    right.plant(6, 5);
    CHECK(left.hash() != right.hash());
}

TEST_CASE("one angle per cell: a constant field equals the common angle, and each cell has its own rotation") {
    World common = random_world(3);
    auto options = common.options();
    options.fire_rate = 1.0;
    common.set_options(options);
    World field = common;
    World split = common;
    World shifted = common;
    World plain = common;

    options.angle = 0.5;
    common.set_options(options);
    const std::vector<float> constant(24 * 32, 0.5F);
    REQUIRE(field.set_angles(constant));
    std::vector<float> halves(24 * 32, 0.0F);
    for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = i % 32 < 16 ? 0.0F : 0.5F;
    REQUIRE(split.set_angles(halves));
    // The field adds to the common angle.
    options.angle = 0.25;
    shifted.set_options(options);
    REQUIRE(shifted.set_angles(std::vector<float>(24 * 32, 0.25F)));
    for (World* world : {&common, &field, &split, &shifted, &plain}) world->step();

    const auto difference = [](const World& a, const World& b, int first, int last) {
        const auto x = a.state();
        const auto y = b.state();
        float most = 0.0F;
        for (int row = 0; row < 24; ++row) {
            for (int column = first; column < last; ++column) {
                for (std::size_t c = 0; c < 16; ++c) {
                    most = std::max(most, std::abs(x(row, column)[c] - y(row, column)[c]));
                }
            }
        }
        return most;
    };
    CHECK(difference(common, field, 0, 32) < 1e-6F);
    CHECK(difference(common, shifted, 0, 32) < 1e-5F);
    CHECK(difference(common, plain, 0, 32) > 1e-2F);
    // Cells at the seam may differ: whether they live depends on neighbours with another rotation.
    CHECK(difference(split, plain, 0, 14) < 1e-6F);
    CHECK(difference(split, common, 18, 32) < 1e-6F);

    field.clear_angles();
    plain.load(field.state());
    field.step();
    plain.step();
    CHECK(difference(field, plain, 0, 32) == 0.0F);
}

TEST_CASE("an angle field of the wrong size or with NaN is refused") {
    World world = random_world();
    const std::uint64_t before = world.hash();
    const auto small = world.set_angles(std::vector<float>(10));
    REQUIRE_FALSE(small);
    CHECK(small.error().message == "the angle field has 10 angles, but the grid has 768 cells");
    std::vector<float> angles(24 * 32);
    angles[3] = std::numeric_limits<float>::infinity();
    CHECK_FALSE(world.set_angles(angles));
    CHECK(world.hash() == before);
}

TEST_CASE("a state of other run-time extents is refused") {
    using Free = Simulation<Growing, Dynamic, Dynamic>;
    Free world{Growing{}, Free::Shape{{8, 9}}};
    world.plant(4, 4);
    const std::uint64_t before = world.hash();
    Grid<float, 16, Dynamic, Dynamic> other{Extents<Dynamic, Dynamic>{{9, 8}}};
    CHECK_FALSE(world.load(other));
    CHECK_FALSE(world.store(other));
    CHECK(world.hash() == before);
    Grid<float, 16, 8, 9> same;
    CHECK(world.store(same));
    CHECK(world.load(same));
    CHECK(world.hash() == before);
}

TEST_CASE("a simulation works in the caller's memory, whatever its alignment") {
    const Growing rule = tests::random_rule<Growing>(3);
    World own{borrow(rule), 5};
    const Reserve reserve{.concurrency = 2, .angles = true};
    const std::size_t needed = World::memory_needed({}, reserve);
    std::vector<std::byte> memory(needed + 3, std::byte{0xAB});
    const auto start = tests::random_state<Growing>(24 * 32, 9);
    for (const std::size_t shift : {std::size_t{0}, std::size_t{3}}) {
        World lent{borrow(rule), {}, 5, {2, true, std::span{memory}.subspan(shift, needed)}};
        REQUIRE(lent.set_angles(std::vector<float>(24 * 32, 0.0F)));
        lent.clear_angles();
        own = World{borrow(rule), 5};
        for (World* world : {&own, &lent}) {
            world->load(GridView<const float, 16, 24, 32>{start.data(), {}});
            world->step(20);
        }
        CHECK(own.hash() == lent.hash());
    }
    CHECK(std::all_of(memory.begin() + static_cast<std::ptrdiff_t>(needed) + 3, memory.end(),
                      [](std::byte byte) { return byte == std::byte{0xAB}; }));
}

TEST_CASE("copied and moved simulations are independent") {
    World a = random_world(4);
    World copy = a;
    a.step(5);
    const std::uint64_t ahead = a.hash();
    World moved = std::move(a);
    CHECK(moved.hash() == ahead);
    CHECK(copy.hash() != ahead);
    copy.step(5);
    CHECK(copy.hash() == ahead);
    moved.step();
    copy.step();
    CHECK(moved.hash() == copy.hash());
}

TEST_CASE("advance stays within its time budget") {
    using namespace std::chrono_literals;
    World world = random_world(4);
    CHECK(world.advance(0ms) == 0);
    CHECK(world.advance(-1s) == 0);
    CHECK(world.steps() == 0);
    CHECK(world.advance(1ns) == 1);
    int total = 1;
    int most = 0; // steps of one call: on a slow machine a short budget may allow one only
    for (auto budget = 20ms; most <= 1 && budget < 20s; budget *= 4) {
        const auto start = std::chrono::steady_clock::now();
        most = world.advance(budget);
        CHECK(std::chrono::steady_clock::now() - start < budget + 10s);
        total += most;
    }
    CHECK(most > 1);
    CHECK(world.steps() == static_cast<std::uint64_t>(total));
    World other = random_world(4);
    other.step(total);
    CHECK(other.hash() == world.hash());
}

TEST_CASE("a creature is unaffected by what happens in distant rows") {
    using Wide = Simulation<Growing, 64, 300>;
    const Growing rule = lizard::rule();
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::replicate, Boundary::reflect}) {
        for (const int y : {1, 30, 62}) {
            Wide alone{borrow(rule), 3};
            Wide crowded{borrow(rule), 3}; // life in every row, too far away to interact
            auto options = alone.options();
            options.boundary = boundary;
            for (Wide* world : {&alone, &crowded}) {
                world->set_options(options);
                world->plant(20, y);
            }
            for (int row = 0; row < 64; ++row) crowded.plant(150, row);
            for (int step = 0; step < 25; ++step) {
                alone.step();
                crowded.step();
                if (step == 12) {
                    alone.erase(3.0, 22, y);
                    crowded.erase(3.0, 22, y);
                }
            }
            const auto a = alone.state();
            const auto b = crowded.state();
            int different = 0;
            int alive = 0;
            for (int row = 0; row < 64; ++row) {
                for (int column = 0; column < 300; ++column) {
                    if (column >= 60 && column < 260) continue;
                    const auto x = a(row, column);
                    const auto z = b(row, column);
                    different += std::equal(x.begin(), x.end(), z.begin()) ? 0 : 1;
                    alive += x[3] != 0.0F ? 1 : 0;
                }
            }
            CHECK(different == 0);
            CHECK(alive > 50);
        }
    }
}

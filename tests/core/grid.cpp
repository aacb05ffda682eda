// SPDX-License-Identifier: Apache-2.0
#include <nca/core/extents.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/result.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

static_assert(nca::Extents<72, 72>::is_static && !nca::Extents<72, nca::Dynamic>::is_static);
static_assert(std::is_default_constructible_v<nca::Grid<float, 16, 8, 9>>);
static_assert(!std::is_default_constructible_v<nca::Grid<float, 16, nca::Dynamic, 9>>);
static_assert(nca::padded(1) == 16 && nca::padded(16) == 16 && nca::padded(17) == 32);

TEST_CASE("resolve() maps positions outside the grid according to the boundary") {
    using enum nca::Boundary;
    CHECK(nca::resolve(zero, -1, 5) == -1);
    CHECK(nca::resolve(zero, 5, 5) == -1);
    CHECK(nca::resolve(torus, -1, 5) == 4);
    CHECK(nca::resolve(torus, 5, 5) == 0);
    CHECK(nca::resolve(replicate, -1, 5) == 0);
    CHECK(nca::resolve(replicate, 5, 5) == 4);
    CHECK(nca::resolve(reflect, -1, 5) == 1);
    CHECK(nca::resolve(reflect, 5, 5) == 3);
    CHECK(nca::resolve(reflect, -1, 1) == 0);
    for (const nca::Boundary b : {zero, torus, replicate, reflect}) CHECK(nca::resolve(b, 3, 5) == 3);
}

TEST_CASE("cells of a grid are row-major with contiguous channels") {
    nca::Grid<float, 3, nca::Dynamic, 4> grid{nca::Extents<nca::Dynamic, 4>{{2, 4}}};
    grid(1, 2)[1] = 5.0F;
    CHECK(grid.values()[(1 * 4 + 2) * 3 + 1] == 5.0F);
    CHECK(grid.values().size() == 2 * 4 * 3);
    CHECK(grid.extents().rows() == 2);
    CHECK(grid.extents().columns() == 4);
}

TEST_CASE("a new grid is zero, and a copy is deep") {
    nca::Grid<double, 2, 3, 3> grid;
    for (const double v : grid.values()) CHECK(v == 0.0);
    nca::Grid<double, 2, 3, 3> copy = grid;
    copy(0, 0)[0] = 1.0;
    CHECK(grid(0, 0)[0] == 0.0);
}

TEST_CASE("an arena hands out aligned memory and reuses it after clear and rewind") {
    nca::Arena arena;
    (void)arena.take<char>(3);
    const auto mark = arena.mark();
    float* const first = arena.take<float>(100);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % nca::block_alignment == 0);
    arena.rewind(mark);
    CHECK(arena.take<float>(100) == first);
    (void)arena.take<float>(3000000);
    const std::size_t capacity = arena.capacity();
    for (int round = 0; round < 3; ++round) {
        arena.clear();
        (void)arena.take<char>(3);
        (void)arena.take<float>(100);
        (void)arena.take<float>(3000000);
    }
    CHECK(arena.capacity() == capacity);
}

TEST_CASE("a result is a value or an error") {
    const nca::Result<int> good{3};
    CHECK(good.ok());
    CHECK(*good == 3);
    const nca::Result<int> bad{nca::Error{"no"}};
    CHECK(!bad);
    CHECK(bad.error().message == "no");
    CHECK(nca::Result<void>{}.ok());
    CHECK(!nca::Result<void>{nca::Error{"x"}});
}

TEST_CASE("value_or() returns the value, or the fallback on failure") {
    CHECK(nca::Result<int>{3}.value_or(5) == 3);
    CHECK(nca::Result<int>{nca::Error{"no"}}.value_or(5) == 5);
    const nca::Result<std::string> bad{nca::Error{"no"}};
    CHECK(bad.value_or("fallback") == "fallback");
    nca::Result<std::unique_ptr<int>> moved{std::make_unique<int>(7)};
    CHECK(*std::move(moved).value_or(nullptr) == 7);
}

TEST_CASE("and_then() continues with the value and passes errors on") {
    const auto half = [](int value) -> nca::Result<double> {
        if (value % 2 != 0) return nca::Error{"odd"};
        return value / 2.0;
    };
    const nca::Result<int> four{4};
    CHECK(four.and_then(half).value_or(0.0) == 2.0);
    CHECK(nca::Result<int>{3}.and_then(half).error().message == "odd");
    CHECK(nca::Result<int>{nca::Error{"missing"}}.and_then(half).error().message == "missing");
    const auto unpack = [](std::unique_ptr<int> value) { return nca::Result<int>{*value}; };
    CHECK(nca::Result<std::unique_ptr<int>>{std::make_unique<int>(7)}.and_then(unpack).value_or(0) == 7);
}

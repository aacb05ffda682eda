// SPDX-License-Identifier: Apache-2.0
#include <nca/train/sample_pool.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

TEST_CASE("a draw holds distinct slots, and all slots are drawn equally often") {
    const nca::SamplePool<float> pool{20, {}};
    std::vector<int> hits(20);
    for (std::uint32_t round = 0; round < 5000; ++round) {
        const auto drawn = pool.draw(8, nca::Philox{1}.split(round));
        REQUIRE(std::set<int>(drawn.begin(), drawn.end()).size() == 8);
        for (const int slot : drawn) ++hits[static_cast<std::size_t>(slot)];
    }
    for (const int h : hits) CHECK(std::abs(h - 2000) < 150);
}

TEST_CASE("a draw of the whole pool is a permutation") {
    const nca::SamplePool<float> pool{6, {}};
    auto drawn = pool.draw(6, nca::Philox{2});
    std::sort(drawn.begin(), drawn.end());
    CHECK(drawn == std::vector<int>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("cells saved from a field and loaded into another give the same field") {
    nca::Field<float, 5, 2> field{{4, 6}};
    for (int c = 0; c < 5; ++c) field.at(field.position(1, 2))[c] = static_cast<float>(c + 1);
    field.at(field.position(3, 5))[0] = 9.0F;
    field.occupied().set(1, 2);
    field.occupied().set(3, 5);
    nca::SparseState<float> cells;
    nca::save_cells(field, cells);
    CHECK(cells.count() == 2);
    CHECK(cells.values == std::vector<float>{1, 2, 3, 4, 5, 9, 0, 0, 0, 0});
    nca::Field<float, 5, 2> other{{4, 6}};
    other.at(other.position(0, 0))[1] = 7.0F;
    other.occupied().set(0, 0);
    nca::load_cells(cells, other);
    std::vector<float> a(4 * 6 * 5);
    std::vector<float> b(a);
    field.store(a.data());
    other.store(b.data());
    CHECK(a == b);
    CHECK(field.occupied() == other.occupied());
}

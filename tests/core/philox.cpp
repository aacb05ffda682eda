// SPDX-License-Identifier: Apache-2.0
#include <nca/core/fire_mask.hpp>
#include <nca/core/philox.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <vector>

TEST_CASE("Philox4x32-10 matches the known-answer tests of Random123") {
    CHECK(nca::philox4x32({0, 0, 0, 0}, 0) == nca::PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(nca::philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff) ==
          nca::PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(nca::philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
          nca::PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform numbers have the mean and variance of the uniform distribution") {
    const nca::Philox random{42};
    double sum = 0.0;
    double squares = 0.0;
    constexpr int count = 100000;
    for (std::uint64_t i = 0; i < count; ++i) {
        const double u = random.uniform(i);
        REQUIRE(u >= 0.0);
        REQUIRE(u < 1.0);
        sum += u;
        squares += u * u;
    }
    CHECK(sum / count == doctest::Approx(0.5).epsilon(0.005));
    CHECK(squares / count - (sum / count) * (sum / count) == doctest::Approx(1.0 / 12.0).epsilon(0.01));
}

TEST_CASE("normal numbers have mean 0 and variance 1") {
    const nca::Philox random{7};
    double sum = 0.0;
    double squares = 0.0;
    constexpr int count = 100000;
    for (std::uint64_t i = 0; i < count; ++i) {
        const double x = random.normal(i);
        sum += x;
        squares += x * x;
    }
    CHECK(std::abs(sum / count) < 0.01);
    CHECK(squares / count == doctest::Approx(1.0).epsilon(0.02));
}

TEST_CASE("below() is uniform over its range") {
    const nca::Philox random{3};
    std::vector<int> hits(7);
    for (std::uint64_t i = 0; i < 70000; ++i) ++hits[random.below(i, 7)];
    for (const int h : hits) CHECK(std::abs(h - 10000) < 500);
}

TEST_CASE("streams and splits of one seed differ from each other") {
    const nca::Philox a{1, 0};
    CHECK(a.block(0) != nca::Philox{1, 1}.block(0));
    CHECK(a.block(0) != nca::Philox{2, 0}.block(0));
    CHECK(a.split(1).block(0) != a.split(2).block(0));
    CHECK(a.split(1, 2).block(0) != a.split(2, 1).block(0));
    CHECK(a.split(5).block(9) == nca::Philox{1, 0}.split(5).block(9));
}

TEST_CASE("a fire mask equals the decisions computed cell by cell") {
    const nca::Philox random{11, 3};
    const nca::FireMask mask{random, 17, 0.3};
    const auto limit = static_cast<std::uint32_t>(std::llround(0.3 * 4294967296.0));
    for (const int row : {0, 5, 1000}) {
        for (const int word : {0, 1, 9}) {
            const std::uint64_t bits = mask.word(row, word);
            for (std::uint32_t bit = 0; bit < 64; ++bit) {
                const std::uint32_t column = static_cast<std::uint32_t>(word) * 64 + bit;
                const nca::PhiloxBlock block = nca::philox4x32(
                    {column / 4, static_cast<std::uint32_t>(row), 17, random.stream() ^ 0xF12EU}, random.key());
                REQUIRE(((bits >> bit) & 1U) == (block[column % 4] < limit ? 1U : 0U));
            }
        }
    }
}

TEST_CASE("cells fire at the given rate: always at 1, never at 0") {
    for (const double rate : {0.1, 0.5, 0.9}) {
        int fired = 0;
        for (int row = 0; row < 2000; ++row)
            fired += std::popcount(nca::FireMask{nca::Philox{1}, 0, rate}.word(row, 0));
        CHECK(fired / (2000.0 * 64.0) == doctest::Approx(rate).epsilon(0.02));
    }
    CHECK(nca::FireMask{nca::Philox{1}, 0, 1.0}.word(3, 4) == ~std::uint64_t{0});
    CHECK(nca::FireMask{nca::Philox{1}, 0, 0.0}.word(3, 4) == 0);
}

// SPDX-License-Identifier: Apache-2.0
#include <nca/core/philox.hpp>
#include <nca/image/sliced_transport.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace {

template <class T>
void check_argsort(int count, int kinds) {
    // Many equal numbers, both signs, zeros.
    std::vector<T> values;
    for (int i = 0; i < count; ++i) {
        values.push_back(static_cast<T>(static_cast<int>(nca::Philox{1}.below(static_cast<std::uint64_t>(i),
                                                                              static_cast<std::uint32_t>(kinds))) -
                                        kinds / 2) /
                         T(7));
    }
    std::vector<int> expected(values.size());
    std::iota(expected.begin(), expected.end(), 0);
    std::stable_sort(expected.begin(), expected.end(), [&](int a, int b) {
        return values[static_cast<std::size_t>(a)] < values[static_cast<std::size_t>(b)];
    });
    nca::image::Argsort<T> order;
    order.sort(values.data(), count);
    for (int k = 0; k < count; ++k) {
        REQUIRE(order.index(k) == expected[static_cast<std::size_t>(k)]);
        REQUIRE(order.value(k) == values[static_cast<std::size_t>(expected[static_cast<std::size_t>(k)])]);
    }
}

} // namespace

TEST_CASE("argsort equals a stable sort, for few and for many values") {
    for (const int count : {1, 2, 100, 1023, 1024, 5000}) {
        for (const int kinds : {3, 100, 1000000}) {
            check_argsort<float>(count, kinds);
            check_argsort<double>(count, kinds);
        }
    }
}

TEST_CASE("argsort orders infinities and subnormal numbers") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float tiny = std::numeric_limits<float>::denorm_min();
    const std::vector<float> sorted{-infinity, -1.0F, -tiny, 0.0F, tiny, 1.0F, infinity};
    for (const int copies : {1, 300}) {
        std::vector<float> values;
        for (int i = 0; i < copies; ++i) values.insert(values.end(), sorted.rbegin(), sorted.rend());
        nca::image::Argsort<float> order;
        order.sort(values.data(), static_cast<int>(values.size()));
        for (int k = 0; k < static_cast<int>(values.size()); ++k) {
            CHECK(order.value(k) == sorted[static_cast<std::size_t>(k / copies)]);
        }
    }
}

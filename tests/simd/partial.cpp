// SPDX-License-Identifier: Apache-2.0
// Registers of which memory holds only the first lanes.
#include <nca/simd/batch.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

using namespace nca;

TEST_CASE_TEMPLATE("of a register, any number of first lanes is loaded and stored, and nothing else", T, float,
                   double) {
    constexpr int lanes = Vec<T>::size;
    for (int count = 1; count <= lanes + 2; ++count) {
        CAPTURE(count);
        const int touched = count < lanes ? count : lanes;
        // Memory ends with the last value, so that a sanitizer sees what reads on.
        std::vector<T> values(static_cast<std::size_t>(touched));
        for (int i = 0; i < touched; ++i) values[static_cast<std::size_t>(i)] = static_cast<T>(i + 1);
        std::vector<T> loaded(static_cast<std::size_t>(lanes));
        store(loaded.data(), load_first(values.data(), count));
        for (int i = 0; i < lanes; ++i)
            CHECK(loaded[static_cast<std::size_t>(i)] == (i < count ? static_cast<T>(i + 1) : T(0)));

        std::vector<T> stored(static_cast<std::size_t>(2 * lanes), T(-1));
        store_first(stored.data(), load(loaded.data()), count);
        for (int i = 0; i < 2 * lanes; ++i) {
            CHECK(stored[static_cast<std::size_t>(i)] == (i < touched ? static_cast<T>(i + 1) : T(-1)));
        }
    }
}

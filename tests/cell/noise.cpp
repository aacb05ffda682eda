// SPDX-License-Identifier: Apache-2.0
#include <nca/cell/noise.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace nca;

constexpr int row_length = 300;

/// Unit noise on channels 1 to 19 of the first `count` positions: [count, 32].
std::vector<float> noise(int count, std::uint64_t seed = 7, std::uint32_t step = 3) {
    std::vector<std::int32_t> cells;
    for (int i = 0; i < count; ++i) cells.push_back(i);
    std::vector<float> updates(static_cast<std::size_t>(count) * 32);
    add_noise(1, 20, Philox{seed}, step, 1.0F, cells.data(), count, row_length, updates.data());
    return updates;
}

} // namespace

TEST_CASE("noise has the moments and the quantiles of the standard normal distribution") {
    const auto updates = noise(20000);
    std::vector<double> values;
    for (std::size_t i = 0; i < updates.size(); ++i) {
        if (i % 32 >= 1 && i % 32 < 20) values.push_back(static_cast<double>(updates[i]));
    }
    double moments[5] = {};
    for (const double v : values) {
        for (int k = 1; k <= 4; ++k) moments[k] += std::pow(v, k) / static_cast<double>(values.size());
    }
    // Four standard errors of 380,000 samples.
    CHECK(std::abs(moments[1]) < 0.0065);
    CHECK(std::abs(moments[2] - 1.0) < 0.0092);
    CHECK(std::abs(moments[3]) < 0.026);
    CHECK(std::abs(moments[4] - 3.0) < 0.064);
    std::sort(values.begin(), values.end());
    const auto quantile = [&](double p) {
        return values[static_cast<std::size_t>(p * static_cast<double>(values.size()))];
    };
    CHECK(quantile(0.5) == doctest::Approx(0.0).epsilon(0.01));
    CHECK(quantile(0.8413447) == doctest::Approx(1.0).epsilon(0.01));
    CHECK(quantile(0.0227501) == doctest::Approx(-2.0).epsilon(0.01));
    CHECK(quantile(0.9986501) == doctest::Approx(3.0).epsilon(0.03));
}

TEST_CASE("neighbouring channels, cells and steps are not correlated") {
    const auto a = noise(20000);
    const auto b = noise(20000, 7, 4);
    const auto c = noise(20000, 8, 3);
    double channel = 0.0;
    double cell = 0.0;
    double step = 0.0;
    double seed = 0.0;
    constexpr std::size_t count = 19000;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = i * 32 + 1 + i % 18;
        channel += static_cast<double>(a[at] * a[at + 1]) / count;
        cell += static_cast<double>(a[at] * a[at + 32]) / count;
        step += static_cast<double>(a[at] * b[at]) / count;
        seed += static_cast<double>(a[at] * c[at]) / count;
    }
    for (const double correlation : {channel, cell, step, seed}) CHECK(std::abs(correlation) < 4.0 / std::sqrt(count));
}

TEST_CASE("a cell's noise depends on nothing but the generator, the step, the cell and the channel") {
    const auto all = noise(1000);
    const std::vector<std::int32_t> some{5, 17, 18, 640, 999};
    std::vector<float> updates(some.size() * 32, 0.5F);
    add_noise(1, 20, Philox{7}, 3, 2.0F, some.data(), static_cast<int>(some.size()), row_length, updates.data());
    for (std::size_t i = 0; i < some.size(); ++i) {
        for (std::size_t c = 0; c < 32; ++c) {
            const float expected =
                c >= 1 && c < 20 ? 0.5F + 2.0F * all[static_cast<std::size_t>(some[i]) * 32 + c] : 0.5F;
            CHECK(static_cast<double>(updates[i * 32 + c]) ==
                  doctest::Approx(static_cast<double>(expected)).epsilon(1e-6));
        }
    }
}

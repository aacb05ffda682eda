// SPDX-License-Identifier: Apache-2.0
#include <nca/train/optimiser.hpp>
#include <nca/train/schedule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace nca;

TEST_CASE("a weight decay shrinks parameters that have no gradient by rate * decay per step") {
    std::array<double, 1> w{2.0};
    const std::array<double, 1> g{0.0};
    Adam<double> adam{1, {.decay = 0.1}};
    for (int i = 0; i < 3; ++i) adam.step(w, g, 0.5);
    CHECK(w[0] == doctest::Approx(2.0 * std::pow(1.0 - 0.5 * 0.1, 3)));
}

TEST_CASE("a weight decay is no part of the moments of Adam") {
    std::array<double, 1> w{2.0};
    std::array<double, 1> decayed{2.0};
    const std::array<double, 1> g{0.3};
    Adam<double> adam{1};
    Adam<double> adam_w{1, {.decay = 0.1}};
    adam.step(w, g, 0.01);
    adam_w.step(decayed, g, 0.01);
    CHECK(w[0] - decayed[0] == doctest::Approx(0.01 * 0.1 * 2.0));
}

TEST_CASE("gradient descent with momentum follows its recurrence") {
    std::array<double, 1> w{1.0};
    Sgd<double> sgd{1, {.momentum = 0.8}};
    double velocity = 0.0;
    double expected = 1.0;
    for (int t = 1; t <= 10; ++t) {
        const std::array<double, 1> g{std::sin(t)};
        velocity = 0.8 * velocity + g[0];
        expected -= 0.05 * velocity;
        sgd.step(w, g, 0.05);
        REQUIRE(w[0] == doctest::Approx(expected).epsilon(1e-12));
    }
    CHECK(sgd.steps() == 10);
}

TEST_CASE("a schedule of two drops changes its rate at the first iteration of each phase") {
    constexpr Schedule rate{.initial = 1e-3, .phases = {{{10, 1e-4}, {20, 1e-5}}}};
    static_assert(rate(0) == 1e-3 && rate(9) == 1e-3 && rate(10) == 1e-4 && rate(19) == 1e-4 && rate(20) == 1e-5);
    CHECK(rate(std::numeric_limits<std::int64_t>::max()) == 1e-5);
}

TEST_CASE("a triangular schedule rises and falls, half as high in every cycle") {
    constexpr Schedule rate = triangular2(1e-5, 1e-3, 2000);
    static_assert(rate(0) == 1e-5 && rate(4000) == 1e-5 && rate(8000) == 1e-5);
    const auto formula = [](std::int64_t iteration) {
        const auto i = static_cast<double>(iteration);
        const double k = std::floor(1.0 + i / 4000.0);
        return 1e-5 +
               (1e-3 - 1e-5) * std::max(0.0, 1.0 - std::abs(i / 2000.0 - 2.0 * k + 1.0)) / std::pow(2.0, k - 1.0);
    };
    CHECK(rate(2000) == doctest::Approx(1e-3));
    CHECK(rate(6000) == doctest::Approx(1e-5 + (1e-3 - 1e-5) / 2));
    CHECK(rate(49'000) == doctest::Approx(1e-5 + (1e-3 - 1e-5) / 2 / 4096));
    for (std::int64_t i = 0; i < 20'000; i += 7) REQUIRE(rate(i) == doctest::Approx(formula(i)).epsilon(1e-12));
    CHECK(rate(std::numeric_limits<std::int64_t>::max()) == 1e-5);
}

TEST_CASE("a schedule of one's own is any function of the iteration") {
    const Schedule rate{.custom = [](std::int64_t iteration) { return 1.0 / static_cast<double>(1 + iteration); },
                        .name = "harmonic"};
    CHECK(rate(0) == 1.0);
    CHECK(rate(3) == 0.25);
}

TEST_CASE("the text of a schedule tells every two schedules apart") {
    CHECK(drop_after(2000).text() != drop_after(2001).text());
    CHECK(drop_after(2000).text() != drop_after(2000, 1e-3).text());
    CHECK(Schedule{.initial = 1e-9}.text() != Schedule{.initial = 2e-9}.text());
    CHECK(Schedule{.warm_up = 10}.text() != Schedule{.warm_up = 11}.text());
    CHECK(decay_to_zero(1000, 1e-3).text() != decay_to_zero(1001, 1e-3).text());
    CHECK(triangular2(1e-5, 1e-3, 2000).text() != triangular2(1e-5, 1e-3, 2001).text());
    CHECK(triangular2(1e-5, 1e-3, 2000).text() != triangular2(1e-5, 2e-3, 2000).text());
    CHECK(triangular2(1e-5, 1e-3, 2000).text() != triangular2(2e-5, 1e-3, 2000).text());
    CHECK(Schedule{.decay_from = 3, .decay_until = 9}.text() != Schedule{.decay_from = 4, .decay_until = 9}.text());
}

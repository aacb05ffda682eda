// SPDX-License-Identifier: Apache-2.0
#include <nca/cell/rule.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/running_mean.hpp>
#include <nca/train/schedule.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <span>
#include <vector>

using namespace nca;

TEST_CASE("the first step of Adam has the length of the learning rate against the sign of the gradient") {
    std::array<double, 3> w{1.0, 1.0, 1.0};
    const std::array<double, 3> g{0.5, -2.0, 0.0};
    Adam<double> adam{3};
    adam.step(w, g, 0.01);
    CHECK(w[0] == doctest::Approx(0.99).epsilon(1e-5));
    CHECK(w[1] == doctest::Approx(1.01).epsilon(1e-5));
    CHECK(w[2] == 1.0);
}

TEST_CASE("Adam follows its recurrence in the form of Keras") {
    std::array<double, 1> w{0.3};
    Adam<double> adam{1};
    double m = 0.0;
    double v = 0.0;
    double expected = 0.3;
    for (int t = 1; t <= 20; ++t) {
        const double g = std::sin(t);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        expected -= 2e-3 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) + 1e-7);
        const std::array<double, 1> gradient{g};
        adam.step(w, gradient, 2e-3);
        REQUIRE(w[0] == doctest::Approx(expected).epsilon(1e-12));
    }
}

TEST_CASE("normalisation gives every variable a gradient of length one") {
    using R = Rule<Channels<3>, Mlp<5>>;
    std::vector<float> g(R::block_size);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] = static_cast<float>(i % 7) - 3.0F;
    normalise_variables<R>(std::span<float>{g});
    for (const auto& layer : R::layers) {
        const auto columns = static_cast<std::size_t>(layer.stride());
        const std::span<const float> all{g};
        CHECK(norm(all.subspan(layer.weight, static_cast<std::size_t>(layer.inputs) * columns)) ==
              doctest::Approx(1.0));
        CHECK(norm(all.subspan(layer.bias, columns)) == doctest::Approx(1.0));
    }
}

TEST_CASE("normalisation of layers gives weights and biases together a gradient of length one") {
    using R = Rule<Channels<3>, Mlp<5>>;
    std::vector<float> g(R::block_size);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] = static_cast<float>(i % 7) - 3.0F;
    const std::vector<float> before = g;
    normalise_layers<R>(std::span<float>{g});
    for (const auto& layer : R::layers) {
        const auto columns = static_cast<std::size_t>(layer.stride());
        const std::span<const float> all{g};
        const double weights = norm(all.subspan(layer.weight, static_cast<std::size_t>(layer.inputs) * columns));
        const double biases = norm(all.subspan(layer.bias, columns));
        CHECK(std::hypot(weights, biases) == doctest::Approx(1.0));
        CHECK(static_cast<double>(g[layer.bias] / g[layer.weight]) ==
              doctest::Approx(static_cast<double>(before[layer.bias] / before[layer.weight])));
    }
}

TEST_CASE("a gradient of zero stays zero") {
    std::vector<float> g(4, 0.0F);
    normalise(std::span<float>{g});
    for (const float v : g) CHECK(v == 0.0F);
}

TEST_CASE("the learning rate drops after iteration 2000, as published") {
    constexpr Schedule rate = drop_after(2000);
    static_assert(rate(0) == 2e-3 && rate(2000) == 2e-3 && rate(2001) == 2e-3 * 0.1);
    CHECK(rate(8000) == doctest::Approx(2e-4));
}

TEST_CASE("the running mean starts with the first values, and forgets what is older than its window") {
    std::array<double, 2> mean{7.0, 7.0};
    const std::array<double, 2> early{1.0, -2.0};
    update_running_mean(std::span<double>{mean}, std::span<const double>{early}, 0, 10);
    CHECK(mean == early);
    const std::array<double, 2> late{3.0, 4.0};
    update_running_mean(std::span<double>{mean}, std::span<const double>{late}, 4, 10); // n = 2
    CHECK(mean == std::array{2.0, 1.0});
    update_running_mean(std::span<double>{mean}, std::span<const double>{late}, 1000, 10);
    CHECK(mean[0] == doctest::Approx(2.1));
    for (int i = 1001; i < 1100; ++i)
        update_running_mean(std::span<double>{mean}, std::span<const double>{late}, i, 10);
    CHECK(mean[0] == doctest::Approx(3.0).epsilon(1e-4));
}

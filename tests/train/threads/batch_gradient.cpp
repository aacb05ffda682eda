// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/rollout.hpp>

#include <doctest/doctest.h>

#include <array>
#include <common/rules.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

TEST_CASE("the gradient of a batch does not depend on the executor") {
    using namespace nca;
    using R = growing::Rule<>;
    R rule = tests::random_rule<R>(1, 0.3);
    const auto start = tests::random_state<R>(24 * 24, 2);
    const GridView<const float, 16, 24, 24> grid{start.data(), Extents<24, 24>{}};
    const auto compute = [&](auto& executor) {
        BatchGradient<R> batch{5, executor};
        double loss = 0.0;
        for (int round = 0; round < 2; ++round) {
            loss = batch.compute(rule, [&](Tape& tape, const Weights<R>& weights, int sample) {
                const auto last = rollout(weights, constant_state<R>(tape, grid), 6 + sample,
                                          Philox{5, static_cast<std::uint32_t>(sample)});
                return mean(square(rgba(last)));
            });
        }
        std::vector<float> result(batch.gradient().begin(), batch.gradient().end());
        result.push_back(static_cast<float>(loss));
        return result;
    };
    SerialExecutor serial;
    ThreadPool two{2};
    ThreadPool five{5};
    const auto expected = compute(serial);
    CHECK(compute(two) == expected);
    CHECK(compute(five) == expected);
}

TEST_CASE("the largest samples of a batch run first, and the gradient does not depend on the order") {
    using namespace nca;
    using R = growing::Rule<>;
    R rule = tests::random_rule<R>(1, 0.3);
    const auto start = tests::random_state<R>(24 * 24, 2);
    const GridView<const float, 16, 24, 24> grid{start.data(), Extents<24, 24>{}};
    SerialExecutor serial;
    BatchGradient<R> batch{4, serial};
    std::vector<int> order;
    const auto record = [&](Tape& tape, const Weights<R>& weights, int sample) {
        order.push_back(sample);
        const auto last =
            rollout(weights, constant_state<R>(tape, grid), 2 + sample, Philox{5, static_cast<std::uint32_t>(sample)});
        return mean(square(rgba(last)));
    };
    const double loss = batch.compute(rule, record);
    CHECK(order == std::vector{0, 1, 2, 3});
    const std::vector<float> gradient(batch.gradient().begin(), batch.gradient().end());

    order.clear();
    constexpr std::array<int, 4> cells{9, 400, 380, 400};
    CHECK(batch.compute(rule, record, [&](int sample) { return cells[static_cast<std::size_t>(sample)]; }) == loss);
    CHECK(order == std::vector{1, 3, 2, 0});
    CHECK(std::vector<float>(batch.gradient().begin(), batch.gradient().end()) == gradient);
}

// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/rollout.hpp>

#include <doctest/doctest.h>

#include <common/rules.hpp>
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

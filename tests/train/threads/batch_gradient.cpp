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

namespace {

using namespace nca;
using R = growing::Rule<>;

auto random_start() {
    return tests::random_state<R>(24 * 24, 2);
}
/// The loss of a sample after some steps of its own from one state.
Var loss_of(Tape& tape, const Weights<R>& weights, const auto& start, int sample, int steps) {
    const GridView<const float, 16, 24, 24> grid{start.data(), Extents<24, 24>{}};
    const auto last =
        rollout(weights, constant_state<R>(tape, grid), steps, Philox{5, static_cast<std::uint32_t>(sample)});
    return mean(square(rgba(last)));
}

} // namespace

TEST_CASE("the gradient of a batch does not depend on the executor") {
    R rule = tests::random_rule<R>(1, 0.3);
    const auto start = random_start();
    const auto compute = [&](auto& executor) {
        BatchGradient<R> batch{5, executor};
        double loss = 0.0;
        for (int round = 0; round < 2; ++round) {
            loss = batch.compute(rule, [&](Tape& tape, const Weights<R>& weights, int sample) {
                return loss_of(tape, weights, start, sample, 6 + sample);
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
    R rule = tests::random_rule<R>(1, 0.3);
    const auto start = random_start();
    SerialExecutor serial;
    BatchGradient<R> batch{4, serial};
    std::vector<int> order;
    const auto record = [&](Tape& tape, const Weights<R>& weights, int sample) {
        order.push_back(sample);
        return loss_of(tape, weights, start, sample, 2 + sample);
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

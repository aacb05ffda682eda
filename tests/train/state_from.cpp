// SPDX-License-Identifier: Apache-2.0
// States that pass into tensors and back between two steps.
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/rollout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <vector>

namespace {

using namespace nca;
using Living = Rule<Channels<6>, Mlp<8>, Alive<3>, FireRate<1, 2>, Scalar<double>>;
using Line = Rule<Channels<4>, Dimensions<1>, Perception<Identity, SobelX>, Mlp<8>, Torus, Scalar<double>>;

/// An operation between two steps, on all values of a state.
template <class R>
State<R> changed(const State<R>& state) {
    const auto x = first_channels(state, R::channels);
    return state_from<R>(x * x + 0.5 * x);
}

template <class R>
auto grid_of(std::vector<double>& values) {
    if constexpr (R::rank == 1) {
        return GridView<double, R::channels, 7>{values.data(), {}};
    } else {
        return GridView<double, R::channels, 5, 6>{values.data(), {}};
    }
}

template <class R>
BasicVar<double> loss_of(const Weights<R>& weights, const State<R>& first) {
    const State<R> between = changed(rollout(weights, first, 2, Philox{3}));
    return mean(square(first_channels(rollout(weights, between, 2, Philox{3}, 2), R::channels)));
}

} // namespace

TEST_CASE_TEMPLATE("the gradient of the parameters through a state made of a tensor agrees with central differences", R,
                   Living, Line) {
    R rule = tests::random_rule<R>(1);
    auto values = tests::random_state<R>(R::rank == 1 ? 7 : 30, 2);
    const std::vector<double> block(rule.parameters().begin(), rule.parameters().end());
    const auto result = check_gradient(Shape{static_cast<int>(block.size())}, block,
                                       [&](BasicTape<double>& tape, const BasicVar<double>& w) {
                                           return loss_of(Weights<R>{w}, constant_state<R>(tape, grid_of<R>(values)));
                                       });
    CHECK(result.worst < 1e-6);
}

TEST_CASE("the gradient of a tensor that becomes a state agrees with central differences") {
    using R = Line;
    R rule = tests::random_rule<R>(1);
    const auto values = tests::random_state<R>(7, 2, 0.0);
    const auto result =
        check_gradient(Shape{7, R::channels}, values, [&](BasicTape<double>& tape, const BasicVar<double>& x) {
            return loss_of(frozen_parameters(tape, rule), state_from<R>(x));
        });
    CHECK(result.worst < 1e-6);
}

TEST_CASE("a state that passes through a tensor unchanged takes the same next steps") {
    using R = Living;
    R rule = tests::random_rule<R>(1);
    auto values = tests::random_state<R>(30, 2);
    BasicTape<double> tape;
    const Weights<R> weights = parameters(tape, rule);
    const State<R> state = rollout(weights, constant_state<R>(tape, grid_of<R>(values)), 2, Philox{3});
    const State<R> through = state_from<R>(first_channels(state, R::channels));
    std::vector<double> direct(values.size());
    std::vector<double> indirect(values.size());
    rollout(weights, state, 3, Philox{4}).store(direct.data());
    rollout(weights, through, 3, Philox{4}).store(indirect.data());
    CHECK(std::any_of(direct.begin(), direct.end(), [](double v) { return v != 0.0; }));
    CHECK(direct == indirect);
}

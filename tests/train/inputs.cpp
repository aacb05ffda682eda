// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#include "common/rollout_checks.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

using Guided = Rule<Channels<7>, DepthwisePerception<3>, Mlp<24, 16>, NoOutputBias, Alive<3>, ClampState<1>,
                    AddedInputs<3>, Scalar<double>>;
using Everywhere = Rule<Channels<5>, Mlp<20>, Torus, AddedInputs<5>, Scalar<double>>;
using Conditioned = Rule<Channels<6>, Mlp<20>, Alive<3>, PerceivedInputs<4>, Scalar<double>>;
using Digits =
    Rule<Channels<6>, Frozen<1>, LearnedPerception, Mlp<18>, AliveWhere<0>, Reflect, AddedInputs<2>, Scalar<double>>;

template <class R>
std::vector<double> random_inputs(bool for_each) {
    const int cells = for_each ? small_grid<R>()[0] * small_grid<R>()[1] : 1;
    std::vector<double> inputs;
    for (int i = 0; i < cells * R::InputPolicy::count; ++i) {
        inputs.push_back(0.7 * Philox{9}.normal(static_cast<std::uint64_t>(i)));
    }
    return inputs;
}

/// The loss of four steps and its gradients with respect to inputs, parameters and the first state.
struct Found {
    double loss = 0.0;
    std::vector<double> inputs{}, weights{}, state{};
};

template <class Keep, class R>
Found fused_with(R& rule, const std::vector<double>& start, const std::vector<double>& inputs) {
    BasicTape<double> tape;
    const auto weights = parameters(tape, rule);
    const auto first = variable_state<R>(tape, grid_view<R>(start));
    const auto told = tape.variable(Shape{static_cast<int>(inputs.size())}, inputs);
    const auto x = first_channels(rollout<Keep>(weights, first, 4, Philox{3}, 0, {}, &told), R::channels);
    const auto loss = mean(square(x - tape.constant(x.shape(), std::vector<double>(x.value().size(), 0.1))));
    tape.backward(loss);
    Found found{loss.item()};
    found.inputs.assign(told.gradient().begin(), told.gradient().end());
    found.weights.assign(weights.gradient().begin(), weights.gradient().end());
    found.state.resize(start.size());
    first.store_gradient(found.state.data());
    return found;
}

template <class R>
Found plain_with(const R& rule, const std::vector<double>& start, const std::vector<double>& inputs) {
    BasicTape<double> tape;
    const auto weights = plain_parameters(tape, rule);
    const auto first = tape.variable(shape_of<R>(small_grid<R>()), start);
    const auto told = tape.variable(Shape{static_cast<int>(inputs.size())}, inputs);
    auto x = first;
    for (std::uint64_t t = 0; t < 4; ++t) {
        x = plain_step<R>(weights, x, FireMask{Philox{3}, t, R::fire_rate}, {}, &told);
    }
    const auto loss = mean(square(x - tape.constant(x.shape(), std::vector<double>(x.value().size(), 0.1))));
    tape.backward(loss);
    Found found{loss.item()};
    found.inputs.assign(told.gradient().begin(), told.gradient().end());
    found.state.assign(first.gradient().begin(), first.gradient().end());
    return found;
}

template <class R>
void check_inputs(bool for_each) {
    R rule = random_rule<R>(1, 0.8);
    const auto start = small_state<R>(2);
    const auto inputs = random_inputs<R>(for_each);
    const Found fused = fused_with<keep_states>(rule, start, inputs);
    const Found plain = plain_with(rule, start, inputs);
    CHECK(fused.loss == doctest::Approx(plain.loss).epsilon(1e-12));
    CHECK(relative_difference(fused.inputs, plain.inputs) < 1e-11);
    CHECK(relative_difference(fused.state, plain.state) < 1e-11);
    for (const Found& other :
         {fused_with<keep_all>(rule, start, inputs), fused_with<keep_every<3>>(rule, start, inputs)}) {
        CHECK(other.loss == fused.loss);
        CHECK(other.inputs == fused.inputs);
        CHECK(other.weights == fused.weights);
        CHECK(other.state == fused.state);
    }
}

} // namespace

TEST_CASE_TEMPLATE("inputs of cells have the gradient of the plain composition", R, Guided, Everywhere, Conditioned,
                   Digits) {
    SUBCASE("one vector for all cells") {
        check_inputs<R>(false);
    }
    SUBCASE("a vector for each cell") {
        check_inputs<R>(true);
    }
}

TEST_CASE_TEMPLATE(
    "learned filters and a clamped state have the gradient of the plain composition", R, Guided,
    Rule<Channels<18>, DepthwisePerception<5>, Mlp<24>, Torus, Scalar<double>>,
    Rule<Channels<5>, Dimensions<3>, DepthwisePerception<3>, Mlp<20>, NoOutputBias, Alive<1>, Scalar<double>>) {
    check_against_plain<R>({}, 1e-10);
    check_against_differences<R>({}, 3);
}

TEST_CASE("cells that are told nothing are told zeros") {
    using R = Conditioned;
    R rule = random_rule<R>(1, 0.8);
    const auto start = small_state<R>(2);
    const std::vector<double> zeros(4);
    CHECK(fused_with<keep_states>(rule, start, zeros).loss ==
          doctest::Approx(fused(rule, start, 4, StepOptions<R>{}).loss).epsilon(1e-15));
}

TEST_CASE("a simulation told each cell the same equals one told all cells at once") {
    using R = Everywhere::Rebind<float>;
    const R rule = random_rule<R>(1, 0.8);
    Simulation<R, 12, 14> one{rule, 5};
    Simulation<R, 12, 14> each{rule, 5};
    const std::vector<float> goal{0.3F, -0.5F, 1.0F, 0.0F, 0.7F};
    std::vector<float> goals;
    for (int cell = 0; cell < 12 * 14; ++cell) goals.insert(goals.end(), goal.begin(), goal.end());
    REQUIRE(one.set_inputs(goal));
    REQUIRE(each.set_inputs(goals));
    one.step(20);
    each.step(20);
    CHECK(one.hash() == each.hash());
    one.clear_inputs();
    one.step(1);
    each.step(1);
    CHECK(one.hash() != each.hash());
}

TEST_CASE("a wrong number of inputs is refused in words") {
    Simulation<Guided, 4, 4> world{Guided{}};
    const std::vector<double> two(2);
    CHECK(world.set_inputs(two).error().message == "expected 3 inputs, or as many for each of 16 cells, found 2");
}

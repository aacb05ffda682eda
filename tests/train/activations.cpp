// SPDX-License-Identifier: Apache-2.0
// Rules with every activation: the fused step against the plain composition and central differences.
#include <nca/core/philox.hpp>
#include <nca/tape/gradient_check.hpp>
#include <nca/train/plain_step.hpp>
#include <nca/train/rollout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rollout_checks.hpp>
#include <common/rules.hpp>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests;

/// An activation of a user's: x / (1 + |x|).
struct Softsign {
    template <class V>
    static V value(V x) noexcept {
        return x / (V(1) + abs(x));
    }
    template <class V>
    static V derivative(V y) noexcept {
        const V rest = V(1) - abs(y);
        return rest * rest;
    }
};
/// An activation of a user's whose derivative is not a function of its output: x sigmoid(x).
struct Swish {
    static constexpr bool derivative_of_input = true;
    template <class V>
    static V value(V x) noexcept {
        return x * sigmoid(x);
    }
    template <class V>
    static V derivative(V x) noexcept {
        const V s = sigmoid(x);
        return s + x * s * (V(1) - s);
    }
};

template <class A>
using Shallow = Rule<Channels<7>, Activation<A>, Mlp<20>, Alive<3>, Scalar<double>>;
/// Two hidden layers, and limits that many values exceed.
template <class A>
using Deep = Rule<Channels<5>, Mlp<18, 9>, Clamp<1, 2>, Activation<A>, Torus, Scalar<double>>;

#define NCA_ACTIVATIONS Tanh, Sigmoid, LeakyRelu<1, 10>, Sine, Softsign, Swish

/// The gradient of the parameters with respect to the mean square of the last of 9 states.
template <class Keep, class R>
std::vector<float> gradient(R& rule) {
    Tape tape;
    const auto weights = parameters(tape, rule);
    const auto start = small_state<R>(2);
    const auto last = rollout<Keep>(weights, constant_state<R>(tape, grid_view<R>(start)), 9, Philox{5});
    tape.backward(mean(square(first_channels(last, R::channels))));
    return {weights.gradient().begin(), weights.gradient().end()};
}

} // namespace

TEST_CASE_TEMPLATE("the operation of an activation has the right gradient", A, Relu, NCA_ACTIVATIONS) {
    std::vector<double> x(40);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 2.0 * Philox{9}.normal(i);
    const auto result = check_gradient(Shape{40}, x, [](BasicTape<double>&, const BasicVar<double>& input) {
        return sum(input * activate<A>(input));
    });
    CHECK(result.worst < 1e-6);
}

TEST_CASE_TEMPLATE("fused gradients with an activation equal those of the plain composition", A, NCA_ACTIVATIONS) {
    check_against_plain<Shallow<A>>({}, 1e-11);
    check_against_plain<Deep<A>>({}, 1e-11, 2.0);
}

TEST_CASE_TEMPLATE("fused float gradients with an activation agree with the plain composition", A, NCA_ACTIVATIONS) {
    check_against_plain<typename Deep<A>::template Rebind<float>>({}, 1e-4, 2.0);
}

TEST_CASE_TEMPLATE("a rollout with an activation agrees with central differences", A, NCA_ACTIVATIONS) {
    check_against_differences<Shallow<A>>({}, 5);
}

TEST_CASE_TEMPLATE("a clamped rollout with two hidden layers agrees with central differences", A, NCA_ACTIVATIONS) {
    check_against_differences<Deep<A>>({}, 5, 1.0);
}

TEST_CASE_TEMPLATE("with any activation every policy of keeping gives the same gradients, bit for bit", A,
                   NCA_ACTIVATIONS) {
    using R = typename Deep<A>::template Rebind<float>;
    auto rule = random_rule<R>(1, 1.0);
    const auto expected = gradient<keep_states>(rule);
    CHECK(std::any_of(expected.begin(), expected.end(), [](float g) { return g != 0.0F; }));
    CHECK(gradient<keep_all>(rule) == expected);
    CHECK(gradient<keep_every<4>>(rule) == expected);
}

TEST_CASE("a linear rule ignores its activation") {
    using With = Rule<Channels<5>, Linear, Activation<Sine>>;
    using Without = Rule<Channels<5>, Linear>;
    auto with = random_rule<With>(1);
    auto without = random_rule<Without>(1);
    CHECK(gradient<keep_states>(with) == gradient<keep_states>(without));
}

TEST_CASE("activations are the functions of their names") {
    const auto value = [](auto activation, double x) {
        BasicTape<double> tape;
        return activate<decltype(activation)>(tape.constant(Shape{1}, std::vector<double>{x})).value()[0];
    };
    for (const double x : {-3.0, -0.4, 0.0, 0.7, 5.0}) {
        CHECK(value(Relu{}, x) == std::max(x, 0.0));
        CHECK(value(LeakyRelu<1, 10>{}, x) == doctest::Approx(x > 0.0 ? x : x / 10.0));
        CHECK(value(Tanh{}, x) == doctest::Approx(std::tanh(x)));
        CHECK(value(Sigmoid{}, x) == doctest::Approx(1.0 / (1.0 + std::exp(-x))));
        CHECK(value(Sine{}, x) == doctest::Approx(std::sin(x)));
    }
}

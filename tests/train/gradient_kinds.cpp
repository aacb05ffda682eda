// SPDX-License-Identifier: Apache-2.0
// Rules that perceive the length of the gradient, or steer it: against the plain composition, differences and twins.
#include <nca/nca.hpp>

#include <doctest/doctest.h>

#include <common/rollout_checks.hpp>
#include <common/twin_states.hpp>
#include <cstddef>
#include <string>

using namespace nca;
using namespace nca::tests;

namespace {

using Norm = Rule<Channels<6>, Perception<Identity, Times<8, Laplacian>, Times<8, SobelX>, Times<8, SobelY>>, Mlp<20>,
                  NoOutputBias, GradientNorm, AliveBefore<3>, Torus, Scalar<double>>;
using NormOfClamped = Rule<Channels<17>, Perception<SobelY, SobelX, Identity>, Mlp<20>, GradientNorm, Alive<3>,
                           ClampState<1>, Scalar<double>>;
using ByAngle = Rule<Channels<6>, Perception<Identity, Times<8, SobelX>, Times<8, SobelY>, Times<8, Laplacian>>,
                     Mlp<20>, SteeredByAngle, AliveBefore<3>, Torus, Scalar<double>>;
using ByAngleOnUpdate =
    Rule<Channels<9>, Perception<SobelY, Identity, SobelX>, Mlp<20>, SteeredByAngle, AliveOnUpdate<3>, Scalar<double>>;
using ByAngleOnHexagons = Rule<Channels<17>, Perception<Identity, HexSobelX, HexSobelY>, Mlp<20>, SteeredByAngle,
                               AliveBefore<3>, HexagonalLattice, Torus, Scalar<double>>;
using ByAngleWithoutLife =
    Rule<Channels<5>, Frozen<1>, Perception<Identity, SobelX, SobelY>, Mlp<20>, SteeredByAngle, Torus, Scalar<double>>;
using ByGradient = Rule<Channels<6>, Perception<Identity, Times<8, Laplacian>, Times<8, SobelX>, Times<8, SobelY>>,
                        Mlp<20>, SteeredByGradient, AliveBefore<3>, Torus, Scalar<double>>;
using ByFlatGradient = Rule<Channels<8>, Perception<SobelX, Identity, SobelY>, Mlp<20>, Activation<Tanh>,
                            SteeredByGradient, Alive<1>, PerceivedInputs<2>, Scalar<double>>;
using ByGradientInFloat = Rule<Channels<17>, Perception<Identity, SobelX, Times<3, SobelY>>, Mlp<20, 12>,
                               SteeredByGradient, Alive<1>, Reflect>;

#define NCA_GRADIENT_RULES                                                                                             \
    Norm, NormOfClamped, ByAngle, ByAngleOnUpdate, ByAngleOnHexagons, ByAngleWithoutLife, ByGradient, ByFlatGradient

} // namespace

TEST_CASE_TEMPLATE("a rule with a norm or a steered gradient has the plain composition's gradient", R,
                   NCA_GRADIENT_RULES) {
    check_against_plain<R>({}, 1e-10);
    StepOptions<R> turned;
    turned.angle = 0.7;
    check_against_plain<R>(turned, 1e-10);
}

TEST_CASE_TEMPLATE("the gradient of a rule with a norm or a steered gradient is that of central differences", R, Norm,
                   NormOfClamped, ByAngle, ByAngleWithoutLife, ByGradient, ByFlatGradient) {
    StepOptions<R> turned;
    turned.angle = 0.7;
    check_against_differences<R>(turned, 2);
}

TEST_CASE_TEMPLATE("a rule of run-time sizes steers its gradient with the same bits", R, NCA_GRADIENT_RULES,
                   ByGradientInFloat) {
    const auto rule = random_rule<R>(1, 0.5);
    check_state_bits(rule);
    StepOptions<R> turned;
    turned.angle = 0.4;
    check_state_bits(rule, turned, true);
}

TEST_CASE_TEMPLATE("the gradient of a rule of run-time sizes that steers has the same bits", R, NCA_GRADIENT_RULES) {
    R rule = random_rule<R>(1, 0.5);
    auto any = twin(rule);
    const auto start = small_state<R>(2);
    const auto a = fused(rule, start, 4, {});
    const auto b = fused(any, start, 4, step_options_of<decltype(any)>(any.architecture()));
    CHECK(a.weights == b.weights);
    CHECK(a.state == b.state);
}

TEST_CASE("a cell keeps its angle when it dies") {
    Simulation<ByAngle, 8, 8> world{random_rule<ByAngle>(1, 0.5), 1};
    Grid<double, 6, 8, 8> state;
    for (std::size_t i = 0; i < state.values().size(); ++i)
        state.values()[i] = i % 6 == 5 ? 1.25 : i % 6 == 3 ? 0.0 : 0.3;
    world.load(state);
    auto options = world.options();
    options.fire_rate = 0.0;
    world.set_options(options);
    world.step();
    const auto after = world.state();
    for (std::size_t i = 0; i < after.values().size(); ++i) CHECK(after.values()[i] == (i % 6 == 5 ? 1.25 : 0.0));
}

TEST_CASE("an angle stays within a turn") {
    auto rule = random_rule<ByAngleWithoutLife>(1, 3.0);
    Simulation<ByAngleWithoutLife, 16, 16> world{rule, 1};
    Grid<double, 5, 16, 16> state;
    for (std::size_t i = 0; i < state.values().size(); ++i) state.values()[i] = 0.1 * Philox{2}.normal(i);
    world.load(state);
    auto options = world.options();
    options.fire_rate = 1.0;
    options.step_size = 10.0;
    world.set_options(options);
    world.step(2);
    double largest = 0.0;
    const auto after = world.state();
    for (std::size_t i = 4; i < after.values().size(); i += 5) {
        CHECK(after.values()[i] >= 0.0);
        CHECK(after.values()[i] < 6.2831853071795865);
        largest = std::max(largest, after.values()[i]);
    }
    CHECK(largest > 3.0);
}

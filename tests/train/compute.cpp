// SPDX-License-Identifier: Apache-2.0
// Rules whose networks multiply in bfloat16, beside those that do not.
#include <nca/nca.hpp>
#include <nca/systems/growing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

using namespace nca;

namespace {

constexpr int side = 24;

template <class R>
struct NarrowedOf;
template <class... Policies>
struct NarrowedOf<Rule<Policies...>> {
    using type = Rule<Policies..., Compute<bfloat16>>;
};
/// The rule, whose network multiplies in bfloat16.
template <class R>
using Narrowed = typename NarrowedOf<R>::type;

using Float = growing::Rule<12, 24>;
using Narrow = Narrowed<Float>;

template <class R>
R random_rule() {
    R rule;
    rule.initialise(Philox{4}, /*output_scale=*/0.05);
    return rule;
}

template <class R>
StepOptions<R> options_of(const R& rule, bool bfloat16) {
    StepOptions<R> options = step_options_of<R>(rule.architecture());
    options.bfloat16 = bfloat16;
    return options;
}

/// The state after some steps from the seed.
template <class R>
std::vector<float> grown(const R& rule, const StepOptions<R>& options) {
    Simulation<R, Dynamic, Dynamic> world{rule, Extents<Dynamic, Dynamic>{{side, side}}, 5};
    world.set_options(options);
    world.plant(side / 2, side / 2);
    world.step(12);
    const auto state = world.state();
    return {state.values().begin(), state.values().end()};
}

/// The gradient of the mean square of a state after 6 steps.
template <class R, class Keep = keep_states>
std::vector<float> gradient(R rule, const StepOptions<R>& options) {
    BasicTape<float> tape;
    const auto weights = parameters(tape, rule);
    Grid<float, R::channels, side, side> seed{Extents<side, side>{}, rule.architecture().channels()};
    growing::plant_seed(seed.view());
    const auto start = constant_state<R>(tape, rule.architecture(), std::as_const(seed).view());
    const auto state = rollout<Keep>(weights, start, 6, Philox{3}, 0, options);
    const auto wanted = std::vector<float>(std::size_t{4} * side * side, 0.5F);
    tape.backward(mean_squared_error(rgba(state), wanted));
    return {weights.gradient().begin(), weights.gradient().end()};
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double apart = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        apart += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
        size += std::pow(static_cast<double>(b[i]), 2);
    }
    return std::sqrt(apart / size);
}

} // namespace

TEST_CASE("a rule computes in bfloat16 if its type says so, and in float if it is told") {
    CHECK_FALSE(StepOptions<Float>{}.bfloat16);
    CHECK(StepOptions<Narrow>{}.bfloat16);
    CHECK_FALSE(StepOptions<AnyRule>{}.bfloat16);
    CHECK(grown(random_rule<Narrow>(), options_of(Narrow{}, false)) == grown(random_rule<Float>(), {}));
    CHECK(grown(random_rule<Narrow>(), {}) != grown(random_rule<Float>(), {}));
    CHECK(describe<Narrow>() == describe<Float>());
}

TEST_CASE("a state that grew in bfloat16 is close to that of float") {
    CHECK(distance(grown(random_rule<Narrow>(), {}), grown(random_rule<Float>(), {})) < 0.02);
}

TEST_CASE_TEMPLATE("a gradient in bfloat16 is close to that of float, whatever the rule is made of", R, Float,
                   growing::Rule<12, 32>, growing::Rule<12, 21>,
                   Rule<Channels<12>, Perception<Identity, SobelX>, Mlp<32, 16>, Alive<3>>,
                   Rule<Channels<12>, Perception<Identity, SobelX>, Mlp<32, 16>, Activation<Tanh>, Alive<3>>,
                   Rule<Channels<12>, Perception<Identity, Laplacian>, Mlp<32, 9, 32>, Clamp<2>, Alive<3>>) {
    using N = Narrowed<R>;
    const auto exact = gradient(random_rule<R>(), options_of(R{}, false));
    const auto first = gradient(random_rule<N>(), options_of(N{}, true));
    CHECK(distance(first, exact) < 0.02);
    // It depends neither on what steps keep nor on whether sizes are known at compile time.
    CHECK(gradient<N, keep_all>(random_rule<N>(), options_of(N{}, true)) == first);
    CHECK(gradient<N, keep_every<4>>(random_rule<N>(), options_of(N{}, true)) == first);
    const AnyRule any = *AnyRule::from(random_rule<R>());
    CHECK(gradient(any, options_of(any, true)) == first);
    CHECK(gradient(any, options_of(any, false)) == exact);
    CHECK(grown(any, options_of(any, true)) == grown(random_rule<N>(), options_of(N{}, true)));
    CHECK(grown(any, options_of(any, false)) == grown(random_rule<R>(), options_of(R{}, false)));
}

// SPDX-License-Identifier: Apache-2.0
// Gradients of rules that perceive more than three cells.
#include <doctest/doctest.h>

#include <common/rollout_checks.hpp>
#include <string_view>

namespace {

using namespace nca;

struct Slope {
    static constexpr std::string_view name = "slope";
    static constexpr int radius = 2;
    static constexpr double weight(int rank, int neighbour) noexcept {
        return 0.01 * (neighbour % 7) - 0.02 * neighbour_offset(neighbour, rank - 1, radius);
    }
};

using Line = Rule<Channels<5>, Perception<Identity, Slope, Dilated<3, SobelX>>, Mlp<12>, Activation<Tanh>,
                  Dimensions<1>, Scalar<double>>;
using Plane = Rule<Channels<6>, Perception<Identity, SobelX, SobelY, Slope>, Mlp<14>, Activation<Tanh>, Alive<3>,
                   LifeRadius<2>, Scalar<double>>;
using Space = Rule<Channels<4>, Perception<Identity, Slope>, Mlp<8>, Activation<Tanh>, Dimensions<3>, Alive<1>,
                   LifeRadius<2>, Scalar<double>>;
using LearnedFilters =
    Rule<Channels<5>, DepthwisePerception<2>, Radius<2>, Mlp<8>, Activation<Tanh>, Alive<3>, Scalar<double>>;
using Learned = Rule<Channels<4>, LearnedPerception, Radius<2>, Mlp<6>, Activation<Tanh>, Scalar<double>>;
using WidestFilters = Rule<Channels<4>, DepthwisePerception<1>, Radius<3>, Mlp<6>, Activation<Tanh>, Scalar<double>>;
using PerChannel = Rule<Channels<3>, FilterPerChannel<Slope, Laplacian, Dilated<2, SobelX>>, Linear, Scalar<double>>;

template <class R>
void check_everywhere() {
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::replicate, Boundary::reflect}) {
        StepOptions<R> options;
        options.boundary = boundary;
        tests::check_against_plain<R>(options, 1e-10);
    }
}

} // namespace

TEST_CASE("the gradient of wide fixed filters is that of the plain composition in one to three dimensions") {
    check_everywhere<Line>();
    check_everywhere<Plane>();
    check_everywhere<Space>();
    check_everywhere<PerChannel>();
}

TEST_CASE("the gradient of wide learned perception is that of the plain composition") {
    check_everywhere<LearnedFilters>();
    check_everywhere<Learned>();
    check_everywhere<WidestFilters>();
}

TEST_CASE("the gradient of wide perception equals central differences") {
    tests::check_against_differences<Line>({.boundary = Boundary::torus}, 3);
    tests::check_against_differences<Plane>({}, 3);
    tests::check_against_differences<LearnedFilters>({.boundary = Boundary::reflect}, 3);
    tests::check_against_differences<WidestFilters>({.boundary = Boundary::torus}, 2);
    tests::check_against_differences<PerChannel>({}, 2);
}

TEST_CASE("the gradient of a rule whose radius is known at run time equals central differences") {
    using Any = DynamicRule<2, double>;
    auto description = LearnedFilters{}.architecture().description();
    description.life_radius = 2;
    auto rule = Any::from(description);
    REQUIRE(rule.ok());
    tests::randomise(*rule, 1);
    tests::check_against_differences(*rule, step_options_of<Any>(rule->architecture()), 3);
}

TEST_CASE("keeping states, all values or every third state gives the same gradient of a wide rule") {
    auto rule = tests::random_rule<LearnedFilters>(1);
    const auto start = tests::small_state<LearnedFilters>(2);
    const auto gradient = [&]<class Keep>(Keep /*keep*/) {
        BasicTape<double> tape;
        const auto weights = parameters(tape, rule);
        const auto first = constant_state<LearnedFilters>(tape, tests::grid_view<LearnedFilters>(start));
        const auto last = rollout<Keep>(weights, first, 5, Philox{3});
        tape.backward(mean(square(first_channels(last, 5))));
        return std::vector<double>(weights.gradient().begin(), weights.gradient().end());
    };
    CHECK(gradient(keep_states{}) == gradient(keep_all{}));
    CHECK(gradient(keep_states{}) == gradient(keep_every<3>{}));
}

TEST_CASE("a state of a wide rule goes to a sparse state and back") {
    using R = Rule<Channels<3>, DepthwisePerception<1>, Radius<3>, Mlp<4>, Dimensions<3>>;
    const auto start = tests::small_state<R>(2);
    BasicTape<float> tape;
    const auto state = constant_state<R>(tape, tests::grid_view<R>(start));
    SparseState<float> sparse;
    state.save(sparse);
    FieldOf<R> field{tests::small_grid<R>()};
    load_cells(sparse, field);
    std::vector<float> loaded(start.size());
    field.store(loaded.data());
    CHECK(loaded == start);
    SparseState<float> saved;
    save_cells(field, saved);
    CHECK(saved.positions == sparse.positions);
    Field<float, 3, 3> narrow{tests::small_grid<R>()};
    load_cells(sparse, narrow);
    narrow.store(loaded.data());
    CHECK(loaded == start);
}

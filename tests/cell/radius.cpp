// SPDX-License-Identifier: Apache-2.0
// Neighbourhoods of more than three cells: the sparse, fused step against the dense composition.
#include <nca/cell/step.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/train/plain_step.hpp>
#include <nca/train/rollout_context.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <cstddef>
#include <vector>

namespace {

using namespace nca;

/// A kernel of five cells along every dimension, without symmetry.
struct Slope {
    static constexpr std::string_view name = "slope";
    static constexpr int radius = 2;
    static constexpr double weight(int rank, int neighbour) noexcept {
        return 0.01 * (neighbour % 7) - 0.02 * neighbour_offset(neighbour, rank - 1, radius);
    }
};
/// One of seven, which reads its last cell alone.
struct Corner {
    static constexpr std::string_view name = "corner";
    static constexpr int radius = 3;
    static constexpr double weight(int rank, int neighbour) noexcept {
        return neighbour == neighbourhood_size(rank, radius) - 1 ? 1.0 : 0.0;
    }
};

/// The largest difference after some steps, between a run of the fused step and one of the plain composition.
template <class R, class E = SerialExecutor>
double difference(const typename FieldOf<R>::Sizes& sizes, Boundary boundary, std::uint64_t seed, int steps,
                  double scale = 0.5, E&& executor = {}) {
    const R rule = tests::random_rule<R>(seed, scale);
    StepOptions<R> options;
    options.boundary = boundary;
    FieldOf<R> field{sizes};
    const auto start = tests::random_state<R>(field.cells(), seed);
    field.load(start.data());
    field.set_boundary(boundary);
    StepWorkspace<R> work{{}, field, executor.concurrency()};
    prepare<R>(field, work);
    using T = typename R::Value;
    BasicTape<T> tape;
    const auto weights = plain_parameters(tape, rule);
    BasicVar<T> state = tape.constant(shape_of<R>(sizes), start);
    std::vector<T> sparse(start.size());
    double worst = 0.0;
    for (int t = 0; t < steps; ++t) {
        const FireMask fire{Philox{seed}, static_cast<std::uint64_t>(t), options.fire_rate};
        step_field<R>(rule.parameters().data(), field, options, fire, work, executor);
        state = plain_step<R>(weights, state, fire, options);
        field.store(sparse.data());
        for (std::size_t i = 0; i < sparse.size(); ++i) {
            worst = std::max(worst, std::abs(static_cast<double>(sparse[i]) - static_cast<double>(state.value()[i])));
        }
    }
    return worst;
}

constexpr Boundary boundaries[] = {Boundary::zero, Boundary::torus, Boundary::replicate, Boundary::reflect};

using Line = Rule<Channels<5>, Perception<Identity, Slope, Corner>, Mlp<12>, Dimensions<1>, Scalar<double>>;
using Plane =
    Rule<Channels<9>, Perception<Identity, SobelX, SobelY, Slope>, Mlp<24>, Alive<3>, LifeRadius<2>, Scalar<double>>;
using Space =
    Rule<Channels<4>, Perception<Identity, Slope>, Mlp<12>, Dimensions<3>, Alive<1>, LifeRadius<2>, Scalar<double>>;
using WideSpace = Rule<Channels<3>, DepthwisePerception<2>, Radius<3>, Mlp<10>, Dimensions<3>, Scalar<double>>;
using Depthwise2 = Rule<Channels<6>, DepthwisePerception<3>, Radius<2>, Mlp<16>, Alive<3>, Scalar<double>>;
using Convolution2 = Rule<Channels<6>, LearnedPerception, Radius<2>, Mlp<16>, Scalar<double>>;
using PerChannel = Rule<Channels<3>, FilterPerChannel<Slope, Laplacian, Corner>, Linear, Noise<1, 10>, Scalar<double>>;

} // namespace

TEST_CASE("one-dimensional rules with kernels of 5 and 7 cells equal their dense meaning under every boundary") {
    for (const Boundary boundary : boundaries) CHECK(difference<Line>({70}, boundary, 1, 5) < 1e-11);
}

TEST_CASE("rules with kernels of 5x5 cells whose life spreads by two equal their dense meaning") {
    for (const Boundary boundary : boundaries) CHECK(difference<Plane>({13, 70}, boundary, 1, 6) < 1e-11);
}

TEST_CASE("three-dimensional rules with kernels of 5x5x5 cells whose life spreads by two equal their dense meaning") {
    for (const Boundary boundary : boundaries) CHECK(difference<Space>({6, 7, 9}, boundary, 1, 4) < 1e-11);
}

TEST_CASE("learned filters of 7x7x7 cells equal their dense meaning") {
    for (const Boundary boundary : boundaries) CHECK(difference<WideSpace>({4, 5, 6}, boundary, 1, 3) < 1e-11);
}

TEST_CASE("learned filters and learned convolutions of 5x5 cells equal their dense meaning") {
    for (const Boundary boundary : boundaries) {
        CHECK(difference<Depthwise2>({12, 14}, boundary, 2, 5) < 1e-11);
        CHECK(difference<Convolution2>({8, 11}, boundary, 2, 3) < 1e-11);
    }
}

TEST_CASE("filters of different widths per channel and noise equal their dense meaning") {
    for (const Boundary boundary : boundaries) CHECK(difference<PerChannel>({9, 10}, boundary, 3, 4) < 1e-11);
}

TEST_CASE("a grid narrower than the neighbourhood reads itself round the torus") {
    CHECK(difference<Convolution2>({1, 3}, Boundary::torus, 2, 3) < 1e-11);
    CHECK(difference<WideSpace>({1, 2, 1}, Boundary::torus, 2, 3) < 1e-11);
    CHECK(difference<WideSpace>({2, 1, 3}, Boundary::reflect, 2, 3) < 1e-11);
}

TEST_CASE("flickering life that spreads by two or three cells equals its dense meaning") {
    using Three = Rule<Channels<5>, Mlp<16>, Alive<3>, LifeRadius<3>, Scalar<double>>;
    using Before = Rule<Channels<5>, Mlp<16>, AliveBefore<3>, LifeRadius<2>, Scalar<double>>;
    using OnUpdate = Rule<Channels<5>, Mlp<16>, AliveOnUpdate<3>, LifeRadius<2>, Scalar<double>>;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CHECK(difference<Plane>({12, 12}, Boundary::zero, seed, 4, 1.5) < 1e-9);
        CHECK(difference<Three>({16, 17}, Boundary::torus, seed, 4, 1.5) < 1e-9);
        CHECK(difference<Before>({12, 12}, Boundary::zero, seed, 4, 1.5) < 1e-9);
        CHECK(difference<OnUpdate>({12, 12}, Boundary::zero, seed, 4, 1.5) < 1e-9);
    }
}

TEST_CASE("a step of a wide rule does not depend on the number of threads") {
    const auto after = [](auto&& executor) {
        using R = Rule<Channels<9>, Perception<Identity, SobelX, SobelY, Slope>, Mlp<24>, Torus>;
        const R rule = tests::random_rule<R>(3);
        FieldOf<R> field{{40, 50}};
        field.load(tests::random_state<R>(field.cells(), 3).data());
        field.set_boundary(Boundary::torus);
        StepWorkspace<R> work{{}, field, executor.concurrency()};
        prepare<R>(field, work);
        for (std::uint64_t t = 0; t < 5; ++t) {
            step_field<R>(rule.parameters().data(), field, {}, FireMask{Philox{3}, t, 0.5}, work, executor);
        }
        std::vector<float> state(40 * 50 * 9);
        field.store(state.data());
        return state;
    };
    CHECK(after(SerialExecutor{}) == after(ThreadPool{3}));
}

TEST_CASE("a dilated filter reads the weights of its filter two cells apart") {
    using Wide = Dilated<2, SobelX>;
    const int left = neighbourhood_size(2, 2) / 2 - 2;
    CHECK(Wide::weight(2, left) == SobelX::weight(2, 3));
    CHECK(Wide::weight(2, left + 1) == 0.0);
    CHECK(Wide::weight(2, 0) == SobelX::weight(2, 0));
    CHECK(filter_radius<Times<8, Wide>> == 2);
}

TEST_CASE("a rule whose radius is known at run time has the bits of the type") {
    using R = Rule<Channels<7>, Perception<Identity, Times<8, SobelX>, Dilated<2, SobelY>, Dilated<3, Laplacian>>,
                   Mlp<16>, Alive<3>, LifeRadius<2>, Torus>;
    using Filters = Rule<Channels<7>, DepthwisePerception<2>, Radius<3>, Mlp<16>, Alive<3>>;
    const auto check = [](const auto& rule) {
        using Typed = std::remove_cvref_t<decltype(rule)>;
        const auto any = AnyRule::from(rule);
        REQUIRE_MESSAGE(any.ok(), (any.ok() ? std::string{} : any.error().message));
        const auto start = tests::random_state<Typed>(13 * 14, 4);
        const auto after = [&]<class T>(const T& what) {
            FieldOf<T> field{{13, 14}, what.architecture()};
            field.load(start.data());
            const auto options = step_options_of<T>(what.architecture());
            field.set_boundary(options.boundary);
            StepWorkspace<T> work{what.architecture(), field};
            prepare<T>(field, work);
            for (std::uint64_t t = 0; t < 5; ++t) {
                step_field<T>(what.parameters().data(), field, options, FireMask{Philox{4}, t, 0.5}, work,
                              SerialExecutor{});
            }
            std::vector<float> state(start.size());
            field.store(state.data());
            return state;
        };
        CHECK(after(rule) == after(*any));
    };
    check(tests::random_rule<R>(5));
    check(tests::random_rule<Filters>(5));
}

// SPDX-License-Identifier: Apache-2.0
// The sparse, fused step against the dense composition of primitive operations.
#include <nca/cell/step.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/train/plain_step.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <common/rules.hpp>
#include <vector>

namespace {

using namespace nca;

template <class R>
Shape dense_shape(const typename FieldOf<R>::Sizes& sizes) {
    if constexpr (R::rank == 1) return {sizes[0], R::channels};
    if constexpr (R::rank == 2) return {sizes[0], sizes[1], R::channels};
    if constexpr (R::rank == 3) return {sizes[0], sizes[1], sizes[2], R::channels};
}

/// The largest difference after some steps, between a run of the fused step and one of the plain composition.
template <class R, class E = SerialExecutor>
double difference(const typename FieldOf<R>::Sizes& sizes, StepOptions<R> options, std::uint64_t seed, int steps,
                  double scale = 0.5, E&& executor = {}) {
    const R rule = tests::random_rule<R>(seed, scale);
    FieldOf<R> field{sizes};
    const auto start = tests::random_state<R>(field.cells(), seed);
    field.load(start.data());
    field.set_boundary(options.boundary);
    StepWorkspace<R> work{{}, field, executor.concurrency()};
    prepare<R>(field, work);

    using T = typename R::Value;
    BasicTape<T> tape;
    const auto weights = plain_parameters(tape, rule);
    BasicVar<T> state = tape.constant(dense_shape<R>(sizes), start);
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

using Growing = Rule<Channels<16>, Mlp<128>, Alive<3>, Scalar<double>>;
using Texture = Rule<Channels<12>, Perception<Identity, SobelX, SobelY, Laplacian>, Mlp<96>, Torus, Scalar<double>>;
using Learned = Rule<Channels<20>, LearnedPerception, Mlp<80, 80>, Scalar<double>>;
using Line = Rule<Channels<6>, Perception<Identity, SobelX>, Mlp<20>, Dimensions<1>, Alive<2>, Scalar<double>>;
using Space = Rule<Channels<5>, Perception<Identity, SobelX, SobelY, SobelZ, Laplacian>, Mlp<24>, Dimensions<3>,
                   Alive<1>, Scalar<double>>;

} // namespace

TEST_CASE("the growing rule equals its dense meaning under every boundary") {
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::replicate, Boundary::reflect}) {
        StepOptions<Growing> options;
        options.boundary = boundary;
        CHECK(difference<Growing>({13, 70}, options, 1, 6) < 1e-11);
    }
}

TEST_CASE("the growing rule equals its dense meaning with rotation, step size and any fire rate") {
    StepOptions<Growing> options;
    options.angle = 0.7;
    options.step_size = 0.5;
    for (const double rate : {0.0, 0.2, 1.0}) {
        options.fire_rate = rate;
        CHECK(difference<Growing>({20, 21}, options, 2, 5) < 1e-11);
    }
}

TEST_CASE("dead cells that fire beside dying ones take part, as in the dense rule") {
    // Strong random weights make life flicker: many cells lose every living neighbour in a step.
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CHECK(difference<Growing>({12, 12}, {}, seed, 4, 1.5) < 1e-9);
    }
}

TEST_CASE("a dead neighbour's update rescues a dying cell") {
    using R = Rule<Channels<4>, Perception<Identity>, Mlp<16>, Alive<3>, Scalar<double>>;
    // update of alpha = 1 - 20 relu(alpha): the only mature cell falls to -18, a dead cell that fires rises to 1.
    R rule;
    rule.weight(0, 3, 0) = 1.0;
    rule.weight(1, 0, 3) = -20.0;
    rule.bias(1, 3) = 1.0;
    const auto run = [&](bool dead_corner_fires) {
        FieldOf<R> field{{5, 5}};
        field.at(field.position(2, 2))[3] = 1.0;
        field.occupied().set(2, 2);
        field.at(field.position(1, 1))[0] = 0.5;
        field.occupied().set(1, 1);
        CellMask fire{5, 5};
        fire.set(2, 2);
        if (dead_corner_fires) fire.set(0, 0);
        StepWorkspace<R> work{{}, field};
        prepare<R>(field, work);
        step_field<R>(rule.parameters().data(), field, {}, FireMask{fire}, work, SerialExecutor{});
        CHECK(field.at(field.position(0, 0))[3] == 0.0); // the rescuer was dead and stays zero
        return field.at(field.position(1, 1))[0];
    };
    CHECK(run(false) == 0.0);
    CHECK(run(true) == 0.5);
}

TEST_CASE("a rule without life on a torus equals its dense meaning") {
    CHECK(difference<Texture>({9, 17}, {}, 3, 5) < 1e-11);
}

TEST_CASE("a learned 3x3 perception with two hidden layers equals its dense meaning") {
    CHECK(difference<Learned>({8, 11}, {}, 4, 3) < 1e-11);
}

TEST_CASE("frozen channels, given life and noise equal their dense meaning") {
    using Digits = mnist::Rule<Scalar<double>>;
    CHECK(difference<Digits>({8, 11}, {}, 4, 5) < 1e-11);
    CHECK(difference<Digits>({9, 70}, {.fire_rate = 1.0, .step_size = 0.5, .noise = 0.3}, 5, 4) < 1e-11);
    ThreadPool pool{3};
    CHECK(difference<Digits>({30, 40}, {.noise = 0.3}, 6, 3, 0.5, pool) < 1e-11);
    CHECK(difference<mnist::Rule<>>({28, 28}, {}, 7, 3) < 1e-4);
}

TEST_CASE("automata on a line equal their dense meaning") {
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::replicate, Boundary::reflect}) {
        StepOptions<Line> options;
        options.boundary = boundary;
        CHECK(difference<Line>({150}, options, 5, 6) < 1e-11);
    }
}

TEST_CASE("automata in space equal their dense meaning") {
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::reflect}) {
        StepOptions<Space> options;
        options.boundary = boundary;
        CHECK(difference<Space>({5, 6, 7}, options, 6, 4) < 1e-11);
    }
}

TEST_CASE("the fused float kernels agree with the plain composition in float") {
    using R = Growing::Rebind<float>;
    CHECK(difference<R>({16, 40}, {}, 7, 3) < 1e-4);
    CHECK(difference<Texture::Rebind<float>>({16, 16}, {}, 7, 3) < 1e-4);
    CHECK(difference<Learned::Rebind<float>>({10, 10}, {}, 7, 3) < 1e-4);
}

TEST_CASE("a step on several threads equals its dense meaning") {
    ThreadPool pool{3};
    CHECK(difference<Growing, ThreadPool&>({40, 40}, {}, 8, 3, 0.5, pool) < 1e-11);
    CHECK(difference<Texture, ThreadPool&>({40, 40}, {}, 8, 3, 0.5, pool) < 1e-11);
}

TEST_CASE("filters have the weights of the articles") {
    const std::array<double, 9> sobel{-0.125, 0, 0.125, -0.25, 0, 0.25, -0.125, 0, 0.125};
    const std::array<double, 9> laplacian{0.125, 0.25, 0.125, 0.25, -1.5, 0.25, 0.125, 0.25, 0.125};
    for (int n = 0; n < 9; ++n) {
        const auto i = static_cast<std::size_t>(n);
        CHECK(SobelX::weight(2, n) == sobel[i]);
        CHECK(SobelY::weight(2, n) == sobel[static_cast<std::size_t>(n % 3 * 3 + n / 3)]);
        CHECK(Laplacian::weight(2, n) == laplacian[i]);
        CHECK(Identity::weight(2, n) == (n == 4 ? 1.0 : 0.0));
    }
    for (int rank = 1; rank <= 3; ++rank) {
        double gradient = 0.0;
        double total = 0.0;
        for (int n = 0; n < neighbourhood_size(rank); ++n) {
            gradient += SobelX::weight(rank, n) * neighbour_offset(n, 0);
            total += Laplacian::weight(rank, n);
        }
        CHECK(gradient == doctest::Approx(1.0));
        CHECK(total == doctest::Approx(0.0));
    }
}

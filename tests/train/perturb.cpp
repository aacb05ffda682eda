// SPDX-License-Identifier: Apache-2.0
// Perturbed states on the tape.
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/perturb.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <common/adversarial.hpp>
#include <common/rules.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace nca;
constexpr int height = 9;
constexpr int width = 11;
constexpr int cells = height * width;

template <class T>
using Small = nca::Rule<Channels<6>, Mlp<12>, Alive<3>, Scalar<T>>;

template <class R>
auto loss_of(const State<R>& state) {
    return mean(square(first_channels(state, R::channels)));
}

} // namespace

TEST_CASE(
    "the gradient of a perturbation's parameters agrees with central differences, below the diagonal it is zero") {
    using R = Small<double>;
    const R rule = tests::random_rule<R>(7);
    const auto values = tests::random_state<R>(cells, 8, 0.2);
    Perturbation<R> perturbation;
    for (int i = 0; i < R::channels; ++i) {
        for (int j = i; j < R::channels; ++j) {
            perturbation(i, j) += 0.2 * Philox{9}.normal(static_cast<std::uint64_t>(i * R::channels + j));
        }
    }
    const auto record = [&](BasicTape<double>& tape, const Weights<Perturbation<R>>& upper) {
        const auto start =
            constant_state<R>(tape, GridView<const double, R::channels, height, width>{values.data(), {}});
        // A bound that some values exceed.
        auto state = start;
        const auto matrix = symmetric_matrix<R>(upper);
        for (std::uint64_t t = 0; t < 3; ++t) {
            state = step(frozen_parameters(tape, rule), perturb<R>(matrix, state, Boundary::zero, 0.5),
                         FireMask(Philox{3}, t, 0.5));
        }
        return loss_of(state);
    };
    const auto check = check_gradient(
        {static_cast<int>(Perturbation<R>::block_size)}, perturbation.parameters(),
        [&](auto& tape, const auto& upper) { return record(tape, Weights<Perturbation<R>>{upper}); }, {.elements = 96});
    CHECK(check.worst < 1e-6);
    BasicTape<double> tape;
    const auto upper = parameters(tape, perturbation);
    tape.backward(record(tape, upper));
    for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t j = 0; j < i; ++j) CHECK(upper.gradient()[i * Perturbation<R>::stride + j] == 0.0);
    }
}

TEST_CASE("combining perturbations adds their displacements from the identity") {
    using R = Small<double>;
    Perturbation<R> a;
    Perturbation<R> b;
    a(0, 1) = 0.5;
    a(2, 2) = 2.0;
    b(1, 0) = -0.25;
    Perturbation<R> sum;
    sum.add(a, 0.5);
    sum.add(b, 2.0);
    CHECK(sum(0, 1) == 0.5 * 0.5 - 2.0 * 0.25);
    CHECK(sum(1, 0) == sum(0, 1));
    CHECK(sum(2, 2) == 1.5);
    CHECK(sum(3, 3) == 1.0);
    std::vector<double> matrix(Perturbation<R>::block_size);
    sum.store(matrix.data());
    CHECK(matrix[1] == matrix[Perturbation<R>::stride]);
}

TEST_CASE("the gradient of the published matrix agrees with the golden vectors") {
    const auto golden = tests::adversarial_file("golden");
    const auto victim = tests::adversarial_rule("growing_victim_lizard");
    if (!golden || !victim) return;
    using R = growing::Rule<>;
    const auto x0 = tests::floats_of(*golden, "x0");
    const auto target = tests::floats_of(*golden, "grad_target");
    const GridView<const float, 16, 12, 14> grid{x0.data(), {}};
    Perturbation<R> perturbation;
    const auto matrix = tests::floats_of(*golden, "matrix");
    for (int i = 0; i < 16; ++i) {
        for (int j = i; j < 16; ++j) perturbation(i, j) = matrix[static_cast<std::size_t>(16 * i + j)];
    }
    Tape tape;
    const auto upper = parameters(tape, perturbation);
    State<R> state = constant_state<R>(tape, grid);
    for (std::size_t t = 0; t < 2; ++t) {
        const CellMask mask = tests::mask_of(*golden, "roll_fire_victim", 12, 14, t);
        state = step(frozen_parameters(tape, *victim), perturb<R>(symmetric_matrix<R>(upper), state), FireMask{mask});
    }
    const Var loss = mean(square(rgba(state) - tape.constant({12, 14, 4}, target)));
    tape.backward(loss);
    CHECK(std::abs(loss.item() - tests::floats_of(*golden, "grad_loss_perturbed")[0]) < 1e-6F);
    const std::vector<float> gradient(upper.gradient().begin(), upper.gradient().end());
    CHECK(tests::largest_difference(gradient, tests::floats_of(*golden, "grad_matrix_param")) < 1e-6);
}

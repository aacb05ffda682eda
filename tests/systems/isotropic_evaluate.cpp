// SPDX-License-Identifier: Apache-2.0
// The figures of a picture that cells without a sense of direction have grown.
#include <nca/nca.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

using namespace nca;

namespace {

constexpr int side = 20;
constexpr std::size_t channels = 16;

/// A red arm that goes up from the middle, and a shorter green one to the right.
isotropic::Target arms() {
    isotropic::Target target{Extents<Dynamic, Dynamic>{{side, side}}};
    for (int i = 0; i < 8; ++i) {
        for (int width = -1; width <= 1; ++width) {
            const auto up = target(side / 2 - i, side / 2 + width);
            up[0] = up[3] = 1.0F;
            if (i > 4) continue;
            const auto right = target(side / 2 + width, side / 2 + i);
            right[1] = right[3] = 1.0F;
        }
    }
    return target;
}

/// A state that shows the target with these auxiliary channels, turned counter-clockwise by so many quarters.
std::vector<float> state_of(isotropic::Auxiliary set, int quarters) {
    const auto wanted = isotropic::with_auxiliary_channels(arms(), set);
    const auto count = static_cast<std::size_t>(wanted.channels);
    std::vector<float> state(std::size_t{side} * side * channels);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            int row = y;
            int column = x;
            for (int q = 0; q < quarters; ++q) {
                const int last = row;
                row = column;
                column = side - 1 - last;
            }
            for (std::size_t c = 0; c < count; ++c) {
                state[static_cast<std::size_t>(y * side + x) * channels + c] =
                    wanted.values[static_cast<std::size_t>(row * side + column) * count + c];
            }
        }
    }
    return state;
}

} // namespace

TEST_CASE("the loss of a picture is small in any orientation, or only in the target's") {
    const std::vector<float> empty(std::size_t{side} * side * channels);
    const auto invariant = *isotropic::Task::create(arms());
    const auto fixed = *isotropic::Task::create(arms(), isotropic::structured_seeds);
    const double nothing = invariant.picture_loss(empty);
    for (int quarters = 0; quarters < 4; ++quarters) {
        CAPTURE(quarters);
        CHECK(invariant.picture_loss(state_of(isotropic::Auxiliary::binary, quarters)) < 0.05 * nothing);
        const double turned = fixed.picture_loss(state_of(isotropic::Auxiliary::noaux, quarters));
        if (quarters == 0) {
            CHECK(turned == 0.0);
        } else {
            CHECK(turned > 0.5 * fixed.picture_loss(empty));
        }
    }
    // 24 red cells and 15 green ones, of which 4 are both: 2 values of 1 in each of 35 cells, a third in 4.
    CHECK(fixed.picture_loss(empty) == doctest::Approx(1000.0 * (2 * 35 + 4) / (4.0 * side * side)));
}

TEST_CASE("the loss of what has no direction is that of the target's mean over every circle") {
    const auto task = *isotropic::Task::create(arms());
    const auto target = state_of(isotropic::Auxiliary::binary, 0);
    const auto circle = [](std::size_t cell) {
        const double middle = (side - 1) / 2.0;
        return static_cast<std::size_t>(
            std::hypot(static_cast<double>(cell / side) - middle, static_cast<double>(cell % side) - middle));
    };
    std::vector<double> sums(std::size_t{side} * channels);
    std::vector<double> counts(side);
    for (std::size_t cell = 0; cell < std::size_t{side} * side; ++cell) {
        counts[circle(cell)] += 1.0;
        for (std::size_t c = 0; c < channels; ++c) {
            sums[circle(cell) * channels + c] += static_cast<double>(target[cell * channels + c]);
        }
    }
    std::vector<float> round(target.size());
    for (std::size_t i = 0; i < round.size(); ++i) {
        const std::size_t of = circle(i / channels);
        round[i] = static_cast<float>(sums[of * channels + i % channels] / counts[of]);
    }
    CHECK(task.trivial_loss() == doctest::Approx(task.picture_loss(round)).epsilon(0.15));
    const std::vector<float> empty(target.size());
    CHECK(task.trivial_loss() < task.picture_loss(empty));
    const auto fixed = *isotropic::Task::create(arms(), isotropic::structured_seeds);
    CHECK(fixed.trivial_loss() == fixed.picture_loss(empty));
}

TEST_CASE("a rule that changes nothing has the figures of its seed at every step") {
    SerialExecutor serial;
    ThreadPool threads{3};
    for (const auto& experiment : {isotropic::single_seed, isotropic::structured_seeds}) {
        const auto task = *isotropic::Task::create(arms(), experiment);
        AnyRule rule{task.architecture()};
        task.initialise(rule, Philox{1}); // the second layer is zero
        const auto figures = isotropic::evaluate(rule, task, {.steps = {0, 5}, .runs = 3}, serial);
        REQUIRE(figures.size() == 2);
        CHECK(figures[0].living == 1.0);
        CHECK(figures[0].share == doctest::Approx(figures[0].loss / task.trivial_loss()));
        CHECK(figures[1].loss == doctest::Approx(figures[0].loss));
        const auto same = isotropic::evaluate(rule, task, {.steps = {0, 5}, .runs = 3}, threads);
        CHECK(same[1].loss == figures[1].loss);
    }
}

TEST_CASE("a picture that dies is not counted among the living") {
    SerialExecutor serial;
    const auto task = *isotropic::Task::create(arms());
    AnyRule rule{task.architecture()};
    task.initialise(rule, Philox{1});
    visit_parameters(rule, [](float& value, int layer, int input, int output) {
        if (layer == 0) value = input == 32 ? 1.0F : 0.0F; // biases: hidden values of one
        if (layer == 1 && output == 3) value = -1.0F;      // which take alpha away
    });
    const auto figures = isotropic::evaluate(rule, task, {.steps = {0, 8}, .runs = 2}, serial);
    CHECK(figures[0].living == 1.0);
    CHECK(figures[1].living == 0.0);
    const std::vector<float> empty(std::size_t{side} * side * channels);
    CHECK(figures[1].loss == doctest::Approx(task.picture_loss(empty)));
}

// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

using namespace nca;

namespace {

/// A square of a colour in the middle of 16 x 16 cells.
goal_guided::Target square_of(float red, float green, int radius) {
    goal_guided::Target target{Extents<Dynamic, Dynamic>{{16, 16}}};
    for (int y = 8 - radius; y <= 8 + radius; ++y) {
        for (int x = 8 - radius; x <= 8 + radius; ++x) {
            const auto cell = target(y, x);
            cell[0] = red;
            cell[1] = green;
            cell[3] = 1.0F;
        }
    }
    return target;
}

constexpr goal_guided::Experiment small{
    .codes = 6, .width = 8, .pool_size = 16, .batch = 4, .seeds = 1, .min_steps = 10, .max_steps = 16};

auto small_task() {
    return *goal_guided::Task::create({square_of(1, 0, 2), square_of(0, 1, 3)}, small);
}

} // namespace

TEST_CASE("one rule learns two pictures, each under its goal") {
    SerialExecutor serial;
    Trainer trainer{small_task(), {.seed = 2}, serial};
    trainer.run(1000);
    // The loss of a grid of zeros, of which trainings of eight seeds end at about a quarter or less.
    constexpr double zeros = (25 + 49) * 2 / (2.0 * 4 * 256);
    CHECK(std::accumulate(trainer.losses().end() - 100, trainer.losses().end(), 0.0) / 100 < 0.5 * zeros);
    // The code decides.
    const auto encoder = trainer.rule().encoder();
    Simulation<AnyRule, 16, 16> world{trainer.rule().rule(), 1};
    double greenness[2] = {};
    for (const int goal : {0, 1}) {
        world.clear();
        world.plant(8, 8);
        REQUIRE(world.set_inputs(*encoder.code(goal)));
        world.step(16);
        const auto state = world.state();
        for (int cell = 0; cell < 256; ++cell) {
            const auto values = state.view().cell(cell);
            greenness[goal] += static_cast<double>(values[1] - values[0]);
        }
    }
    CHECK(greenness[0] < 0.0);
    CHECK(greenness[1] > 0.0);
}

TEST_CASE("the code of a goal on the tape is the encoder's, with its gradient") {
    goal_guided::GuidedRule rule = small_task().untrained();
    rule.initialise(Philox{4});
    BasicTape<float> tape;
    const auto block = tape.variable(Shape{static_cast<int>(rule.parameters().size())}, rule.parameters());
    const auto code = goal_guided::encode_goal(block, rule.layout(), 1);
    const auto expected = *rule.encoder().code(1);
    REQUIRE(code.value().size() == expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k)
        CHECK(code.value()[k] == doctest::Approx(static_cast<double>(expected[k])));
    tape.backward(sum(square(code)));
    double analytic = 0.0;
    const auto loss_at = [&](float distance) {
        goal_guided::GuidedRule moved = rule;
        for (std::size_t i = rule.layout().first; i < moved.parameters().size(); ++i) {
            moved.parameters()[i] += distance * static_cast<float>(Philox{5}.normal(i));
        }
        double total = 0.0;
        const auto code_there = *moved.encoder().code(1);
        for (const float value : code_there) total += static_cast<double>(value) * static_cast<double>(value);
        return total;
    };
    for (std::size_t i = rule.layout().first; i < rule.parameters().size(); ++i) {
        analytic += static_cast<double>(block.gradient()[i]) * Philox{5}.normal(i);
    }
    CHECK(analytic == doctest::Approx((loss_at(1e-3F) - loss_at(-1e-3F)) / 2e-3).epsilon(0.01));
}

TEST_CASE("a training of goals resumes bit for bit") {
    SerialExecutor serial;
    Trainer whole{small_task(), {.seed = 5}, serial};
    whole.run(6);
    Trainer first{small_task(), {.seed = 5}, serial};
    first.run(4);
    const auto bytes = first.checkpoint();
    REQUIRE(bytes);
    Trainer second{small_task(), {.seed = 5}, serial};
    REQUIRE(second.resume(*bytes));
    second.run(6);
    CHECK(std::equal(whole.rule().parameters().begin(), whole.rule().parameters().end(),
                     second.rule().parameters().begin()));
}

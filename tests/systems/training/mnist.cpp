// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/mnist/metrics.hpp>
#include <nca/systems/mnist/task.hpp>
#include <nca/tape/gradient_check.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <common/trainer_checks.hpp>
#include <io/temporary.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace nca;
using mnist::Digits;
using mnist::image_cells;
constexpr int side = mnist::image_side;

/// Digits of the mind: bars of their own column and brightness for each label, with a rim of faint ink.
Digits bars(int count = 30) {
    Digits digits;
    digits.count = count;
    digits.grey.resize(static_cast<std::size_t>(count) * image_cells);
    for (int i = 0; i < count; ++i) {
        const int label = i % mnist::classes;
        digits.labels.push_back(static_cast<std::uint8_t>(label));
        for (int row = 8; row < 20; ++row) {
            for (int column = 6 + label; column < 10 + label; ++column) {
                digits
                    .grey[static_cast<std::size_t>(i) * image_cells + static_cast<std::size_t>(row * side + column)] =
                    column == 6 + label ? 0.05F
                                        : 0.15F + 0.08F * static_cast<float>(label) + 0.001F * static_cast<float>(i);
            }
        }
    }
    return digits;
}

mnist::Experiment small_experiment() {
    mnist::Experiment e;
    e.batch = 8;
    e.pool_size = 24;
    e.steps = 6;
    e.iterations = 2000;
    return e;
}

using TestTrainer = nca::Trainer<mnist::Task<>>;

using tests::parameters_of;

} // namespace

TEST_CASE("the presets of MNIST hold the published hyperparameters") {
    for (const mnist::Experiment& e : {mnist::l2_noise, mnist::l2, mnist::cross_entropy}) {
        CHECK(e.batch == 16);
        CHECK(e.pool_size == 160);
        CHECK(e.steps == 20);
        CHECK(e.fire_rate == 0.5);
        CHECK(e.iterations == 100000);
        CHECK(e.scheme == mnist::Scheme::mutating);
    }
    CHECK(mnist::l2_noise.noise == 0.02);
    CHECK(mnist::cross_entropy.noise == 0.0);
    CHECK(mnist::l2_noise.learning_rate()(0) == 1e-3);
    CHECK(mnist::l2_noise.learning_rate()(29999) == 1e-3);
    CHECK(mnist::l2_noise.learning_rate()(30000) == 1e-4);
    CHECK(mnist::l2_noise.learning_rate()(69999) == 1e-4);
    CHECK(mnist::l2_noise.learning_rate()(70000) == 1e-5);
    CHECK(mnist::cross_entropy.learning_rate()(70000) == 1e-4);
    CHECK(mnist::Rule<>::parameter_count == 22499);
    CHECK(StepOptions<mnist::Rule<>>{}.noise == 0.02);
}

TEST_CASE("the gradients of a whole iteration of 20 noisy steps agree with central differences, for both losses") {
    using R = mnist::Rule<Scalar<double>>;
    const Digits digits = bars();
    std::vector<double> start(image_cells * 20);
    for (std::size_t cell = 0; cell < image_cells; ++cell) {
        start[cell * 20] = static_cast<double>(digits.image(3)[cell]);
        if (!(digits.image(3)[cell] > mnist::ink)) continue;
        for (std::size_t c = 1; c < 20; ++c) start[cell * 20 + c] = 0.2 * Philox{4}.normal(cell * 20 + c);
    }
    for (const mnist::Loss kind : {mnist::Loss::l2, mnist::Loss::cross_entropy}) {
        R rule = tests::random_rule<R>(1, 0.4);
        const std::vector<double> block(rule.parameters().begin(), rule.parameters().end());
        const auto found = check_gradient(
            Shape{static_cast<int>(block.size())}, block,
            [&](BasicTape<double>& tape, const BasicVar<double>& weights) {
                const auto first = constant_state<R>(tape, GridView<const double, 20, side, side>{start.data(), {}});
                return mnist::digit_loss(rollout(Weights<R>{weights}, first, 20, Philox{3}), 3, kind);
            },
            {.step = 1e-5, .elements = 40});
        INFO("parameter " << found.element << ": " << found.analytic << " instead of " << found.numeric);
        CHECK(found.worst < 1e-6);
    }
}

TEST_CASE("the losses are those of the article, and no vote of a dead or frozen channel matters") {
    using R = mnist::Rule<Scalar<double>>;
    std::vector<double> state(image_cells * 20);
    // Two living cells and a dead one that holds something.
    for (const std::size_t cell : {std::size_t{100}, std::size_t{101}}) {
        state[cell * 20] = 0.5;
        state[cell * 20 + 12] = 2.0;
    }
    state[300 * 20] = 0.1;
    state[300 * 20 + 15] = 9.0;
    BasicTape<double> tape;
    const auto var = variable_state<R>(tape, GridView<const double, 20, side, side>{state.data(), {}});
    const auto l2 = mnist::digit_loss(var, 2, mnist::Loss::l2);
    CHECK(l2.item() == doctest::Approx(0.5 * 2.0 * 1.0));
    const auto other = mnist::digit_loss(var, 3, mnist::Loss::l2);
    CHECK(other.item() == doctest::Approx(0.5 * 2.0 * (4.0 + 1.0)));
    const auto ce = mnist::digit_loss(var, 3, mnist::Loss::cross_entropy);
    const double cell = std::log(std::exp(2.0) + 9.0);
    CHECK(ce.item() == doctest::Approx((2.0 * cell + 782.0 * std::log(10.0)) / 784.0));
    tape.backward(other);
    std::vector<double> gradient(state.size());
    var.store_gradient(gradient.data());
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        const bool living = i / 20 == 100 || i / 20 == 101;
        const double expected = !living ? 0.0 : (i % 20 == 12 ? 2.0 : (i % 20 == 13 ? -1.0 : 0.0));
        CHECK(gradient[i] == doctest::Approx(expected));
    }
}

TEST_CASE("training does not depend on the number of threads, only on the seed") {
    const Digits digits = bars();
    ThreadPool one{1};
    ThreadPool three{3};
    TestTrainer a{{digits, small_experiment()}, {.seed = 5}, one};
    TestTrainer b{{digits, small_experiment()}, {.seed = 5}, three};
    TestTrainer c{{digits, small_experiment()}, {.seed = 6}, three};
    for (int i = 0; i < 10; ++i) {
        const auto x = a.step();
        const auto y = b.step();
        c.step();
        CHECK(x.loss == y.loss);
        CHECK(x.finite);
    }
    CHECK(parameters_of(a) == parameters_of(b));
    CHECK(parameters_of(a) != parameters_of(c));
}

TEST_CASE("training lowers either loss") {
    const Digits digits = bars();
    ThreadPool pool{2};
    for (const mnist::Loss loss : {mnist::Loss::l2, mnist::Loss::cross_entropy}) {
        mnist::Experiment experiment = small_experiment();
        experiment.scheme = mnist::Scheme::naive;
        experiment.loss = loss;
        TestTrainer trainer{{digits, experiment}, {.seed = 5}, pool};
        std::vector<double> losses;
        for (int i = 0; i < 300; ++i) losses.push_back(trainer.step().loss);
        // The mean over all cells holds those without ink, which know nothing: log 10 each.
        const double floor = loss == mnist::Loss::l2 ? 0.0 : std::log(10.0) * (1.0 - 36.0 / 784.0);
        const auto mean = [&](auto from) { return std::accumulate(from, from + 20, 0.0) / 20.0 - floor; };
        CHECK(mean(losses.end() - 20) < 0.7 * mean(losses.begin()));
    }
}

TEST_CASE("a run that resumes equals one that was not interrupted, bit for bit") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("checkpoint.safetensors");
    const Digits digits = bars();
    ThreadPool pool{2};
    for (const mnist::Scheme scheme : {mnist::Scheme::naive, mnist::Scheme::persistent, mnist::Scheme::mutating}) {
        mnist::Experiment experiment = small_experiment();
        experiment.scheme = scheme;
        TestTrainer whole{{digits, experiment}, {.seed = 5}, pool};
        TestTrainer half{{digits, experiment}, {.seed = 5}, pool};
        whole.run(12);
        half.run(6);
        REQUIRE(half.save(path).ok());
        TestTrainer resumed{{digits, experiment}, {.seed = 5}, pool};
        const auto found = resumed.resume(path);
        REQUIRE_MESSAGE(found.ok(), (found.ok() ? "" : found.error().message));
        CHECK(resumed.losses() == half.losses());
        resumed.run(12);
        CHECK(parameters_of(resumed) == parameters_of(whole));
        CHECK(resumed.pool().labels() == whole.pool().labels());

        TestTrainer other{{digits, experiment}, {.seed = 6}, pool};
        CHECK_FALSE(other.resume(path).ok());
        const Digits more_digits = bars(31);
        TestTrainer more{{more_digits, experiment}, {.seed = 5}, pool};
        CHECK_FALSE(more.resume(path).ok());
    }
}

TEST_CASE("mutated samples keep what cells hold where both pictures have ink, fresh ones start empty") {
    Digits digits = bars(10);
    mnist::Experiment experiment = small_experiment();
    experiment.batch = 4;
    experiment.pool_size = 4;
    ThreadPool pool{1};
    TestTrainer trainer{{digits, experiment}, {.seed = 5}, pool};
    constexpr std::size_t channels = 20;
    const FieldOf<mnist::Rule<>> geometry{{side, side}};
    // The pool holds exactly the pictures of its labels, before and after training has filled the cells.
    for (int round = 0; round < 3; ++round) {
        int touched = 0;
        for (int slot = 0; slot < 4; ++slot) {
            const auto picture = digits.image(trainer.pool().label(slot));
            const auto& state = trainer.pool()[slot];
            std::size_t ink = 0;
            geometry.for_each_position(state.positions.data(), state.count(), [&](int row, int column, int i) {
                const float grey = picture[static_cast<std::size_t>(row * side + column)];
                const float* const values = state.values.data() + static_cast<std::size_t>(i) * channels;
                CHECK(values[0] == grey);
                const bool empty = std::all_of(values + 1, values + channels, [](float v) { return v == 0.0F; });
                if (grey <= mnist::ink) CHECK(empty);
                touched += empty ? 0 : 1;
                ++ink;
            });
            CHECK(ink == static_cast<std::size_t>(
                             std::count_if(picture.begin(), picture.end(), [](float grey) { return grey > 0.0F; })));
        }
        CHECK((touched > 0) == (round > 0));
        trainer.step();
    }
}

TEST_CASE("metrics of cells that are told what to say") {
    // A rule of zeros leaves states alone: every cell votes for 0.
    const Digits digits = bars(20);
    const mnist::Rule<> silent;
    mnist::Evaluation evaluation;
    evaluation.count = 20;
    evaluation.batch = 10;
    evaluation.record = {1, 3, 5};
    evaluation.mutate_at = 3;
    StepOptions<mnist::Rule<>> options;
    options.noise = 0.0;
    ThreadPool pool{2};
    const auto metrics = mnist::evaluate(silent, digits, evaluation, options, pool);
    REQUIRE(metrics.size() == 3);
    CHECK(metrics[0].step == 1);
    CHECK(metrics[0].cell_accuracy == doctest::Approx(0.1));
    CHECK(metrics[0].agreement == doctest::Approx(1.0));
    CHECK(metrics[0].majority == doctest::Approx(0.1));
    CHECK(metrics[0].state == 0.0);
    // A constant vote for 7 from the last bias: half of the cells fire in each step.
    mnist::Rule<> sevens;
    sevens.bias(2, 9 + 7) = 0.5F;
    const auto loud = mnist::evaluate(sevens, digits, evaluation, options, pool);
    CHECK(loud[1].agreement < 1.0);
    CHECK(loud[1].majority == doctest::Approx(0.1));
    CHECK(loud[1].cell_accuracy == doctest::Approx(0.1 * 7.0 / 8.0).epsilon(0.3));
    CHECK(loud[0].residual == doctest::Approx(0.5 / 19.0).epsilon(0.1));
    CHECK(loud[0].state == doctest::Approx(0.25 / 19.0).epsilon(0.1));
    const auto serial = mnist::evaluate(sevens, digits, evaluation, options, SerialExecutor{});
    for (std::size_t i = 0; i < 3; ++i) CHECK(serial[i].state == loud[i].state);
}

// SPDX-License-Identifier: Apache-2.0
// Training of muNCA: transport of patches, and gradients that are normalised between the steps.
#include <nca/core/thread_pool.hpp>
#include <nca/systems/texture/patch_loss.hpp>
#include <nca/systems/texture/selection.hpp>
#include <nca/systems/texture/task.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace {

using namespace nca;
using texture::Image;
using texture::PatchLoss;
using Micro = texture::MicroRule<8>;

constexpr int side = 20;

/// Slanted stripes in two colours, and a third.
Image stripes(int period, int size = side) {
    Image picture{Extents<Dynamic, Dynamic>{{size, size}}};
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const double phase = 2.0 * 3.14159265358979 * (x + y) / period;
            picture(y, x)[0] = static_cast<float>(0.5 + 0.4 * std::sin(phase));
            picture(y, x)[1] = static_cast<float>(0.4 + 0.2 * std::cos(phase));
            picture(y, x)[2] = 0.3F;
        }
    }
    return picture;
}
std::vector<float> values_of(const Image& picture) {
    return {picture.values().begin(), picture.values().end()};
}
PatchLoss loss_of(const Image& target, int size = side) {
    auto loss = PatchLoss::create(target, size, size);
    REQUIRE(loss.ok());
    SerialExecutor serial;
    loss->draw(Philox{3}, serial);
    return std::move(*loss);
}
double evaluate(const PatchLoss& loss, const std::vector<float>& picture, std::span<float> gradient = {}) {
    const auto scratch = loss.make_scratch();
    return loss.evaluate(picture, gradient, *scratch);
}

} // namespace

TEST_CASE("a blur keeps the mean of a constant picture, spreads a point as a Gaussian, and reflects at the border") {
    std::vector<float> picture(side * side * 3, 0.7F);
    std::vector<float> rows(picture.size());
    std::vector<float> to(picture.size());
    texture::blur(picture, side, side, rows, to);
    for (const float v : to) CHECK(v == doctest::Approx(0.7));
    std::fill(picture.begin(), picture.end(), 0.0F);
    picture[0] = 1.0F;
    texture::blur(picture, side, side, rows, to);
    const auto at = [&](int y, int x) { return static_cast<double>(to[static_cast<std::size_t>((y * side + x) * 3)]); };
    CHECK(at(0, 1) / at(0, 0) == doctest::Approx(std::exp(-0.5)));
    CHECK(at(2, 0) / at(0, 0) == doctest::Approx(std::exp(-2.0)));
    CHECK(at(1, 1) / at(0, 0) == doctest::Approx(std::exp(-1.0)));
    CHECK(at(0, 3) == 0.0);
}

TEST_CASE("the transport of patches is zero for the target itself and grows with what differs") {
    const PatchLoss loss = loss_of(stripes(8));
    CHECK(evaluate(loss, values_of(stripes(8))) == 0.0);
    const double wider = evaluate(loss, values_of(stripes(10)));
    CHECK(wider > 0.1);
    std::vector<float> grey(side * side * 3, 0.5F);
    CHECK(evaluate(loss, grey) > wider);
}

TEST_CASE("of a constant picture against another the transport of patches is half the squared distance of patches") {
    const auto constant = [](float level) {
        Image picture{Extents<Dynamic, Dynamic>{{side, side}}};
        std::fill(picture.values().begin(), picture.values().end(), level);
        return picture;
    };
    // Two levels, 20 and 10; many directions, so that their mean is that of all.
    auto loss = PatchLoss::create(constant(0.25F), side, side, 4000);
    REQUIRE(loss.ok());
    SerialExecutor serial;
    loss->draw(Philox{1}, serial);
    CHECK(evaluate(*loss, values_of(constant(0.75F))) == doctest::Approx(2 * 0.5 * 75 * 0.25).epsilon(0.05));
}

TEST_CASE("gradients of the transport of patches agree with differences") {
    const PatchLoss loss = loss_of(stripes(8));
    std::vector<float> picture = values_of(stripes(11));
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] += 0.2F * static_cast<float>(Philox{7}.normal(i));
    std::vector<float> gradient(picture.size());
    evaluate(loss, picture, gradient);
    for (std::uint32_t direction = 0; direction < 5; ++direction) {
        std::vector<float> step(picture.size());
        double slope = 0.0;
        for (std::size_t i = 0; i < step.size(); ++i) {
            step[i] = 1e-3F * static_cast<float>(Philox{11}.split(direction).normal(i));
            slope += 2.0 * static_cast<double>(step[i]) * static_cast<double>(gradient[i]);
        }
        std::vector<float> forward = picture;
        std::vector<float> backward = picture;
        for (std::size_t i = 0; i < step.size(); ++i) {
            forward[i] += step[i];
            backward[i] -= step[i];
        }
        CHECK(evaluate(loss, forward) - evaluate(loss, backward) == doctest::Approx(slope).epsilon(0.01));
    }
}

TEST_CASE("patches need a picture of five pixels along each side") {
    CHECK_FALSE(PatchLoss::create(stripes(8, 4), side, side).ok());
    CHECK_FALSE(PatchLoss::create(stripes(8), 4, side).ok());
    CHECK(PatchLoss::create(stripes(8, 5), 5, 7).ok());
}

TEST_CASE("a state whose gradient is normalised has the same values, and a gradient of length one") {
    Tape tape;
    Micro rule;
    texture::initialise(rule, texture::Start::small_normal, Philox{1});
    Grid<float, 8, 6, 6> grid;
    texture::plant_noise(grid.values(), Philox{2});
    const auto gradient = [&](bool normalised) {
        tape.clear();
        const Weights<Micro> weights = parameters(tape, rule);
        const State<Micro> first = variable_state<Micro>(tape, grid.view());
        const State<Micro> same = normalised ? with_normalised_gradient(first) : first;
        const State<Micro> last = step(weights, same, FireMask(Philox{3}, 0, 1.0));
        std::vector<float> values(grid.values().size());
        same.store(values.data());
        CHECK(std::equal(values.begin(), values.end(), grid.values().begin()));
        tape.backward(sum(square(first_channels(last, 3))));
        first.store_gradient(values.data());
        return values;
    };
    const std::vector<float> plain = gradient(false);
    const std::vector<float> unit = gradient(true);
    const auto length = [](const std::vector<float>& v) {
        return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
    };
    CHECK(length(plain) > 2.0);
    CHECK(length(unit) == doctest::Approx(1.0));
    for (std::size_t i = 0; i < unit.size(); ++i) {
        CHECK(static_cast<double>(unit[i]) * length(plain) == doctest::Approx(static_cast<double>(plain[i])));
    }
}

TEST_CASE("training a rule of 68 parameters lowers the transport of patches, whatever the number of threads") {
    texture::Experiment experiment = texture::micro;
    experiment.side = side;
    experiment.min_steps = 16;
    experiment.max_steps = 48;
    const auto train = [&](int threads, int iterations) {
        PatchLoss loss = loss_of(stripes(8));
        ThreadPool pool{threads};
        nca::Trainer trainer{texture::Task<texture::MicroRule<4>>{loss, experiment}, {.seed = 1}, pool};
        std::vector<double> losses;
        for (int i = 0; i < iterations; ++i) losses.push_back(trainer.step().loss);
        return losses;
    };
    // Single states may leave their range for a while.
    const auto median = [](std::vector<double> values) {
        std::nth_element(values.begin(), values.begin() + 15, values.end());
        return values[15];
    };
    const std::vector<double> losses = train(1, 400);
    const std::vector<double> first{losses.begin(), losses.begin() + 30};
    CHECK(median({losses.end() - 30, losses.end()}) < 0.5 * median(first));
    CHECK(train(3, 30) == first);
}

TEST_CASE("of the rules of a training the one is selected that does best in the long run") {
    constexpr int steps = 30;
    PatchLoss loss = loss_of(stripes(8));
    SerialExecutor serial;
    texture::Selection<Micro> selection{loss, steps, serial};
    CHECK_FALSE(selection.has_rule());

    Micro overflowing; // multiplies its state by a thousand at every step
    visit_parameters(overflowing, [&](float& parameter, int /*layer*/, int input, int output) {
        if (input == output) parameter = 1e3F;
    });
    CHECK_FALSE(selection.offer(overflowing, 64));
    CHECK_FALSE(selection.has_rule());

    const Micro still; // keeps the noise that it starts from
    CHECK(selection.offer(still, 128));
    CHECK(selection.iteration() == 128);
    loss.draw(Philox{1}, serial);
    CHECK(selection.loss() == evaluate(loss, texture::grown_image(still, side, steps, 128)));

    texture::Experiment experiment = texture::micro;
    experiment.side = side;
    nca::Trainer trainer{texture::Task<Micro>{loss, experiment}, {.seed = 1}, serial};
    trainer.run(200);
    CHECK(selection.offer(trainer.averaged_rule(), 200));
    const double best = selection.loss();
    CHECK_FALSE(selection.offer(still, 256));
    CHECK(selection.loss() == best);
    CHECK(std::equal(selection.rule().parameters().begin(), selection.rule().parameters().end(),
                     trainer.averaged_rule().parameters().begin()));
}

TEST_CASE("selecting does not change what is trained") {
    const auto train = [](bool selects) {
        PatchLoss loss = loss_of(stripes(8));
        SerialExecutor serial;
        texture::Selection<Micro> selection{loss, 5, serial};
        texture::Experiment experiment = texture::micro;
        experiment.side = side;
        nca::Trainer trainer{texture::Task<Micro>{loss, experiment}, {.seed = 1}, serial};
        trainer.run(8, [&](const TrainingReport& report) {
            if (selects) selection.offer(trainer.averaged_rule(), report.iteration);
        });
        return trainer.losses();
    };
    CHECK(train(true) == train(false));
}

// SPDX-License-Identifier: Apache-2.0
// The recipe `fast` of Growing NCA.
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/train/soap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

using namespace nca;

using Small = growing::Rule<16, 32>;
using FastTrainer = Trainer<growing::Task<Small>, Soap<Small>>;

growing::Target<Small> disc() {
    growing::Target<Small> target{Extents<Dynamic, Dynamic>{{20, 20}}};
    for (int y = 0; y < 20; ++y) {
        for (int x = 0; x < 20; ++x) {
            if ((x - 10) * (x - 10) + (y - 10) * (y - 10) > 16) continue;
            target(y, x)[0] = 1.0F;
            target(y, x)[3] = 1.0F;
        }
    }
    return target;
}

growing::Experiment experiment(std::int64_t iterations) {
    growing::Experiment e = growing::fast(growing::regenerating, iterations);
    e.pool_size = 32;
    e.min_steps = 12;
    e.max_steps = 24;
    return e;
}

/// The loss of the pool, which holds what training has grown.
double mean_loss(const auto& trainer) {
    double total = 0.0;
    for (int i = 0; i < trainer.pool().size(); ++i) total += trainer.task().loss_of(trainer.pool()[i]);
    return total / trainer.pool().size();
}

} // namespace

TEST_CASE("the learning rate of the recipe rises, holds and falls to zero at its last iteration") {
    const Schedule rate = growing::fast(growing::regenerating, 1000).learning_rate;
    CHECK(rate(0) == doctest::Approx(4e-3 / 20));
    CHECK(rate(19) == 4e-3);
    CHECK(rate(500) == 4e-3);
    CHECK(rate(750) == doctest::Approx(2e-3));
    CHECK(rate(999) == doctest::Approx(4e-3 / 500));
    CHECK(rate(1000) == 0.0);
}

TEST_CASE("experiments without damage stay without it") {
    CHECK(growing::fast(growing::persistent).damaged == 0);
    CHECK(growing::fast(growing::growing).damaged == 0);
    CHECK_FALSE(growing::fast(growing::growing).sample_pool);
    CHECK(growing::fast(growing::regenerating).damaged > 0);
}

TEST_CASE("the power of the loss scales the gradient of a sample and leaves the loss as it is") {
    const growing::Target<Small> target = disc();
    const auto gradient_of = [&](double exponent, float& loss) {
        growing::Experiment e = growing::regenerating;
        e.loss_exponent = exponent;
        const growing::Task<Small> task{target, e};
        Small rule;
        rule.initialise(Philox{1});
        SamplePool<float> pool{1, seed_state<Small>(task.extents().sizes())};
        SerialExecutor serial;
        Batch<Small> batch{pool, {0}, Philox{2}, 0, serial};
        batch.steps = 4;
        Tape tape;
        const Weights<Small> weights = parameters(tape, rule);
        Rollout<Small> rollout{tape, weights, batch, task.extents().sizes(), 0, Philox{3}};
        const Var result = task.loss(rollout, 0);
        loss = result.item();
        tape.backward(result);
        return std::vector<float>(weights.gradient().begin(), weights.gradient().end());
    };
    float plain = 0.0F;
    float rooted = 0.0F;
    const std::vector<float> a = gradient_of(1.0, plain);
    const std::vector<float> b = gradient_of(0.5, rooted);
    CHECK(plain == rooted);
    const double slope = 0.5 / std::sqrt(static_cast<double>(plain));
    CHECK(std::any_of(a.begin(), a.end(), [](float g) { return g != 0.0F; }));
    for (std::size_t i = 0; i < a.size(); ++i) {
        REQUIRE(static_cast<double>(b[i]) == doctest::Approx(slope * static_cast<double>(a[i])).epsilon(1e-4));
    }
}

TEST_CASE("a training by the recipe that is resumed equals one that was not, bit for bit") {
    SerialExecutor serial;
    FastTrainer whole{{disc(), experiment(40)}, Soap<Small>{}, {.seed = 1}, serial};
    FastTrainer first{{disc(), experiment(40)}, Soap<Small>{}, {.seed = 1}, serial};
    FastTrainer second{{disc(), experiment(40)}, Soap<Small>{}, {.seed = 1}, serial};
    whole.run(40);
    first.run(25); // between two computations of the eigenvectors
    const auto checkpoint = first.checkpoint();
    REQUIRE(checkpoint.ok());
    REQUIRE(second.resume(*checkpoint).ok());
    second.run(40);
    CHECK(std::ranges::equal(whole.rule().parameters(), second.rule().parameters()));
}

TEST_CASE("a disc is learned from scratch by the recipe, and better than by the published one in as many iterations") {
    ThreadPool threads;
    constexpr int iterations = 400;
    FastTrainer fast{{disc(), experiment(iterations)}, Soap<Small>{}, {.seed = 1}, threads};
    fast.run(iterations);
    growing::Experiment e = growing::regenerating;
    e.pool_size = 32;
    e.min_steps = 12;
    e.max_steps = 24;
    Trainer published{growing::Task<Small>{disc(), e}, {.seed = 1}, threads};
    published.run(iterations);
    CHECK(mean_loss(fast) < 0.5 * mean_loss(published));
}

// SPDX-License-Identifier: Apache-2.0
// The recipe `fast` of Growing NCA.
#include <nca/core/thread_pool.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/cuts.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/train/soap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
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

/// A state of which every cell is alive.
SparseState<float> full_state(int side) {
    Grid<float, Small::channels, Dynamic, Dynamic> grid{Extents<Dynamic, Dynamic>{{side, side}}};
    std::fill(grid.values().begin(), grid.values().end(), 1.0F);
    return sparse_state<Small>(grid.view());
}

/// The mean error of creatures that the trained rule grows from the seed.
double grown_error(const auto& trainer) {
    constexpr int runs = 4;
    double total = 0.0;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        Simulation<Small, Dynamic, Dynamic> world{borrow(trainer.averaged_rule()), trainer.task().extents(), seed};
        world.plant(10, 10);
        world.step(24);
        total += trainer.task().loss_of(world.snapshot().cells) / runs;
    }
    return total;
}

} // namespace

TEST_CASE("the learning rate of the recipe rises, holds and falls to zero at its last iteration") {
    const Schedule rate = growing::fast(growing::regenerating, 1000).learning_rate;
    CHECK(rate(0) == doctest::Approx(4e-3 / 20));
    CHECK(rate(19) == 4e-3);
    CHECK(rate(600) == 4e-3);
    CHECK(rate(800) == doctest::Approx(2e-3));
    CHECK(rate(999) == doctest::Approx(4e-3 / 400));
    CHECK(rate(1000) == 0.0);
}

TEST_CASE("experiments without damage stay without it") {
    CHECK(growing::fast(growing::persistent, 1000).damaged == 0);
    CHECK(growing::fast(growing::growing, 1000).damaged == 0);
    CHECK_FALSE(growing::fast(growing::growing, 1000).sample_pool);
    CHECK(growing::fast(growing::regenerating, 1000).damaged > 0);
}

TEST_CASE("a larger target is trained for fewer iterations, in all about as long, and never for fewer than 2,500") {
    CHECK(growing::fast_iterations(700) > growing::fast_iterations(1100));
    const auto work = [](int cells) { return static_cast<double>(growing::fast_iterations(cells)) * cells; };
    CHECK(work(700) == doctest::Approx(work(1600)).epsilon(1e-3));
    CHECK(growing::fast_iterations(1'000'000) == 2500);
    CHECK(growing::fast_iterations(0) == growing::fast_iterations(500));
}

TEST_CASE("the living cells of a target are the visible ones and their neighbours inside of the grid") {
    growing::Target<Small> target{Extents<Dynamic, Dynamic>{{6, 7}}};
    CHECK(growing::living_cells<Small>(target) == 0);
    target(0, 0)[3] = 0.2F; // in the corner: 2 x 2
    target(3, 4)[3] = 1.0F; // 3 x 3 ...
    target(3, 5)[3] = 1.0F; // ... and a column more
    target(5, 0)[3] = 0.1F; // not visible
    CHECK(growing::living_cells<Small>(target) == 4 + 12);
}

TEST_CASE("discs lie where and are as large as they are told") {
    constexpr int side = 41;
    const growing::Discs middle{.centre = 0.0, .min_radius = 0.49, .radius_range = 0.0};
    SparseState<float> state = full_state(side);
    growing::cut_disc<Small>(state, {side, side}, Philox{1}, 0, middle);
    int kept = 0;
    for (int y = -20; y <= 20; ++y) {
        for (int x = -20; x <= 20; ++x) kept += x * x + y * y < 96 ? 0 : 1;
    }
    CHECK(state.count() == kept);

    const growing::Discs small{.centre = 0.9, .min_radius = 0.1, .radius_range = 0.1};
    for (int draw = 0; draw < 100; ++draw) {
        SparseState<float> cut = full_state(side);
        growing::cut_disc<Small>(cut, {side, side}, Philox{2}, draw, small);
        CHECK(side * side - cut.count() > 0);
        CHECK(side * side - cut.count() <= 57); // a disc of radius 4 cells at most
    }
}

TEST_CASE("samples are damaged from an iteration on") {
    growing::Experiment e = experiment(40);
    e.damage_from = 7;
    const growing::Task<Small> task{disc(), e};
    SerialExecutor serial;
    const auto damaged_at = [&](std::int64_t iteration) {
        SamplePool<float> pool{4, full_state(20)};
        Batch<Small> batch{pool, {0, 1, 2, 3}, Philox{2}, iteration, serial};
        task.begin(batch, Philox{3});
        int damaged = 0;
        for (int sample = 1; sample < 4; ++sample) damaged += batch.state(sample).count() < 400 ? 1 : 0;
        return damaged;
    };
    CHECK(damaged_at(6) == 0);
    CHECK(damaged_at(7) == e.damaged);
}

TEST_CASE("any sample that is not damaged becomes the seed, where the article replaces the worst") {
    growing::Experiment e = growing::regenerating;
    e.damaged = 1;
    // Four states: that in slot 0 is by far the worst, that in slot 3 the target itself.
    const growing::Target<Small> target = disc();
    Grid<float, Small::channels, Dynamic, Dynamic> grown{target.extents()};
    for (int cell = 0; cell < target.extents().cells(); ++cell) {
        std::copy_n(target.view().cell(cell).begin(), 4, grown.view().cell(cell).begin());
    }
    const auto reseeded = [&](bool any, std::uint32_t iteration) {
        e.reseed_any = any;
        const growing::Task<Small> task{target, e};
        SamplePool<float> pool{4, full_state(20)};
        for (int slot = 1; slot < 4; ++slot) pool[slot] = sparse_state<Small>(grown.view());
        for (int slot = 1; slot < 3; ++slot) pool[slot].values[0] += 0.5F;
        SerialExecutor serial;
        const Philox random = Philox{4}.split(iteration);
        Batch<Small> batch{pool, {0, 1, 2, 3}, random, iteration, serial};
        task.begin(batch, random);
        for (int slot = 0; slot < 4; ++slot) {
            if (pool[slot].count() == 1) return slot;
        }
        return -1;
    };
    std::array<int, 4> times{};
    for (std::uint32_t iteration = 0; iteration < 300; ++iteration) {
        CHECK(reseeded(false, iteration) == 0);
        ++times[static_cast<std::size_t>(reseeded(true, iteration))];
    }
    for (std::size_t slot = 0; slot < 3; ++slot) CHECK(times[slot] > 70);
    CHECK(times[3] == 0);
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
    constexpr int iterations = 800;
    FastTrainer fast{{disc(), experiment(iterations)}, Soap<Small>{}, {.seed = 1}, threads};
    fast.run(iterations);
    growing::Experiment e = growing::regenerating;
    e.pool_size = 32;
    e.min_steps = 12;
    e.max_steps = 24;
    Trainer published{growing::Task<Small>{disc(), e}, {.seed = 1}, threads};
    published.run(iterations);
    const double empty = fast.task().loss_of({});
    CHECK(grown_error(fast) < 0.1 * empty);
    CHECK(grown_error(fast) < 0.75 * grown_error(published));
}

// SPDX-License-Identifier: Apache-2.0
// How pictures of goals are compared with their targets, and how often trainings change goals.
#include <nca/eigen.hpp>
#include <nca/nca.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

using namespace nca;

namespace {

std::vector<goal_guided::Target> three_targets() {
    std::vector<goal_guided::Target> targets;
    for (const std::size_t colour : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
        goal_guided::Target target{Extents<Dynamic, Dynamic>{{12, 12}}};
        for (int y = 4; y < 9; ++y) {
            for (int x = 4; x < 9; ++x) target(y, x)[colour] = target(y, x)[3] = 1.0F;
        }
        targets.push_back(std::move(target));
    }
    return targets;
}

constexpr goal_guided::Experiment small{
    .codes = 6, .width = 8, .pool_size = 4, .batch = 2, .seeds = 1, .min_steps = 4, .max_steps = 8};

goal_guided::GuidedModel random_model() {
    auto rule = goal_guided::Task::create(three_targets(), small)->untrained();
    rule.initialise(Philox{2});
    return {rule.rule(), rule.encoder()};
}

/// Iterations, of 40, in which the goals of both states of the pool change; one of them becomes the seed.
int changes(double new_goals, std::int64_t warm_up) {
    goal_guided::Experiment experiment = small;
    experiment.pool_size = 2; // both are drawn
    experiment.new_goals = new_goals;
    experiment.warm_up = warm_up;
    SerialExecutor serial;
    Trainer trainer{*goal_guided::Task::create(three_targets(), experiment), {.seed = 3}, serial};
    int changed = 0;
    for (int i = 0; i < 40; ++i) {
        const std::vector<std::int32_t> before{trainer.pool().label(0), trainer.pool().label(1)};
        trainer.step();
        changed += trainer.pool().label(0) != before[0] && trainer.pool().label(1) != before[1] ? 1 : 0;
    }
    return changed;
}

} // namespace

TEST_CASE("errors of goals are means over the runs that live, whatever the number of threads") {
    const auto model = random_model();
    const auto targets = three_targets();
    SerialExecutor serial;
    ThreadPool threads{3};
    const goal_guided::EvaluateOptions options{.grown = 6, .changed = 5, .runs = 3};
    const auto one = goal_guided::evaluate(model, targets, options, serial);
    const auto many = goal_guided::evaluate(model, targets, options, threads);
    CHECK(one.error == many.error);
    CHECK(one.changed == many.changed);
    double total = 0.0;
    int living = 0;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        auto world = goal_guided::planted(model.rule, targets[0].extents(), seed);
        goal_guided::set_goal(world, model.encoder, 1);
        world.step(6);
        if (goal_guided::is_dead(world)) continue;
        total += goal_guided::error_of(world, targets[1]);
        ++living;
    }
    CHECK(one.living[1] == living);
    if (living > 0) CHECK(one.error[1] == doctest::Approx(total / living).epsilon(1e-12));
}

TEST_CASE("a goal that no run survives has the error of an empty grid") {
    auto model = random_model();
    // Every update takes 64 off alpha.
    visit_parameters(model.rule, [&](float& value, int l, int input, int output) {
        const bool is_bias = input == model.rule.architecture().layer(l).inputs;
        value = l == 2 ? (output == 3 && !is_bias ? -1.0F : 0.0F) : (is_bias ? 1.0F : 0.0F);
    });
    SerialExecutor serial;
    const auto found = goal_guided::evaluate(model, three_targets(), {.grown = 40, .changed = 1, .runs = 2}, serial);
    CHECK(found.living == std::vector<int>{0, 0, 0});
    CHECK(found.mean_error == doctest::Approx(50.0 / 576.0));
    CHECK(found.worst_changed == 0.0);
}

TEST_CASE("goals of the pool change less often where rollouts are shorter, and never where they shall not") {
    CHECK(changes(0.0, 0) == 0);
    CHECK(changes(1.0, 1000) < changes(1.0, 0));
}

TEST_CASE("SOAP trains the learned filters of a rule and the encoder of its goals along") {
    SerialExecutor serial;
    const auto task = *goal_guided::Task::create(three_targets(), small);
    const Soap<AnyRule> soap{{}, task.architecture(), task.untrained().parameters().size()};
    Trainer trainer{task, soap, {.seed = 4}, serial};
    const std::vector<float> before{trainer.rule().parameters().begin(), trainer.rule().parameters().end()};
    trainer.run(3);
    const auto moved = [&](std::size_t from, std::size_t to) {
        return !std::equal(before.begin() + static_cast<std::ptrdiff_t>(from),
                           before.begin() + static_cast<std::ptrdiff_t>(to),
                           trainer.rule().parameters().begin() + static_cast<std::ptrdiff_t>(from));
    };
    const auto& layout = trainer.rule().layout();
    CHECK(moved(task.architecture().filter_offset(), task.architecture().block_size()));
    CHECK(moved(layout.offset(0), layout.offset(1)));
    CHECK(moved(layout.offset(3), layout.offset(4)));
}

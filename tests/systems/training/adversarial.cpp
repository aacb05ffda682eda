// SPDX-License-Identifier: Apache-2.0
// The training of attacks: what they learn, that they resume, and that their victims stay as they are.
#include <nca/core/thread_pool.hpp>
#include <nca/run/perturb.hpp>
#include <nca/systems/adversarial/task.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace nca;
using Creature = growing::Rule<8, 16>;
using Target = Grid<float, 4, Dynamic, Dynamic>;

/// A small digit set: bars of ink.
mnist::Digits bars() {
    mnist::Digits digits{8, std::vector<float>(8 * mnist::image_cells), {}};
    for (std::size_t d = 0; d < 8; ++d) {
        digits.labels.push_back(static_cast<std::uint8_t>(d));
        for (std::size_t row = 6; row < 22; ++row) {
            for (std::size_t column = 8 + d; column < 14 + d; ++column) {
                digits.grey[d * mnist::image_cells + row * 28 + column] = 0.8F;
            }
        }
    }
    return digits;
}

Target disc() {
    Target target{Extents<Dynamic, Dynamic>{{16, 18}}};
    for (int row = 0; row < 16; ++row) {
        for (int column = 0; column < 18; ++column) {
            if ((row - 8) * (row - 8) + (column - 9) * (column - 9) > 14) continue;
            target(row, column)[0] = 1.0F;
            target(row, column)[3] = 1.0F;
        }
    }
    return target;
}

adversarial::CreatureAttack small_attack() {
    adversarial::CreatureAttack attack;
    attack.fraction = 0.4;
    attack.pool_size = 12;
    attack.min_steps = 6;
    attack.max_steps = 10;
    attack.grown_steps = 12;
    return attack;
}

adversarial::DigitAttack small_digit_attack() {
    adversarial::DigitAttack attack;
    attack.pool_size = 12;
    attack.batch = 8;
    attack.steps = 5;
    return attack;
}

/// A victim that lives.
Creature living_rule() {
    Creature rule = tests::random_rule<Creature>(3, 0.3);
    rule.bias(1, growing::alpha_channel) = 0.05F;
    return rule;
}

std::string checkpoint_path(const std::string& name) {
    return (std::filesystem::temp_directory_path() / ("nca_attack_" + name + ".safetensors")).string();
}

template <class A>
std::vector<float> parameters_of(const A& rule) {
    return {rule.parameters().begin(), rule.parameters().end()};
}

template <class Task>
auto make_trainer(Task task, ExecutorRef executor) {
    return std::make_unique<Trainer<Task>>(std::move(task), TrainerOptions{.seed = 5}, executor);
}

/// Trains one trainer without a break, another one with a break, and compares.
template <class MakeTrainer>
void check_resume(MakeTrainer&& make, const std::string& name) {
    const std::string path = checkpoint_path(name);
    ThreadPool threads{2};
    SerialExecutor serial;
    auto whole = make(ExecutorRef{threads});
    whole->run(6);
    auto first = make(ExecutorRef{serial});
    first->run(3);
    REQUIRE(first->save(path).ok());
    auto second = make(ExecutorRef{threads});
    const auto resumed = second->resume(path);
    REQUIRE_MESSAGE(resumed.ok(), (resumed.ok() ? "" : resumed.error().message));
    CHECK(second->losses() == first->losses());
    second->run(6);
    CHECK(parameters_of(second->rule()) == parameters_of(whole->rule()));
    CHECK(parameters_of(second->averaged_rule()) == parameters_of(whole->averaged_rule()));
    for (int slot = 0; slot < whole->pool().size(); ++slot) {
        CHECK(second->pool()[slot].positions == whole->pool()[slot].positions);
        CHECK(second->pool()[slot].values == whole->pool()[slot].values);
    }
    std::filesystem::remove(path);
}

} // namespace

TEST_CASE("an attack that is stopped and resumed, on any number of threads, equals one that was not") {
    const mnist::Digits digits = bars();
    const auto digit_victim = tests::random_rule<mnist::Rule<>>(1, 0.3);
    check_resume(
        [&](ExecutorRef executor) {
            return make_trainer(adversarial::DigitTask<>{digit_victim, digits, small_digit_attack()}, executor);
        },
        "digits");
    const Creature victim = living_rule();
    check_resume(
        [&](ExecutorRef executor) {
            return make_trainer(adversarial::InjectionTask<Creature>{victim, disc(), small_attack()}, executor);
        },
        "injection");
    check_resume(
        [&](ExecutorRef executor) {
            return make_trainer(adversarial::PerturbationTask<Creature>{victim, disc(), small_attack()}, executor);
        },
        "perturbation");
}

TEST_CASE("a checkpoint of another victim is refused") {
    const Creature victim = living_rule();
    Creature other = victim;
    other.bias(0, 0) += 0.5F;
    SerialExecutor serial;
    const std::string path = checkpoint_path("other");
    Trainer trainer{adversarial::InjectionTask<Creature>{victim, disc(), small_attack()}, {.seed = 5}, serial};
    REQUIRE(trainer.save(path).ok());
    Trainer second{adversarial::InjectionTask<Creature>{other, disc(), small_attack()}, {.seed = 5}, serial};
    const auto resumed = second.resume(path);
    REQUIRE_FALSE(resumed.ok());
    CHECK(resumed.error().message.find("victim") != std::string::npos);
    std::filesystem::remove(path);
}

TEST_CASE("the victim of an attack stays as it is while the adversary learns") {
    const mnist::Digits digits = bars();
    const auto digit_victim = tests::random_rule<mnist::Rule<>>(1, 0.3);
    const Creature victim = living_rule();
    const auto digit_before = parameters_of(digit_victim);
    const auto before = parameters_of(victim);
    ThreadPool threads{2};
    const auto train = [](auto& trainer) {
        const auto start = parameters_of(trainer.rule());
        for (int i = 0; i < 3; ++i) CHECK(trainer.step().finite);
        CHECK(parameters_of(trainer.rule()) != start);
    };
    Trainer digit_trainer{adversarial::DigitTask<>{digit_victim, digits, small_digit_attack()}, {.seed = 5}, threads};
    Trainer injection{adversarial::InjectionTask<Creature>{victim, disc(), small_attack()}, {.seed = 5}, threads};
    Trainer perturbation{adversarial::PerturbationTask<Creature>{victim, disc(), small_attack()}, {.seed = 5}, threads};
    train(digit_trainer);
    train(injection);
    train(perturbation);
    CHECK(parameters_of(digit_victim) == digit_before);
    CHECK(parameters_of(victim) == before);
}

TEST_CASE("adversaries learn to vote for the class of the attack, among victims that do nothing") {
    const mnist::Digits digits = bars();
    const mnist::Rule<> digit_victim;
    ThreadPool threads{2};
    auto attack = small_digit_attack();
    attack.fraction = 0.5;
    Trainer trainer{adversarial::DigitTask<>{digit_victim, digits, attack}, {.seed = 5}, threads};
    const double first = trainer.step().loss;
    double last = 0.0;
    for (int i = 0; i < 200; ++i) last = trainer.step().loss;
    CHECK(first == doctest::Approx(0.5 * 16 * 6).epsilon(0.01)); // every cell votes for nothing
    CHECK(last < 0.7 * first);                                   // half of them are victims
}

TEST_CASE("adversaries stand in allowed cells, in their share of them, and stay until their state is replaced") {
    const Creature victim = living_rule();
    auto attack = small_attack();
    attack.pool_size = 400;
    SerialExecutor serial;
    const Target target = disc();
    Trainer trainer{adversarial::InjectionTask<Creature>{victim, target, attack}, {.seed = 5}, serial};
    const CellMask allowed = adversarial::allowed_cells(target);
    int adversaries = 0;
    for (int slot = 0; slot < attack.pool_size; ++slot) {
        const SpeciesMap species = trainer.task().species(trainer.pool().label(slot));
        adversaries += species.cells(1).count();
        species.cells(1).for_each([&](int row, int column) { CHECK(allowed.test(row, column)); });
    }
    CHECK(adversaries / static_cast<double>(attack.pool_size * allowed.count()) == doctest::Approx(0.4).epsilon(0.03));
    const auto before = trainer.pool().labels();
    trainer.step();
    int changed = 0;
    for (std::size_t slot = 0; slot < before.size(); ++slot) changed += trainer.pool().labels()[slot] != before[slot] ? 1 : 0;
    CHECK(changed == 1);
}

TEST_CASE("any sample of an attack starts anew where the recipe says so, not the worst") {
    const Creature victim = living_rule();
    SerialExecutor serial;
    const auto renewed = [&](bool any) {
        auto attack = small_attack();
        attack.batch = 4;
        attack.damaged = 1;
        attack.reseed_any = any;
        adversarial::InjectionTask<Creature> task{victim, disc(), attack};
        SamplePool<float> pool{4, {}};
        task.fill(pool, Philox{1});
        SparseState<float> worst = seed_state<Creature>(task.extents().sizes());
        std::fill(worst.values.begin(), worst.values.end(), 1e3F);
        std::set<int> slots;
        for (std::uint32_t iteration = 0; iteration < 60; ++iteration) {
            const Philox random = Philox{2}.split(iteration);
            for (int slot = 0; slot < 4; ++slot) pool.label(slot) = -1;
            pool[2] = worst;
            Batch<Creature> batch{pool, {0, 1, 2, 3}, random, iteration, serial};
            task.begin(batch, random);
            for (int slot = 0; slot < 4; ++slot) {
                if (pool.label(slot) != -1) slots.insert(slot);
            }
        }
        return slots;
    };
    CHECK(renewed(false) == std::set<int>{2});
    CHECK(renewed(true).size() > 1);
}

TEST_CASE("a perturbation's pool starts half from the seed and half from the grown creature") {
    const Creature victim = living_rule();
    SerialExecutor serial;
    Trainer trainer{adversarial::PerturbationTask<Creature>{victim, disc(), small_attack()}, {.seed = 5}, serial};
    CHECK(trainer.pool()[0].count() == 1);
    CHECK(trainer.pool()[5].count() == 1);
    CHECK(trainer.pool()[6].positions == trainer.task().grown_state().positions);
    CHECK(trainer.pool()[11].positions == trainer.task().grown_state().positions);
    trainer.step();
    for (int i = 0; i < Creature::channels; ++i) {
        for (int j = 0; j < i; ++j) {
            const auto at = static_cast<std::size_t>(i * Perturbation<Creature>::stride + j);
            CHECK(std::as_const(trainer).rule().parameters()[at] == 0.0F);
        }
    }
}

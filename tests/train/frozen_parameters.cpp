// SPDX-License-Identifier: Apache-2.0
// A network that trains beside one that stays as it is.
#include <nca/cell/joined.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/soap.hpp>
#include <nca/train/trainer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <common/trainer_checks.hpp>
#include <cstddef>
#include <cstdint>
#include <io/temporary.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace nca;

template <int Hidden>
using Cells = Rule<Channels<6>, Mlp<Hidden>, Alive<3>>;
using Both = Joined<Cells<16>, Cells<8>>;

Cells<16> published() {
    auto rule = tests::random_rule<Cells<16>>(1, 0.2);
    for (int o = 0; o < 6; ++o) rule.bias(1, o) = 0.01F;
    return rule;
}
Cells<8> added() {
    Cells<8> rule;
    rule.initialise(Philox{2});
    return rule;
}

/// All cells shall have 0.3 in channel 0.
struct Beside {
    using Rule = Both;
    static Extents<8, 8> extents() { return {}; }
    static void initialise(Both& rule, const Philox& /*random*/) { rule = joined(published(), added()); }
    [[nodiscard]] std::span<const std::uint8_t> trained_parameters() const { return trained; }
    [[nodiscard]] static Var loss(Rollout<Both>& rollout, int /*sample*/) {
        return mean_squared_error(first_channels(rollout.run(6), 1), target);
    }
    static inline const std::vector<float> target = std::vector<float>(64, 0.3F);
    std::vector<std::uint8_t> trained = added_parameters(joined(published(), added()), published());
};

SerialExecutor serial;
const TrainerOptions options{.seed = 3, .batch = 4, .pool_size = 8};

/// The bits of the parameters that stay.
template <class R>
std::vector<float> frozen_of(const R& rule) {
    std::vector<float> values;
    const Beside task;
    for (std::size_t i = 0; i < task.trained.size(); ++i) {
        if (task.trained[i] == 0) values.push_back(rule.parameters()[i]);
    }
    return values;
}

/// Checks that a training moves what is added, and nothing else.
template <class T>
void check_training(T&& trainer) {
    const Both before = trainer.rule();
    trainer.run(20);
    CHECK(frozen_of(trainer.rule()) == frozen_of(before));
    CHECK(frozen_of(trainer.averaged_rule()) == frozen_of(before));
    int moved = 0;
    const Beside task;
    for (std::size_t i = 0; i < task.trained.size(); ++i) {
        moved += task.trained[i] != 0 && trainer.rule().parameters()[i] != before.parameters()[i] ? 1 : 0;
    }
    CHECK(moved > std::count(task.trained.begin(), task.trained.end(), 1) / 2);
}

} // namespace

TEST_CASE("parameters that a task does not train stay bit for bit under Adam") {
    check_training(Trainer{Beside{}, options, serial});
}

TEST_CASE("parameters that a task does not train stay bit for bit under weight decay") {
    Adam<float> decaying{Both::block_size, {.decay = 0.1}};
    check_training(Trainer{Beside{}, std::move(decaying), options, serial});
}

TEST_CASE("training beside a network that stays lowers the loss") {
    Trainer trainer{Beside{}, {.seed = 3, .batch = 4, .sample_pool = false}, serial};
    trainer.run(150);
    CHECK(trainer.losses().back() < 0.7F * trainer.losses().front());
}

TEST_CASE("the gradient of the added network is that of training all parameters") {
    auto rule = joined(published(), tests::random_rule<Cells<8>>(4, 0.1));
    const Beside task;
    std::vector<float> gradient(task.trained.size());
    detail::FrozenParameters<float> frozen{task.trained, task.trained.size()};
    Tape tape;
    const auto weights = parameters(tape, rule);
    const auto start = constant_state<Both>(tape, {8, 8}, seed_state<Both>({8, 8}));
    tape.backward(mean_squared_error(first_channels(rollout(weights, start, 6, Philox{1}), 1), Beside::target));
    std::copy(weights.gradient().begin(), weights.gradient().end(), gradient.begin());
    frozen.clear(gradient);
    bool all_zero = true;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        if (task.trained[i] != 0) {
            REQUIRE(gradient[i] == weights.gradient()[i]);
            all_zero = all_zero && gradient[i] == 0.0F;
        } else {
            REQUIRE(gradient[i] == 0.0F);
        }
    }
    CHECK_FALSE(all_zero);
}

TEST_CASE("training beside a network that stays resumes bit for bit, on any number of threads") {
    const tests::TemporaryFolder folder;
    ThreadPool threads{3};
    Trainer whole{Beside{}, options, threads};
    whole.run(12);
    Trainer first{Beside{}, options, serial};
    first.run(5);
    REQUIRE(first.save(folder.file("checkpoint")).ok());
    Trainer second{Beside{}, options, threads};
    REQUIRE(second.resume(folder.file("checkpoint")).ok());
    second.run(12);
    CHECK(tests::parameters_of(second) == tests::parameters_of(whole));
}

TEST_CASE("a training of other parameters does not continue a checkpoint") {
    const tests::TemporaryFolder folder;
    Trainer first{Beside{}, options, serial};
    first.run(2);
    REQUIRE(first.save(folder.file("checkpoint")).ok());
    Beside other;
    other.trained[0] = 1;
    tests::check_refuses(Trainer{other, options, serial}, folder.file("checkpoint"), "trained_parameters");
}

TEST_CASE("a joined rule of which one network trained runs from its model file as it did") {
    const tests::TemporaryFolder folder;
    Trainer trainer{Beside{}, options, serial};
    trainer.run(5);
    REQUIRE(save_model(trainer.rule(), folder.file("model")).ok());
    const auto model = load_model<AnyRule>(folder.file("model"));
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    Simulation<Both, 12, 12> saved{trainer.rule(), 5};
    Simulation<AnyRule, 12, 12> loaded{model->rule, 5};
    const auto run = [](auto& world) {
        world.plant(6, 6);
        world.step(30);
        return world.hash();
    };
    CHECK(run(saved) == run(loaded));
}

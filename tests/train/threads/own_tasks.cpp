// SPDX-License-Identifier: Apache-2.0
// The trainer with tasks, rules and optimisers of one's own.
#include <nca/core/thread_pool.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/trainer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/trainer_checks.hpp>
#include <cstdint>
#include <io/temporary.hpp>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace {

using namespace nca;
using tests::parameters_of;

template <class... More>
using Small = nca::Rule<Channels<4>, Mlp<8>, More...>;

/// Cells shall hold 1 in channel 0 after 3 steps, and 1/2 in channel 1 after 5; the label of a state counts how often
/// it was drawn.
template <class R>
struct TwoMoments {
    using Rule = R;
    static Extents<6, 7> extents() { return {}; }
    static void begin(Batch<R>& batch, const Philox& /*random*/) {
        for (int i = 0; i < batch.size(); ++i) ++batch.label(i);
        batch.state(0) = {};
        batch.options.fire_rate = 0.75;
    }
    static Var loss(Rollout<R>& rollout, int /*sample*/) {
        const auto error = [&](const State<R>& state, int channel, float wanted) {
            const Var values = slice(first_channels(state, R::channels), channel, 1);
            const std::vector<float> target(values.value().size(), wanted);
            return mean(square(values - rollout.tape().constant(values.shape(), target)));
        };
        const Var early = error(rollout.run(3), 0, 1.0F);
        return early + error(rollout.template run<keep_every<2>>(2), 1, 0.5F);
    }
};
using Task = TwoMoments<Small<>>;

constexpr TrainerOptions small_options{.seed = 5, .batch = 3, .pool_size = 8, .mean_window = 10};

/// The smallest optimiser: a step along the sign of the gradient.
struct SignDescent {
    struct Options {
        double factor = 1.0;
        template <class Visit>
        static constexpr void fields(Visit&& visit) {
            visit(field("factor", &Options::factor, "Of the rate"));
        }
    };
    static constexpr std::string_view name = "sign_descent";
    Options chosen{};
    std::int64_t count = 0;

    [[nodiscard]] const Options& options() const { return chosen; }
    void step(std::span<float> parameters, std::span<const float> gradient, double rate) {
        ++count;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            parameters[i] -= static_cast<float>(chosen.factor * rate) *
                             (gradient[i] > 0.0F ? 1.0F : (gradient[i] < 0.0F ? -1.0F : 0.0F));
        }
    }
    [[nodiscard]] std::int64_t steps() const { return count; }
    void set_steps(std::int64_t steps) { count = steps; }
    template <class Visit>
    static void visit_state(Visit&& /*visit*/) {}
};

/// Trains 9 iterations in one piece, and 4 and 5 in two; the same must come out.
template <class Make>
void check_resuming(Make&& make) {
    const tests::TemporaryFolder folder;
    auto whole = make();
    whole->run(9);
    auto first = make();
    first->run(4);
    REQUIRE(first->save(folder.file("c")).ok());
    auto second = make();
    REQUIRE(second->resume(folder.file("c")).ok());
    CHECK(second->iteration() == 4);
    second->run(9);
    CHECK(parameters_of(*second) == parameters_of(*whole));
    CHECK(std::ranges::equal(second->averaged_rule().parameters(), whole->averaged_rule().parameters()));
    CHECK(second->losses() == whole->losses());
    CHECK(second->pool().labels() == whole->pool().labels());
    for (int i = 0; i < whole->pool().size(); ++i) CHECK(second->pool()[i].values == whole->pool()[i].values);
}

/// Ends in NaN from iteration 2 on.
struct Diverging {
    using Rule = Small<>;
    int restarted = 0;
    bool fails = false;

    static Extents<6, 7> extents() { return {}; }
    void begin(Batch<Rule>& batch, const Philox& /*random*/) { fails = batch.iteration >= 2; }
    [[nodiscard]] Var loss(Rollout<Rule>& rollout, int /*sample*/) const {
        const Var error = mean(square(first_channels(rollout.run(2), 1)));
        return (fails ? std::numeric_limits<float>::quiet_NaN() : 1.0F) * error;
    }
    void restart(Batch<Rule>& batch, int sample) {
        ++restarted;
        batch.state(sample) = {};
    }
};

} // namespace

TEST_CASE("a loss on two moments of the rollout falls") {
    ThreadPool threads{2};
    Trainer trainer{Task{}, small_options, threads};
    CHECK(trainer.run(150) == RunEnd::finished);
    CHECK(trainer.losses().back() < 0.5F * trainer.losses().front());
}

TEST_CASE("a task of one's own trains the same parameters on any number of threads") {
    SerialExecutor serial;
    ThreadPool threads{3};
    Trainer a{Task{}, small_options, serial};
    Trainer b{Task{}, small_options, threads};
    a.run(8);
    b.run(8);
    CHECK(parameters_of(a) == parameters_of(b));
    CHECK(a.losses() == b.losses());
}

TEST_CASE("a training with Adam that resumes equals one that was not interrupted") {
    SerialExecutor serial;
    check_resuming([&] { return std::make_unique<Trainer<Task>>(Task{}, small_options, serial); });
}

TEST_CASE("a training with momentum that resumes equals one that was not interrupted") {
    SerialExecutor serial;
    check_resuming([&] {
        return std::make_unique<Trainer<Task, Sgd<float>>>(Task{}, Sgd<float>{Small<>::block_size}, small_options,
                                                           serial);
    });
}

TEST_CASE("a training with an optimiser of one's own that resumes equals one that was not interrupted") {
    SerialExecutor serial;
    check_resuming(
        [&] { return std::make_unique<Trainer<Task, SignDescent>>(Task{}, SignDescent{}, small_options, serial); });
}

TEST_CASE("a progress callback that returns false stops a run, which can go on") {
    SerialExecutor serial;
    Trainer trainer{Task{}, small_options, serial};
    CHECK(trainer.run(9, [](const TrainingReport& report) { return report.iteration < 3; }) == RunEnd::stopped);
    CHECK(trainer.iteration() == 4);
    CHECK(trainer.run(9) == RunEnd::finished);
    CHECK(trainer.losses().size() == 9);
}

TEST_CASE("a report tells the iteration, the loss, the steps and the learning rate") {
    SerialExecutor serial;
    TrainerOptions options = small_options;
    options.learning_rate = {.initial = 1e-2, .phases = {{{1, 1e-3}}}};
    Trainer trainer{Task{}, options, serial};
    trainer.step();
    const TrainingReport report = trainer.step();
    CHECK(report.iteration == 1);
    CHECK(static_cast<float>(report.loss) == trainer.losses()[1]);
    CHECK(report.steps == 5);
    CHECK(report.learning_rate == 1e-3);
    CHECK(report.finite);
}

TEST_CASE("iterations that are not finite take one update back, restart their samples, and end the run after 20") {
    SerialExecutor serial;
    Trainer trainer{Diverging{}, small_options, serial};
    trainer.run(1);
    const auto before = parameters_of(trainer);
    trainer.run(2);
    int finite = 0;
    CHECK(trainer.run(100, [&](const TrainingReport& report) { finite += report.finite ? 1 : 0; }) == RunEnd::diverged);
    CHECK(finite == 0);
    CHECK(trainer.iteration() == 22);
    CHECK(parameters_of(trainer) == before);
    CHECK(trainer.task().restarted == 20 * small_options.batch);
}

TEST_CASE("a checkpoint of another rule, optimiser or option is refused, and nothing changes") {
    const tests::TemporaryFolder folder;
    SerialExecutor serial;
    Trainer saved{Task{}, small_options, serial};
    saved.run(2);
    REQUIRE(saved.save(folder.file("c")).ok());
    const auto refuses = [&](auto& other, const std::string& word) {
        tests::check_refuses(other, folder.file("c"), word);
    };
    Trainer torus{TwoMoments<Small<Torus>>{}, small_options, serial};
    refuses(torus, "nca.boundary");
    Trainer sgd{Task{}, Sgd<float>{Small<>::block_size}, small_options, serial};
    refuses(sgd, "optimiser");
    Trainer decay{Task{}, Adam<float>{Small<>::block_size, {.decay = 1e-9}}, small_options, serial};
    refuses(decay, "optimiser_weight_decay");
    for_each_field(small_options, [&](const auto& info, const auto& value) {
        TrainerOptions options = small_options;
        auto& changed = options.*info.member;
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
            changed = !value;
        } else if constexpr (std::is_same_v<Value, Schedule>) {
            changed = drop_after(7);
        } else {
            changed = value + 1;
        }
        CAPTURE(std::string{info.name});
        Trainer other{Task{}, options, serial};
        refuses(other, std::string{info.name});
    });
}

// SPDX-License-Identifier: Apache-2.0
// Where training would go wrong unseen: numbers that are not finite, and starts that do not come alive.
#include <nca/tape/ops.hpp>
#include <nca/train/trainer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/trainer_checks.hpp>
#include <cstdint>
#include <io/temporary.hpp>
#include <limits>
#include <memory>
#include <vector>

namespace {

using namespace nca;
using tests::parameters_of;
using R = nca::Rule<Channels<4>, Mlp<8>>;

constexpr TrainerOptions small_options{.seed = 5, .batch = 3, .pool_size = 8, .mean_window = 10};

/// Channel 0 shall be 1; what goes wrong is chosen.
struct Fragile {
    using Rule = R;
    std::int64_t overflow_at = -1; ///< the iteration that ends in infinity
    std::int64_t dead_until = 0;   ///< iterations whose loss does not depend on the parameters
    float dead_loss = 1.0F;
    std::int64_t now = 0;    ///< counted from the first start on
    double first_fill = 0.0; ///< of the last fill

    static Extents<6, 7> extents() { return {}; }
    void fill(SamplePool<float>& /*pool*/, const Philox& random) { first_fill = random.uniform(0); }
    void begin(Batch<R>& batch, const Philox& /*random*/) {
        batch.options.fire_rate = 0.75;
        batch.steps = now == overflow_at ? 2 : 1;
        if (now < dead_until) batch.steps = 3;
        ++now;
    }
    [[nodiscard]] Var loss(Rollout<R>& rollout, int /*sample*/) const {
        const int kind = rollout.batch().steps;
        const Var values = slice(first_channels(rollout.run(2), R::channels), 0, 1);
        const std::vector<float> ones(values.value().size(), 1.0F);
        const Var error = mean(square(values - rollout.tape().constant(values.shape(), ones)));
        if (kind == 2) return std::numeric_limits<float>::infinity() * error;
        if (kind != 3) return error;
        const std::vector<float> constant{dead_loss};
        return 0.0F * error + rollout.tape().constant(error.shape(), constant);
    }
};
using FragileTrainer = Trainer<Fragile>;

/// All of a training but the pool.
struct Numbers {
    std::vector<float> parameters;
    std::vector<float> average;
    std::vector<float> mean;
    std::int64_t steps;

    friend bool operator==(const Numbers&, const Numbers&) = default;
};
Numbers numbers_of(const FragileTrainer& trainer) {
    const auto bytes = trainer.checkpoint();
    REQUIRE(bytes.ok());
    const auto file = parse_safetensors(*bytes);
    REQUIRE(file.ok());
    const auto tensor = [&](const char* name) {
        const auto values = to_vector<float>(*file->find(name));
        REQUIRE(values.ok());
        return *values;
    };
    return {tensor("parameters"), tensor("average"), tensor("optimiser.mean"),
            std::stoll(*file->require_metadata("optimiser steps"))};
}

/// Trains on from a checkpoint in a trainer of its own. The task counts iterations; it goes on where it was.
void check_resumes(const Fragile& task, int stop, int end) {
    CAPTURE(stop);
    SerialExecutor serial;
    FragileTrainer whole{task, small_options, serial};
    whole.run(end);
    FragileTrainer first{task, small_options, serial};
    first.run(stop);
    const auto bytes = first.checkpoint();
    REQUIRE(bytes.ok());
    Fragile later = task;
    later.now = stop;
    FragileTrainer second{later, small_options, serial};
    REQUIRE(second.resume(std::span{*bytes}).ok());
    CHECK(second.task().first_fill == first.task().first_fill);
    second.run(end);
    CHECK(numbers_of(second) == numbers_of(whole));
    CHECK(second.losses() == whole.losses());
}

} // namespace

TEST_CASE("an iteration that is not finite takes back the update that led to it") {
    SerialExecutor serial;
    FragileTrainer trainer{Fragile{.overflow_at = 6}, small_options, serial};
    trainer.run(5);
    const Numbers before = numbers_of(trainer);
    trainer.run(6);
    CHECK(numbers_of(trainer) != before);
    CHECK(!trainer.step().finite);
    CHECK(numbers_of(trainer) == before);
    CHECK(trainer.step().finite);
    CHECK(numbers_of(trainer).steps == before.steps + 1);
}

TEST_CASE("a first iteration that is not finite leaves the first parameters") {
    SerialExecutor serial;
    FragileTrainer trainer{Fragile{.overflow_at = 0}, small_options, serial};
    const Numbers before = numbers_of(FragileTrainer{Fragile{}, small_options, serial});
    trainer.step();
    CHECK(numbers_of(trainer) == before);
}

TEST_CASE("a training that resumes right before an overflow takes the same update back") {
    check_resumes({.overflow_at = 6}, 6, 9);
}

TEST_CASE("a checkpoint without the last update continues, and takes nothing back") {
    SerialExecutor serial;
    FragileTrainer first{Fragile{}, small_options, serial};
    first.run(4);
    const auto bytes = first.checkpoint(); // what the file views
    REQUIRE(bytes.ok());
    const auto file = parse_safetensors(*bytes);
    REQUIRE(file.ok());
    SafetensorsWriter writer;
    for (const auto& [key, text] : file->metadata()) {
        if (key != "previous optimiser steps" && key != "overflows") writer.set_metadata(key, text);
    }
    for (const StoredTensor& tensor : file->tensors()) {
        if (tensor.name != "previous") writer.add(tensor);
    }
    FragileTrainer second{Fragile{.overflow_at = 0}, small_options, serial};
    const auto without = writer.to_bytes();
    REQUIRE(without.ok());
    REQUIRE(second.resume(std::span{*without}).ok());
    second.step();
    CHECK(numbers_of(second) == numbers_of(first));
}

TEST_CASE("after 20 iterations without a gradient training starts anew, as of another seed") {
    SerialExecutor serial;
    FragileTrainer trainer{Fragile{.dead_until = 20}, small_options, serial};
    const auto first = parameters_of(trainer);
    trainer.run(19);
    CHECK(trainer.step().new_starts == 1);
    const Numbers start = numbers_of(trainer);
    CHECK(start.parameters != first);
    CHECK(start.average == start.parameters);
    CHECK(start.steps == 0);
    CHECK(std::ranges::all_of(start.mean, [](float m) { return m == 0.0F; }));
    CHECK(trainer.task().first_fill != FragileTrainer(Fragile{}, small_options, serial).task().first_fill);
    const TrainingReport next = trainer.step();
    CHECK(next.new_starts == 1);
    CHECK(next.iteration == 20);
    CHECK(trainer.losses().size() == 21);
}

TEST_CASE("a new start has the learning rate of a first iteration") {
    SerialExecutor serial;
    TrainerOptions options = small_options;
    options.learning_rate = drop_after(0);
    FragileTrainer trainer{Fragile{.dead_until = 20}, options, serial};
    trainer.run(20);
    CHECK(trainer.step().learning_rate == options.learning_rate(0));
    CHECK(trainer.step().learning_rate == options.learning_rate(1));
}

TEST_CASE("a loss of zero has no gradient, and is no reason to start anew") {
    SerialExecutor serial;
    FragileTrainer trainer{Fragile{.dead_until = 100, .dead_loss = 0.0F}, small_options, serial};
    CHECK(trainer.run(60) == RunEnd::finished);
    CHECK(trainer.step().new_starts == 0);
}

TEST_CASE("a training that resumes while its start dies, or after a new one, equals one that was not interrupted") {
    check_resumes({.dead_until = 30}, 12, 35);
    check_resumes({.dead_until = 20}, 20, 24);
    check_resumes({.dead_until = 20}, 22, 24);
}

TEST_CASE("a run whose starts all die ends after the first and four more") {
    SerialExecutor serial;
    FragileTrainer trainer{Fragile{.dead_until = 1000}, small_options, serial};
    CHECK(trainer.run(500) == RunEnd::dead);
    CHECK(trainer.iteration() == 100);
}

TEST_CASE("first parameters that were given are not exchanged for others: the run ends") {
    SerialExecutor serial;
    FragileTrainer trainer{Fragile{.dead_until = 1000}, small_options, serial};
    R given;
    given.initialise(Philox{9});
    trainer.start_from(given);
    CHECK(trainer.run(500) == RunEnd::dead);
    CHECK(trainer.iteration() == 20);
}

TEST_CASE("a checkpoint whose counters cannot be is refused") {
    SerialExecutor serial;
    FragileTrainer saved{Fragile{}, small_options, serial};
    saved.run(3);
    const auto bytes = saved.checkpoint(); // what the file views
    REQUIRE(bytes.ok());
    const auto file = parse_safetensors(*bytes);
    REQUIRE(file.ok());
    const tests::TemporaryFolder folder;
    for (const char* const key : {"overflows", "first iteration", "new starts", "previous optimiser steps"}) {
        CAPTURE(key);
        SafetensorsWriter writer;
        for (const auto& [name, text] : file->metadata()) writer.set_metadata(name, text);
        for (const StoredTensor& tensor : file->tensors()) writer.add(tensor);
        writer.set_metadata(key, "4");
        REQUIRE(write_safetensors(folder.file("c"), writer).ok());
        tests::check_refuses(FragileTrainer{Fragile{}, small_options, serial}, folder.file("c"),
                             std::string{key} + " is impossible");
    }
}

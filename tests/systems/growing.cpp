// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/task.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <common/trainer_checks.hpp>
#include <io/temporary.hpp>
#include <vector>

namespace {

using namespace nca;
using TestRule = growing::Rule<16, 32>;
using TestTrainer = nca::Trainer<growing::Task<TestRule>>;

/// A disc of one colour on a small grid.
growing::Target<TestRule> disc_target(int side = 16, float green = 0.8F) {
    growing::Target<TestRule> target{Extents<Dynamic, Dynamic>{{side, side}}};
    for (int row = 0; row < side; ++row) {
        for (int column = 0; column < side; ++column) {
            const int dy = row - side / 2;
            const int dx = column - side / 2;
            if (dx * dx + dy * dy > 12) continue;
            const auto cell = target(row, column);
            cell[1] = green;
            cell[3] = 1.0F;
        }
    }
    return target;
}

growing::Experiment small_experiment() {
    growing::Experiment e = growing::regenerating;
    e.pool_size = 32;
    e.batch = 4;
    e.damaged = 1;
    e.min_steps = 10;
    e.max_steps = 16;
    return e;
}

using tests::parameters_of;

} // namespace

TEST_CASE("the presets hold the published hyperparameters") {
    for (const growing::Experiment& e : growing::experiments) {
        CHECK(e.batch == 8);
        CHECK(e.pool_size == 1024);
        CHECK(e.min_steps == 64);
        CHECK(e.max_steps == 96);
        CHECK(e.fire_rate == 0.5);
        CHECK(e.learning_rate(2000) == doctest::Approx(2e-3));
        CHECK(e.learning_rate(2001) == doctest::Approx(2e-4));
        CHECK(e.warm_up == 0);
    }
    CHECK(!growing::growing.sample_pool);
    CHECK(growing::persistent.damaged == 0);
    CHECK(growing::regenerating.damaged == 3);
    CHECK(growing::Rule<>::parameter_count == 8336);
}

TEST_CASE("initial weights are Glorot uniform and the last layer is zero") {
    growing::Rule<> rule;
    rule.initialise(Philox{1});
    float largest = 0.0F;
    double squares = 0.0;
    for (int i = 0; i < 48; ++i) {
        for (int o = 0; o < 128; ++o) {
            largest = std::max(largest, std::abs(rule.weight(0, i, o)));
            squares += static_cast<double>(rule.weight(0, i, o)) * static_cast<double>(rule.weight(0, i, o));
        }
    }
    CHECK(largest < 0.184637F);
    CHECK(largest > 0.184F);
    CHECK(squares / (48 * 128) == doctest::Approx(0.184637 * 0.184637 / 3.0).epsilon(0.03));
    for (int i = 0; i < 128; ++i) {
        for (int o = 0; o < 16; ++o) REQUIRE(rule.weight(1, i, o) == 0.0F);
    }
}

TEST_CASE("at iteration 0 the loss is that of the bare seed and the first layer has no gradient") {
    SerialExecutor serial;
    growing::Experiment e = small_experiment();
    e.damaged = 0;
    TestTrainer trainer{{disc_target(), e}, {.seed = 1}, serial};
    const auto before = parameters_of(trainer);
    const double expected = trainer.task().loss_of(trainer.pool()[0]);
    const auto report = trainer.step();
    CHECK(report.loss == doctest::Approx(expected).epsilon(1e-5));
    const auto after = parameters_of(trainer);
    const auto first_layer = static_cast<std::ptrdiff_t>(growing::Rule<16, 32>::layers[1].weight);
    CHECK(std::equal(before.begin(), before.begin() + first_layer, after.begin()));
    CHECK(before != after);
}

TEST_CASE("training does not depend on the number of threads") {
    SerialExecutor serial;
    ThreadPool pool{3};
    TestTrainer a{{disc_target(), small_experiment()}, {.seed = 1}, serial};
    TestTrainer b{{disc_target(), small_experiment()}, {.seed = 1}, pool};
    for (int i = 0; i < 20; ++i) {
        const auto x = a.step();
        const auto y = b.step();
        CHECK(x.loss == y.loss);
    }
    CHECK(parameters_of(a) == parameters_of(b));
}

TEST_CASE("another seed trains another rule") {
    SerialExecutor serial;
    TestTrainer a{{disc_target(), small_experiment()}, {.seed = 1}, serial};
    TestTrainer b{{disc_target(), small_experiment()}, {.seed = 2}, serial};
    CHECK(parameters_of(a) != parameters_of(b));
}

TEST_CASE("a resumed run equals the uninterrupted one, bit for bit") {
    const tests::TemporaryFolder folder;
    SerialExecutor serial;
    TestTrainer whole{{disc_target(), small_experiment()}, {.seed = 5}, serial};
    for (int i = 0; i < 12; ++i) {
        whole.step();
        if (i == 6) REQUIRE(whole.save(folder.file("c")).ok());
    }
    TestTrainer resumed{{disc_target(), small_experiment()}, {.seed = 5}, serial};
    REQUIRE(resumed.resume(folder.file("c")).ok());
    CHECK(resumed.losses().size() == 7);
    CHECK(resumed.iteration() == 7);
    resumed.run(12);
    CHECK(resumed.losses() == whole.losses());
    CHECK(parameters_of(resumed) == parameters_of(whole));
    for (int i = 0; i < whole.pool().size(); ++i) {
        CHECK(whole.pool()[i].positions == resumed.pool()[i].positions);
        CHECK(whole.pool()[i].values == resumed.pool()[i].values);
    }
}

TEST_CASE("a checkpoint of another run is refused, and the trainer is left as it was") {
    const tests::TemporaryFolder folder;
    SerialExecutor serial;
    TestTrainer saved{{disc_target(), small_experiment()}, {.seed = 5}, serial};
    saved.step();
    REQUIRE(saved.save(folder.file("c")).ok());
    const auto refuses = [&](TestTrainer&& other, const char* word) {
        tests::check_refuses(other, folder.file("c"), word);
    };
    refuses(TestTrainer{{disc_target(), small_experiment()}, {.seed = 6}, serial}, "seed");
    refuses(TestTrainer{{disc_target(16, 0.5F), small_experiment()}, {.seed = 5}, serial}, "target");
    refuses(TestTrainer{{disc_target(18), small_experiment()}, {.seed = 5}, serial}, "extents");
    growing::Experiment batch = small_experiment();
    batch.batch = 3;
    refuses(TestTrainer{{disc_target(), batch}, {.seed = 5}, serial}, "batch");
}

TEST_CASE("a checkpoint with damaged tensors is refused") {
    const tests::TemporaryFolder folder;
    SerialExecutor serial;
    TestTrainer saved{{disc_target(), small_experiment()}, {.seed = 5}, serial};
    saved.step();
    REQUIRE(saved.save(folder.file("c")).ok());
    const auto bytes = read_file(folder.file("c"));
    REQUIRE(bytes.ok());
    const auto with_int = [&](const char* tensor, std::int32_t value) {
        std::vector<std::byte> changed = *bytes;
        const auto file = parse_safetensors(*bytes);
        const auto offset = file->find(tensor)->bytes.data() - bytes->data();
        std::memcpy(changed.data() + offset, &value, sizeof value);
        REQUIRE(write_file_atomically(folder.file("d"), changed).ok());
        TestTrainer other{{disc_target(), small_experiment()}, {.seed = 5}, serial};
        const auto result = other.resume(folder.file("d"));
        REQUIRE(!result.ok());
        NCA_CHECK_MESSAGE_HAS(result.error().message, "pool.");
    };
    with_int("pool.counts", -1);
    with_int("pool.counts", 1000000);
    with_int("pool.positions", -5);
    with_int("pool.positions", 0); // a border cell
    with_int("pool.positions", 2000000000);
}

TEST_CASE("a checkpoint with damaged metadata is refused on one line") {
    const tests::TemporaryFolder folder;
    SerialExecutor serial;
    TestTrainer saved{{disc_target(), small_experiment()}, {.seed = 5}, serial};
    saved.step();
    REQUIRE(saved.save(folder.file("c")).ok());
    const auto file = read_safetensors(folder.file("c"));
    REQUIRE(file.ok());
    const auto with_text = [&](const char* key, const char* text, const char* word) {
        SafetensorsWriter writer;
        for (const auto& [name, value] : file->metadata()) writer.set_metadata(name, value);
        for (const StoredTensor& tensor : file->tensors()) writer.add(tensor);
        writer.set_metadata(key, text);
        REQUIRE(write_safetensors(folder.file("d"), writer).ok());
        TestTrainer other{{disc_target(), small_experiment()}, {.seed = 5}, serial};
        tests::check_refuses(other, folder.file("d"), word);
    };
    with_text("optimiser steps", "9223372036854775807", "optimiser steps is impossible"); // one more would overflow
    with_text("iteration", "-1", "iteration is impossible");
    with_text("seed", "5\n6", "seed is '5\\n6', expected '5'");
}

TEST_CASE("damage cuts a disc out of the best samples and re-seeds the worst") {
    SerialExecutor serial;
    growing::Experiment e = small_experiment();
    e.pool_size = 4; // the whole pool is the batch
    e.fire_rate = 0.0;
    TestTrainer trainer{{disc_target(32), e}, {.seed = 3}, serial};
    // Four states that fill the grid, so that what is cut shows; without firing cells they stay as they are.
    SparseState<float> full;
    const FieldOf<TestRule> geometry{{32, 32}};
    for (int row = 0; row < 32; ++row) {
        for (int column = 0; column < 32; ++column) {
            full.positions.push_back(geometry.position(row, column));
            for (int c = 0; c < 16; ++c) full.values.push_back(c == 3 ? 1.0F : 0.5F);
        }
    }
    for (int i = 0; i < 4; ++i) trainer.pool()[i] = full;
    trainer.step();
    int seeds = 0;
    int cut = 0;
    int untouched = 0;
    for (int i = 0; i < 4; ++i) {
        const int count = trainer.pool()[i].count();
        seeds += count == 9 ? 1 : 0; // the cell and the neighbours that live by it
        cut += count > 9 && count < 1024 ? 1 : 0;
        untouched += count == 1024 ? 1 : 0;
    }
    CHECK(seeds == 1);
    CHECK(cut == 1);
    CHECK(untouched == 2);
}

TEST_CASE("the warm-up lengthens rollouts from a tenth to what was drawn") {
    SerialExecutor serial;
    growing::Experiment e = small_experiment();
    e.warm_up = 50;
    TestTrainer trainer{{disc_target(), e}, {.seed = 1}, serial};
    CHECK(trainer.step().steps == 1);
    for (int i = 1; i < 50; ++i) trainer.step();
    CHECK(trainer.step().steps >= e.min_steps);
}

TEST_CASE("a small disc is learned from scratch and persists") {
    ThreadPool pool;
    growing::Experiment e = small_experiment();
    e.damaged = 0;
    e.min_steps = 16;
    e.max_steps = 24;
    e.learning_rate = drop_after(500);
    TestTrainer trainer{{disc_target(12), e}, {.seed = 1}, pool};
    const double first = trainer.step().loss;
    for (int i = 1; i < 700; ++i) trainer.step();
    double last = 0.0;
    for (int i = 0; i < 20; ++i) last += trainer.step().loss / 20.0;
    INFO("from " << first << " to " << last);
    CHECK(last < first / 20.0);
}

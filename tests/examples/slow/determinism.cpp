// SPDX-License-Identifier: Apache-2.0
// The results depend on the seed, and neither on the number of threads nor on the day.
#include "../training.hpp"

#include <doctest/doctest.h>

namespace {

using namespace nca::tests;

} // namespace

TEST_CASE("determinism: run writes the same bytes with one, two and five threads") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    const std::string first = folder.file("first.safetensors");
    const std::string state = folder.file("state.safetensors");
    write_model(model);
    write_state(first, dense_state(90, 110));
    std::string expected;
    for (const char* threads : {"1", "2", "5", "2"}) {
        INFO(threads << " threads");
        static_cast<void>(result_of({"run", model, "--state", first, "--steps", "20", "--damage", "9:50,40,20",
                                     "--boundary", "torus", "--threads", threads, "--out", state}));
        if (expected.empty()) expected = read_text(state);
        CHECK(read_text(state) == expected);
    }
}

TEST_CASE("determinism: fifty iterations of training give the same bytes with one, two and three threads") {
    const TemporaryFolder folder;
    for (const std::string threads : {"1", "2", "3"}) train(folder.file(threads), 50, {"--threads", threads});
    for (const char* threads : {"2", "3"}) {
        INFO(threads << " threads");
        CHECK(read_text(model_in(folder.file(threads))) == read_text(model_in(folder.file("1"))));
        CHECK(read_text(checkpoint_in(folder.file(threads))) == read_text(checkpoint_in(folder.file("1"))));
    }
}

TEST_CASE("determinism: a seed repeats every file of a training, and another gives other weights") {
    const TemporaryFolder folder;
    for (const std::string run : {"one", "again"}) train(folder.file(run), 5, {"--seed", "7"});
    train(folder.file("other"), 5, {"--seed", "8"});
    for (const std::string file :
         {"model.safetensors", "checkpoint.safetensors", "film.png", "animation.webp", "loss.png"}) {
        INFO(file);
        CHECK(read_text(folder.file("again") + "/" + file) == read_text(folder.file("one") + "/" + file));
    }
    CHECK(weights_of(model_in(folder.file("other"))) != weights_of(model_in(folder.file("one"))));
}

TEST_CASE("determinism: evaluate gives the same numbers with one and three threads") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model);
    const auto line = [&](const char* threads) {
        return run_program(
                   {"evaluate", model, "--target", "snail", "--steps", "10,20", "--seeds", "5", "--threads", threads})
            .output;
    };
    const std::string one = line("1");
    CHECK(is_one_line(one));
    CHECK(line("3") == one);
}

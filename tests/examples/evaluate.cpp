// SPDX-License-Identifier: Apache-2.0
// `nca evaluate`: how well a creature resembles its target.
#include "files.hpp"
#include "process.hpp"

#include <doctest/doctest.h>

#include <support/target.hpp>

using namespace nca::tests;
using nca::Json;

TEST_CASE("evaluate: the published lizard has the losses that were measured for it") {
    const auto model = data_file("growing/published_json/ex3_lizard.json");
    const auto picture = data_file("growing/targets/lizard.png");
    if (!model || !picture) return;
    const Json grown =
        result_of({"evaluate", model->string(), "--target", picture->string(), "--steps", "96,200,1000"});
    CHECK(text_in(grown, "target") == "lizard");
    CHECK(number_in(grown, "seeds") == 8.0);
    CHECK(numbers_in(grown, "steps") == std::vector<double>{96, 200, 1000});
    const std::vector<double> losses = numbers_in(grown, "loss");
    REQUIRE(losses.size() == 3);
    // About 9e-4 and 4e-4; at step 1000 one creature in some has grown a second tail.
    CHECK(losses[0] > 6e-4);
    CHECK(losses[0] < 1.3e-3);
    CHECK(losses[1] > 2.5e-4);
    CHECK(losses[1] < 6e-4);
    CHECK(losses[2] < 1e-3);
    const std::vector<double> worst = numbers_in(grown, "worst_loss");
    REQUIRE(worst.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(worst[i] >= losses[i]);
}

TEST_CASE("evaluate: the published lizard heals a hole of radius ten") {
    const auto model = data_file("growing/published_json/ex3_lizard.json");
    const auto picture = data_file("growing/targets/lizard.png");
    if (!model || !picture) return;
    const Json result = result_of(
        {"evaluate", model->string(), "--target", picture->string(), "--steps", "210,400", "--damage", "200:36,36,10"});
    const std::vector<double> losses = numbers_in(result, "loss");
    REQUIRE(losses.size() == 2);
    CHECK(losses[0] > 5e-3);
    CHECK(losses[1] < 1.4e-3);
}

TEST_CASE("evaluate: the loss is the mean squared error of what run grows with the seeds 1, 2, ...") {
    const auto model = data_file("growing/published_json/ex2_butterfly.json");
    const auto picture = data_file("growing/targets/butterfly.png");
    if (!model || !picture) return;
    const auto target = support::load_target(picture->string(), 24, 9);
    REQUIRE(target.ok());
    const TemporaryFolder folder;
    std::vector<double> expected;
    for (const char* seed : {"1", "2"}) {
        const std::string file = folder.file("state.safetensors");
        static_cast<void>(result_of({"run", model->string(), "--height", std::to_string(target->height), "--width",
                                     std::to_string(target->width), "--steps", "30", "--seed", seed, "--fire-rate",
                                     "0.6", "--out", file}));
        const State state = read_state(file);
        double total = 0.0;
        for (std::size_t i = 0; i < target->rgba.size(); ++i) {
            const double error =
                static_cast<double>(state.values[i / 4 * 16 + i % 4]) - static_cast<double>(target->rgba[i]);
            total += error * error;
        }
        expected.push_back(total / static_cast<double>(target->rgba.size()));
    }
    const Json result = result_of({"evaluate", model->string(), "--target", picture->string(), "--size", "24",
                                   "--padding", "9", "--steps", "30", "--seeds", "2", "--fire-rate", "0.6"});
    const std::vector<double> losses = numbers_in(result, "loss");
    const std::vector<double> worst = numbers_in(result, "worst_loss");
    REQUIRE(losses.size() == 1);
    REQUIRE(worst.size() == 1);
    CHECK(losses[0] == doctest::Approx((expected[0] + expected[1]) / 2.0).epsilon(1e-9));
    CHECK(worst[0] == doctest::Approx(std::max(expected[0], expected[1])).epsilon(1e-9));
}

TEST_CASE("evaluate: steps are compared in rising order, whatever their order") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model);
    const Json falling = result_of({"evaluate", model, "--target", "lizard", "--steps", "9,0,4", "--seeds", "1"});
    CHECK(numbers_in(falling, "steps") == std::vector<double>{0, 4, 9});
}

TEST_CASE("evaluate: a list of steps takes one argument and leaves the next to the model") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model);
    const Json before = result_of({"evaluate", "--seeds", "1", "--steps", "5,6", model, "--target", "lizard"});
    const Json behind = result_of({"evaluate", model, "--target", "lizard", "--seeds", "1", "--steps", "5,6"});
    CHECK(before.dump() == behind.dump());
    CHECK(numbers_in(before, "steps") == std::vector<double>{5, 6});
}

TEST_CASE("run: options that may be repeated leave the argument behind their value to the model") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model);
    const std::string out = folder.file("state.safetensors");
    static_cast<void>(result_of({"run", "--steps", "2", "--damage", "1:36,36,10", "--out", out, model}));
    CHECK(read_state(out).values.size() > 0);
}

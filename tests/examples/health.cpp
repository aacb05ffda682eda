// SPDX-License-Identifier: Apache-2.0
// What the program tells of the health of a result, and of a training that cannot succeed.
#include "training.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

using namespace nca::tests;
using nca::Json;

namespace {

/// The health in a result.
Json health_in(const Json& result) {
    const Json* const health = result.find("health");
    REQUIRE(health != nullptr);
    return *health;
}

} // namespace

TEST_CASE("health: a training ends with a verdict and numbers in its result, and one line on standard error") {
    const TemporaryFolder folder;
    const Outcome outcome = run_program(training(folder.file("out"), 2));
    const Json result = result_of(outcome);
    const std::string verdict = text_in(health_in(result), "verdict");
    CHECK(number_in(health_in(result), "energy") > 0.0);
    CHECK(number_in(result, "new_starts") == 0.0);
    CHECK(outcome.error.find("nca: health: " + verdict + "; energy ") != std::string::npos);
}

TEST_CASE("health: evaluate tells it on demand, of the published lizards what they were trained for") {
    const auto picture = data_file("growing/targets/lizard.png");
    const std::array<std::pair<const char*, const char*>, 3> verdicts{
        {{"growing/published_json/ex1_lizard.json", "unstable"},
         {"growing/published_json/ex2_lizard.json", "persists"},
         {"growing/published_json/ex3_lizard.json", "regenerates"}}};
    for (const auto& [file, verdict] : verdicts) {
        const auto model = data_file(file);
        if (!model || !picture) return;
        CAPTURE(file);
        const Json result = result_of(
            {"evaluate", model->string(), "--target", picture->string(), "--health", "--steps", "1", "--seeds", "1"});
        CHECK(text_in(health_in(result), "verdict") == verdict);
    }
}

TEST_CASE("health: evaluate tells nothing of it without --health") {
    const TemporaryFolder folder;
    write_model(folder.file("m.safetensors"));
    const Json result =
        result_of({"evaluate", folder.file("m.safetensors"), "--target", "lizard", "--steps", "1", "--seeds", "1"});
    CHECK(result.find("health") == nullptr);
}

TEST_CASE("health: a training in which nothing comes alive tries other parameters, and then fails in one line") {
    const TemporaryFolder folder;
    const Outcome outcome =
        run_program(training(folder.file("out"), 500, {"--fire-rate", "0"})); // no cell ever updates
    CHECK(outcome.status == 2);
    CHECK(outcome.output.empty());
    CHECK(outcome.error.find("the training starts anew from other first parameters (4 of 4)\n") != std::string::npos);
    const std::size_t last = outcome.error.rfind("nca: ");
    REQUIRE(last != std::string::npos);
    CHECK(outcome.error.substr(last) ==
          "nca: nothing comes alive: 20 iterations in a row had no gradient, in every start; try another --seed\n");
}

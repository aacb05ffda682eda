// SPDX-License-Identifier: Apache-2.0
// `nca mnist eval`, and what the commands for all systems tell about a model that classifies digits.
#include "mnist_files.hpp"

#include <doctest/doctest.h>

namespace {

using namespace nca::tests;
using nca::Json;

/// The last number of a list.
double last_in(const Json& json, std::string_view key) {
    const Json::Array& list = list_in(json, key);
    REQUIRE_FALSE(list.empty());
    REQUIRE(list.back().as_number().has_value());
    return *list.back().as_number();
}

/// The figures of a short evaluation, without what depends on the day.
Json figures(const std::string& model, const std::string& data, const Arguments& more) {
    Arguments arguments{"mnist", "eval", model, "--data", data, "--count", "60", "--steps", "40", "--mutate"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Json result = result_of(arguments);
    return result.set("model", "").set("seconds", 0);
}

} // namespace

TEST_CASE("mnist eval: the published model classifies and agrees") {
    const auto files = published();
    if (!files) return;
    const Json result =
        result_of({"mnist", "eval", files->model, "--data", files->data, "--count", "200", "--steps", "200"});
    CHECK(number_in(result, "count") == 200.0);
    CHECK(number_in(result, "noise") == 0.02);
    CHECK(*result.find("steps") == Json::array({10, 20, 50, 65, 80, 100, 150, 200}));
    CHECK(last_in(result, "cell_accuracy") > 92.0);
    CHECK(last_in(result, "agreement") > 80.0);
    CHECK(last_in(result, "majority") > 92.0);
    CHECK(last_in(result, "state_magnitude") < 1.0);
    // Early on nothing is settled.
    CHECK(*list_in(result, "agreement")[0].as_number() < 10.0);
    CHECK(*list_in(result, "cell_accuracy")[0].as_number() < 60.0);
}

TEST_CASE("mnist eval: the figures depend on the seed, not on the threads, and an imported model has the same") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const std::string imported = folder.file("imported.safetensors");
    const Json import = result_of({"import", files->model, imported});
    CHECK(text_in(import, "model") == imported);
    CHECK(text_in(import, "source") == files->model);
    CHECK(text_in(import, "system") == "mnist");
    CHECK(number_in(import, "parameters") == 22499.0);
    const Json one = figures(files->model, files->data, {"--threads", "1"});
    CHECK(*one.find("steps") == Json::array({10, 20, 40, 50, 60, 80}));
    CHECK(figures(files->model, files->data, {"--threads", "2"}) == one);
    CHECK(figures(imported, files->data, {"--threads", "2"}) == one);
    CHECK(figures(imported, files->data, {"--seed", "2"}) != one);
    CHECK(number_in(figures(imported, files->data, {"--noise", "0"}), "noise") == 0.0);
}

TEST_CASE("mnist eval: a mutation throws the cells back") {
    const auto files = published();
    if (!files) return;
    const Json result =
        result_of({"mnist", "eval", files->model, "--data", files->data, "--count", "40", "--steps", "60", "--mutate"});
    const Json::Array& accuracy = list_in(result, "cell_accuracy");
    REQUIRE(accuracy.size() == 8); // after 10, 20, 50, 60 steps, twice
    CHECK(*accuracy[3].as_number() > 85.0);
    CHECK(*accuracy[4].as_number() < 60.0);
    CHECK(*accuracy[7].as_number() > 80.0);
}

TEST_CASE("info: a published graph of MNIST and its import differ in nothing but the metadata") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const std::string imported = folder.file("imported.safetensors");
    static_cast<void>(result_of({"import", files->model, imported}));
    Json before = result_of({"info", files->model});
    Json after = result_of({"info", imported});
    CHECK(text_in(after, "system") == "mnist");
    CHECK(number_in(after, "channels") == 20.0);
    CHECK(number_in(after, "parameters") == 22499.0);
    CHECK(number_in(after, "largest_weight") == doctest::Approx(3.34678));
    CHECK(*after.find("layers") == Json::array({Json::object({{"inputs", 180}, {"outputs", 80}}),
                                                Json::object({{"inputs", 80}, {"outputs", 80}}),
                                                Json::object({{"inputs", 80}, {"outputs", 19}})}));
    REQUIRE(after.find("metadata") != nullptr);
    CHECK(text_in(*after.find("metadata"), "nca.system") == "mnist");
    CHECK(text_in(*after.find("metadata"), "nca.source") == "distill");
    CHECK(text_in(*after.find("metadata"), "nca.noise") == "0.02");
    for (Json* json : {&before, &after}) json->set("model", "").set("metadata", "");
    CHECK(before == after);
}

TEST_CASE("mnist: help mentions every option") {
    const auto check_help = [](const Arguments& arguments, const std::vector<std::string>& words) {
        const Outcome outcome = run_program(arguments);
        CHECK(outcome.status == 0);
        CHECK(outcome.error.empty());
        INFO(outcome.output);
        for (const std::string& word : words) {
            INFO(word);
            CHECK(outcome.output.find(word) != std::string::npos);
        }
        for (const char* trace : {"->", "ENUM", "{,"}) CHECK(outcome.output.find(trace) == std::string::npos);
    };
    check_help({"--help"}, {"mnist"});
    check_help({"mnist", "--help"}, {"train", "eval", "run"});
    check_help({"mnist", "train", "--help"}, {"--loss", "l2", "ce", "--noise", "--scheme", "naive", "persistent",
                                              "mutating", "--data", "NCA_MNIST", "--iterations", "--resume", "--out"});
    check_help({"mnist", "eval", "--help"}, {"MODEL", "--data", "NCA_MNIST", "--count", "--steps", "--mutate",
                                             "--noise", "--fire-rate", "--seed", "--threads"});
    check_help({"mnist", "run", "--help"},
               {"MODEL", "--digits", "--picture", "--fit", "--data", "NCA_MNIST", "--steps", "--seed", "--noise",
                "--fire-rate", "--threads", "--scale", "--frame-every", "--out", ".webp", ".png", ".safetensors"});
}

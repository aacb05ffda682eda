// SPDX-License-Identifier: Apache-2.0
// `nca attack`, and `nca run` with adversaries and perturbations.
#include "mnist_files.hpp"
#include "training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace nca::tests;
using nca::Json;

/// The value that stands beside a step in the lists of a result.
double at_step(const Json& json, std::string_view key, double step) {
    const auto steps = numbers_in(json, "steps");
    const auto found = std::find(steps.begin(), steps.end(), step);
    REQUIRE(found != steps.end());
    return numbers_in(json, key)[static_cast<std::size_t>(found - steps.begin())];
}

/// The published models and the test digits; nothing where they are absent.
struct Attacks {
    std::string folder;
    std::string digits;
    [[nodiscard]] std::string operator()(const std::string& name) const { return folder + "/" + name; }
};
std::optional<Attacks> attacks() {
    const auto folder = data_file("adversarial");
    const auto digits = data_file("mnist/t10k-images-idx3-ubyte.gz");
    if (!folder || !digits) return std::nullopt;
    return Attacks{folder->string(), digits->parent_path().string()};
}

/// A matrix as a file with one tensor.
void write_matrix(const std::string& path, const std::vector<float>& values, std::size_t side = 16,
                  const std::string& name = "matrix") {
    nca::SafetensorsWriter writer;
    writer.add(name, {side, side}, std::span<const float>(values));
    REQUIRE(write_safetensors(path, writer).ok());
}
std::vector<float> identity() {
    std::vector<float> values(256);
    for (std::size_t i = 0; i < 16; ++i) values[17 * i] = 1.0F;
    return values;
}

} // namespace

TEST_CASE("attack mnist eval: the published adversaries deceive and are forgotten as the article says") {
    const auto published = attacks();
    if (!published) return;
    const Json late = result_of({"attack", "mnist", "eval", (*published)("mnist_victim.safetensors"),
                                 (*published)("mnist_adversary_always8.safetensors"), "--data", published->digits,
                                 "--count", "100", "--inject-at", "200", "--remove-at", "400", "--steps", "600"});
    CHECK(at_step(late, "cells_deceived", 200) < 0.05);
    CHECK(at_step(late, "cells_deceived", 220) > 0.92);
    CHECK(at_step(late, "digits_deceived", 400) > 0.95);
    CHECK(at_step(late, "digits_wrong", 600) < 0.16);
    const Json few = result_of({"attack", "mnist", "eval", (*published)("mnist_victim.safetensors"),
                                (*published)("published_json/mnist_always8.json"), "--data", published->digits,
                                "--count", "200", "--fraction", "0.01"});
    CHECK(at_step(few, "cells_deceived", 200) > 0.38);
    CHECK(at_step(few, "cells_deceived", 200) < 0.62);
    CHECK(at_step(few, "digits_wrong", 200) > 0.5);
}

TEST_CASE("attack mnist eval: without adversaries the victims are undisturbed, and threads do not matter") {
    const DigitFolder digits;
    const TemporaryFolder folder;
    static_cast<void>(result_of(mnist_training(digits.path, folder.file("victim"), 1)));
    const std::string victim = model_in(folder.file("victim"));
    static_cast<void>(result_of({"attack", "mnist", "train", victim, "--data", digits.path, "--iterations", "3",
                                 "--class", "3", "--out", folder.file("adversary")}));
    const std::string adversary = model_in(folder.file("adversary"));
    const auto eval = [&](const Arguments& more) {
        Arguments arguments{"attack", "mnist", "eval", victim, adversary, "--data", digits.path, "--steps", "12"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        Json result = result_of(arguments);
        CHECK(number_in(result, "class") == 3.0); // the adversary's file says so
        return result.set("seconds", 0).set("fraction", 0).set("adversary", "").dump();
    };
    const std::string one = eval({"--threads", "1"});
    CHECK(eval({"--threads", "3"}) == one);
    CHECK(eval({"--seed", "9"}) != one);
    // Nobody is injected: the same whenever it happens.
    const auto nobody = [&](const std::string& at) {
        Json result = result_of({"attack", "mnist", "eval", victim, adversary, "--data", digits.path, "--steps", "12",
                                 "--fraction", "0", "--inject-at", at});
        return std::pair{at_step(result, "cells_deceived", 12), at_step(result, "digits_wrong", 12)};
    };
    CHECK(nobody("0") == nobody("7"));
}

TEST_CASE("attack mnist run: writes the sheet of digits as an image and an animation") {
    const DigitFolder digits;
    const TemporaryFolder folder;
    static_cast<void>(result_of(mnist_training(digits.path, folder.file("victim"), 1)));
    const std::string victim = model_in(folder.file("victim"));
    const Json result =
        result_of({"attack", "mnist", "run", victim, victim, "--data", digits.path, "--count", "5", "--steps", "4",
                   "--out", folder.file("sheet.png"), "--out", folder.file("sheet.webp")});
    CHECK(number_in(result, "count") == 5.0);
    const auto image = support::read_image(folder.file("sheet.png"));
    REQUIRE(image.ok());
    CHECK(image->width % (3 * 28) == 0);
    CHECK(image->height % (2 * 28) == 0);
    CHECK(snapshot(folder.file("")).contains(folder.file("sheet.webp")));
}

TEST_CASE("attack growing and perturb: train, resume, run; the victim's file stays as it is") {
    const TemporaryFolder folder;
    static_cast<void>(train(folder.file("victim"), 30));
    const std::string victim = model_in(folder.file("victim"));
    const std::string before = read_text(victim);
    for (const std::string kind : {"growing", "perturb"}) {
        CAPTURE(kind);
        const std::string file = kind == "growing" ? "/model.safetensors" : "/matrix.safetensors";
        const auto attack = [&](const std::string& out, const std::string& iterations, const Arguments& more = {}) {
            Arguments arguments{
                "attack",    kind, "train",   victim, "--target",     "snail",    "--size", "12",
                "--padding", "4",  "--batch", "4",    "--iterations", iterations, "--out",  folder.file(out)};
            arguments.insert(arguments.end(), more.begin(), more.end());
            return result_of(arguments);
        };
        const Json whole = attack(kind + "-whole", "4", {"--threads", "1"});
        CHECK(number_in(whole, "iterations") == 4.0);
        static_cast<void>(attack(kind + "-parts", "2", {"--threads", "2"}));
        static_cast<void>(attack(kind + "-parts", "4", {"--resume"}));
        CHECK(read_text(folder.file(kind + "-parts") + file) == read_text(folder.file(kind + "-whole") + file));
        CHECK(read_text(victim) == before);
        Arguments run{"attack",    kind, "run",     victim, "--target", "snail", "--size", "12",
                      "--padding", "4",  "--steps", "3,6",  "--seeds",  "2",     "--out",  folder.file(kind + ".png")};
        if (kind == "growing") run.insert(run.begin() + 4, folder.file(kind + "-whole") + file);
        if (kind == "perturb") run.insert(run.end(), {"--perturb", folder.file(kind + "-whole") + file + ":1"});
        const Json result = result_of(run);
        CHECK(list_in(result, "loss").size() == 2);
        CHECK(snapshot(folder.file("")).contains(folder.file(kind + ".png")));
    }
}

TEST_CASE("info: the matrices of a file, and how far they are from having no effect") {
    const TemporaryFolder folder;
    const std::string path = folder.file("matrix.safetensors");
    std::vector<float> matrix = identity();
    matrix[0] = 0.5F;
    matrix[1] = matrix[16] = 0.75F;
    write_matrix(path, matrix);
    const Json info = result_of({"info", path});
    const Json::Array& matrices = *info.find("matrices")->as_array();
    REQUIRE(matrices.size() == 1);
    CHECK(number_in(matrices.front(), "largest_displacement") == 0.75);
    matrix[1] = 0.0F;
    write_matrix(path, matrix);
    const Outcome outcome = run_program({"info", path});
    CHECK(outcome.status == 2);
    CHECK(outcome.error.find("not symmetric") != std::string::npos);
}

TEST_CASE("run: without adversaries and with matrices of no effect the trajectory is that of the victim") {
    const TemporaryFolder folder;
    const std::string victim = folder.file("victim.safetensors");
    const std::string other = folder.file("other.safetensors");
    write_model(victim);
    write_model(other, {}, 0.3);
    std::vector<float> matrix = identity();
    matrix[0] = 0.5F;
    matrix[1] = matrix[16] = 0.2F;
    const std::string path = folder.file("matrix.safetensors");
    write_matrix(path, matrix);
    const auto run = [&](const Arguments& more) {
        Arguments arguments{"run", victim,    "--height", "20",    "--width",
                            "22",  "--steps", "12",       "--out", folder.file("state.safetensors")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        static_cast<void>(result_of(arguments));
        return read_state(folder.file("state.safetensors"));
    };
    const State plain = run({});
    CHECK(run({"--adversary", other, "--fraction", "0"}) == plain);
    CHECK(run({"--adversary", victim, "--fraction", "0.5", "--adversary-steps", "20-30"}) == plain);
    CHECK(run({"--adversary", other, "--fraction", "0.5"}).values != plain.values);
    CHECK(run({"--adversary", other, "--fraction", "0.5", "--threads", "1"}) ==
          run({"--adversary", other, "--fraction", "0.5", "--threads", "3"}));
    CHECK(run({"--perturb", path + ":1", "--perturb-steps", "20-30"}) == plain);
    const State perturbed = run({"--perturb", path + ":0.5"});
    CHECK(perturbed.values != plain.values);
    CHECK(run({"--perturb", path + ":matrix:0.5"}) == perturbed);
    CHECK(run({"--perturb", path + ":0.25", "--perturb", path + ":0.25"}) == perturbed); // displacements add up
    CHECK(run({"--perturb", path + ":0.5", "--perturb-steps", "0-5", "--perturb-steps", "6-11"}) == perturbed);
    CHECK(run({"--perturb", path + ":0.5", "--perturb-order", "after"}).values != perturbed.values);
}

TEST_CASE("attack growing train: the recipe fast, whatever the number of threads") {
    const TemporaryFolder folder;
    static_cast<void>(train(folder.file("victim"), 30));
    const auto attack = [&](const std::string& threads) {
        const std::string out = folder.file("out" + threads);
        static_cast<void>(result_of({"attack", "growing", "train", model_in(folder.file("victim")), "--target", "snail",
                                     "--size", "12", "--padding", "4", "--recipe", "fast", "--iterations", "3",
                                     "--threads", threads, "--out", out}));
        return model_in(out);
    };
    const std::string model = attack("1");
    const Json notes = *result_of({"info", model}).find("metadata");
    CHECK(text_in(notes, "training.recipe") == "fast");
    CHECK(text_in(notes, "training.optimiser") == "soap");
    CHECK(text_in(notes, "training.batch") == "4");
    CHECK(read_text(attack("2")) == read_text(model));
}

TEST_CASE("info and import read the published graph of a growing adversary") {
    const auto published = attacks();
    if (!published) return;
    const TemporaryFolder folder;
    const std::string graph = (*published)("published_json/no_tail_model.json");
    CHECK(text_in(result_of({"info", graph}), "system") == "growing");
    static_cast<void>(result_of({"import", graph, folder.file("imported.safetensors")}));
    CHECK(weights_of(folder.file("imported.safetensors")) ==
          weights_of((*published)("growing_adversary_no_tail.safetensors")));
}

// SPDX-License-Identifier: Apache-2.0
// `nca grow`: a training, and one that is interrupted.
#include "../training.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <numeric>
#include <support/emoji.hpp>
#include <support/image.hpp>
#include <thread>

namespace {

using namespace nca::tests;
using nca::Json;

double mean(const std::vector<float>& values, std::size_t first, std::size_t count) {
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(first);
    return std::accumulate(from, from + static_cast<std::ptrdiff_t>(count), 0.0) / static_cast<double>(count);
}

long iterations_in(const std::string& folder) {
    return static_cast<long>(losses_in(folder).size());
}

/// Sends a signal to a training that would take hours, after its first checkpoint.
Outcome interrupt(const std::string& folder, int signal) {
    Process process{training(folder, 10000000, {"--checkpoint-every", "0"})};
    wait_for_checkpoint(process, folder);
    process.send(signal);
    return process.wait();
}

/// Continues an interrupted training, and compares it with one that was not.
void check_resumed(const std::string& folder, const std::string& reference) {
    const long iterations = iterations_in(folder) + 10;
    train(folder, iterations, {"--resume"});
    train(reference, iterations);
    CHECK(read_text(model_in(folder)) == read_text(model_in(reference)));
    CHECK(read_text(checkpoint_in(folder)) == read_text(checkpoint_in(reference)));
}

} // namespace

TEST_CASE("grow: training lowers the loss") {
    const TemporaryFolder folder;
    train(folder.file("out"), 250, {"--experiment", "growing"});
    const std::vector<float> losses = losses_in(folder.file("out"));
    REQUIRE(losses.size() == 250);
    CHECK(mean(losses, 240, 10) < 0.5 * mean(losses, 0, 10));
}

TEST_CASE("grow: the loss that it reports is the mean of the last hundred iterations") {
    const TemporaryFolder folder;
    const Json result = train(folder.file("out"), 130, {"--experiment", "growing"});
    const std::vector<float> losses = losses_in(folder.file("out"));
    REQUIRE(losses.size() == 130);
    CHECK(number_in(result, "loss") == doctest::Approx(mean(losses, 30, 100)).epsilon(1e-9));
}

TEST_CASE("grow: the experiments differ") {
    const TemporaryFolder folder;
    for (const std::string experiment : {"growing", "persistent", "regenerating"}) {
        // Long enough for the pool to be drawn from twice at the same place.
        const Json result = train(folder.file(experiment), 60, {"--experiment", experiment});
        CHECK(text_in(result, "experiment") == experiment);
    }
    CHECK(weights_of(model_in(folder.file("growing"))) != weights_of(model_in(folder.file("persistent"))));
    CHECK(weights_of(model_in(folder.file("persistent"))) != weights_of(model_in(folder.file("regenerating"))));
}

TEST_CASE("grow: the model's metadata describe its training, and it runs on the grid of its training") {
    const TemporaryFolder folder;
    train(folder.file("out"), 3, {"--seed", "18446744073709551615", "--fire-rate", "0.75"});
    const Json info = result_of({"info", model_in(folder.file("out"))});
    const Json* const metadata = info.find("metadata");
    REQUIRE(metadata != nullptr);
    CHECK(text_in(*metadata, "nca.system") == "growing");
    CHECK(text_in(*metadata, "training.experiment") == "regenerating");
    CHECK(text_in(*metadata, "training.iterations") == "3");
    CHECK(text_in(*metadata, "training.target") == "lizard");
    CHECK(text_in(*metadata, "training.batch") == "4");
    CHECK(text_in(*metadata, "training.fire_rate") == "0.75");
    CHECK(text_in(*metadata, "training.seed") == "18446744073709551615");
    const Json run = result_of({"run", model_in(folder.file("out")), "--steps", "1"});
    CHECK(number_in(run, "height") == 20.0);
    CHECK(number_in(run, "width") == 20.0);
}

TEST_CASE("grow: an image file is shrunk and padded to the target") {
    const TemporaryFolder folder;
    const std::string picture = folder.file("my picture.png");
    REQUIRE(support::write_png(picture, support::Image{20, 10, {250, 120, 10, 255}}).ok());
    const Json result = result_of({"grow", "--target", picture, "--size", "8", "--padding", "3", "--iterations", "1",
                                   "--batch", "2", "--out", folder.file("out")});
    CHECK(text_in(result, "target") == "my_picture");
    const Json run = result_of({"run", model_in(folder.file("out")), "--steps", "1"});
    CHECK(number_in(run, "height") == 4.0 + 2.0 * 3.0);
    CHECK(number_in(run, "width") == 8.0 + 2.0 * 3.0);
}

TEST_CASE("grow: an emoji is a target") {
    if (!support::emoji_image(U"\U0001F98E").ok()) {
        MESSAGE("skipped: no emoji font");
        return;
    }
    const TemporaryFolder folder;
    const Json result = result_of({"grow", "--target", "\xF0\x9F\xA6\x8E", "--size", "10", "--padding", "2",
                                   "--iterations", "1", "--batch", "2", "--out", folder.file("out")});
    CHECK(text_in(result, "target") == "u1f98e");
}

TEST_CASE("grow: numbers are decimal, also with a leading zero") {
    const TemporaryFolder folder;
    CHECK(number_in(train(folder.file("out"), 1, {"--seed", "010"}), "iterations") == 1.0);
    const Json info = result_of({"info", model_in(folder.file("out"))});
    REQUIRE(info.find("metadata") != nullptr);
    CHECK(text_in(*info.find("metadata"), "training.seed") == "10");
}

TEST_CASE("grow: twelve iterations and then eighteen more are thirty, byte for byte, whatever the threads") {
    const TemporaryFolder folder;
    for (const std::string experiment : {"growing", "persistent", "regenerating"}) {
        INFO(experiment);
        const std::string parts = folder.file(experiment);
        const std::string whole = folder.file(experiment + "-whole");
        train(whole, 30, {"--experiment", experiment, "--threads", "1"});
        train(parts, 12, {"--experiment", experiment, "--threads", "2"});
        const Json result = train(parts, 30, {"--experiment", experiment, "--threads", "1", "--resume"});
        CHECK(number_in(result, "iterations") == 30.0);
        CHECK(snapshot(parts).size() == snapshot(whole).size());
        for (const std::string file :
             {"model.safetensors", "checkpoint.safetensors", "film.png", "animation.webp", "loss.png"}) {
            INFO(file);
            CHECK(read_text(parts + "/" + file) == read_text(whole + "/" + file));
        }
    }
}

TEST_CASE("grow: to resume what is finished changes no file") {
    const TemporaryFolder folder;
    train(folder.file("out"), 6);
    const auto before = snapshot(folder.file("out"));
    const Json result = train(folder.file("out"), 6, {"--resume"});
    CHECK(number_in(result, "iterations") == 6.0);
    CHECK(snapshot(folder.file("out")) == before);
}

TEST_CASE("grow: whatever asks it to stop, it ends in order: a result line, a model and a checkpoint, nothing else") {
    const TemporaryFolder folder;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
        INFO("signal " << signal);
        const std::string out = folder.file(std::to_string(signal));
        const Outcome outcome = interrupt(out, signal);
        CHECK(outcome.status == 128 + signal);
        const Json result = line_of(outcome);
        REQUIRE(result.find("stopped") != nullptr);
        CHECK(result.find("stopped")->as_bool() == true);
        CHECK(number_in(result, "iterations") == static_cast<double>(iterations_in(out)));
        CHECK(number_in(result, "iterations") >= 1.0);
        CHECK(outcome.error.find("--resume") != std::string::npos);
        CHECK(snapshot(out).size() == 2);
        static_cast<void>(result_of({"run", text_in(result, "model"), "--steps", "1"}));
    }
}

TEST_CASE("grow: a training that Ctrl-C stopped is resumed to the same bytes") {
    const TemporaryFolder folder;
    static_cast<void>(interrupt(folder.file("stopped"), SIGINT));
    check_resumed(folder.file("stopped"), folder.file("whole"));
}

TEST_CASE("grow: a training that was killed without warning is resumed to the same bytes") {
    const TemporaryFolder folder;
    const Outcome outcome = interrupt(folder.file("killed"), SIGKILL);
    CHECK(outcome.signal == SIGKILL);
    check_resumed(folder.file("killed"), folder.file("whole"));
}

TEST_CASE("grow: Ctrl-C before the first periodic checkpoint leaves one as well") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    Process process{training(out, 10000000)};
    // Nothing on the disk tells when the training begins; the folder is made just before.
    while (process.running() && !std::filesystem::exists(out)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    process.send(SIGINT);
    const Json result = line_of(process.wait());
    CHECK(number_in(result, "iterations") == static_cast<double>(iterations_in(out)));
}

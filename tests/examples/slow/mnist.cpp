// SPDX-License-Identifier: Apache-2.0
// `nca mnist train`: the result depends on the seed, and neither on the number of threads nor on interruptions.
#include "../mnist_files.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>

namespace {

using namespace nca::tests;
using nca::Json;

std::string model_of(const std::string& out) {
    return read_text(out + "/model.safetensors");
}
std::string checkpoint_of(const std::string& out) {
    return read_text(out + "/checkpoint.safetensors");
}

/// When the checkpoint was written, if there is one.
std::optional<std::filesystem::file_time_type> time_of(const std::string& out) {
    std::error_code missing;
    const auto time = std::filesystem::last_write_time(out + "/checkpoint.safetensors", missing);
    if (missing) return std::nullopt;
    return time;
}

} // namespace

TEST_CASE("mnist train: thirty iterations that Ctrl-C and kill cut in pieces give the bytes of thirty in one go") {
    const DigitFolder digits;
    const TemporaryFolder folder;
    int interruptions = 0;
    for (const std::string loss : {"l2", "ce"}) {
        INFO(loss);
        const std::string whole = folder.file(loss + "-whole");
        const std::string parts = folder.file(loss + "-parts");
        const Json done =
            result_of(mnist_training(digits.path, whole, 30, {"--loss", loss, "--threads", "1", "--seed", "3"}));
        CHECK(number_in(done, "iterations") == 30.0);
        for (const int signal : {SIGINT, SIGKILL}) {
            Arguments more{"--loss", loss, "--threads", "2", "--seed", "3", "--checkpoint-every", "0"};
            const auto before = time_of(parts);
            if (before) more.emplace_back("--resume");
            Process process{mnist_training(digits.path, parts, 30, more)};
            while (process.running() && time_of(parts) == before) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            if (process.running()) process.send(signal);
            const Outcome outcome = process.wait();
            CHECK((outcome.status == 0 || outcome.status == 128 + SIGINT || outcome.signal == SIGKILL));
            interruptions += checkpoint_of(parts) != checkpoint_of(whole) ? 1 : 0;
        }
        const Json result = result_of(
            mnist_training(digits.path, parts, 30, {"--loss", loss, "--threads", "1", "--seed", "3", "--resume"}));
        CHECK(number_in(result, "iterations") == 30.0);
        CHECK(model_of(parts) == model_of(whole));
        CHECK(checkpoint_of(parts) == checkpoint_of(whole));
        CHECK(read_text(parts + "/loss.png") == read_text(whole + "/loss.png"));
    }
    // On a machine under load one of the four may come too late.
    CHECK(interruptions >= 1);
}

TEST_CASE("mnist train: the threads do not matter; seed, loss, noise and scheme do") {
    const DigitFolder digits;
    const TemporaryFolder folder;
    const auto train = [&](const std::string& name, const Arguments& more) {
        const std::string out = folder.file(name);
        static_cast<void>(result_of(mnist_training(digits.path, out, 8, more)));
        return out;
    };
    const std::string one = train("one", {"--threads", "1"});
    for (const std::string threads : {"2", "3"}) {
        const std::string other = train(threads, {"--threads", threads});
        CHECK(model_of(other) == model_of(one));
        CHECK(checkpoint_of(other) == checkpoint_of(one));
    }
    CHECK(weights_of(train("seed", {"--seed", "2"}) + "/model.safetensors") != weights_of(one + "/model.safetensors"));
    CHECK(weights_of(train("loss", {"--loss", "ce", "--noise", "0.02"}) + "/model.safetensors") !=
          weights_of(one + "/model.safetensors"));
    CHECK(weights_of(train("noise", {"--noise", "0"}) + "/model.safetensors") !=
          weights_of(one + "/model.safetensors"));
    CHECK(weights_of(train("scheme", {"--scheme", "naive"}) + "/model.safetensors") !=
          weights_of(one + "/model.safetensors"));
}

TEST_CASE("mnist train: the model's metadata describe its training, and the commands follow them") {
    const DigitFolder digits;
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    const Json result = result_of(mnist_training(digits.path, out, 2, {"--loss", "ce", "--noise", "0.03"}));
    CHECK(text_in(result, "model") == out + "/model.safetensors");
    const Json info = result_of({"info", out + "/model.safetensors"});
    CHECK(text_in(info, "system") == "mnist");
    const Json* const metadata = info.find("metadata");
    REQUIRE(metadata != nullptr);
    CHECK(text_in(*metadata, "nca.system") == "mnist");
    CHECK(text_in(*metadata, "nca.noise") == "0.03");
    CHECK(text_in(*metadata, "training.loss") == "ce");
    CHECK(text_in(*metadata, "training.scheme") == "mutating");
    CHECK(text_in(*metadata, "training.iterations") == "2");
    const Json eval = result_of({"mnist", "eval", out + "/model.safetensors", "--data", digits.path, "--steps", "2"});
    CHECK(number_in(eval, "noise") == 0.03);
    CHECK(number_in(eval, "count") == 12.0);
    // A cell of this model that was trained with cross-entropy is never drawn as undecided, which is black.
    const std::string png = folder.file("digit.png");
    static_cast<void>(result_of({"mnist", "run", out + "/model.safetensors", "--data", digits.path, "--digits", "11",
                                 "--steps", "0", "--scale", "1", "--out", png}));
    const auto image = support::read_image(png);
    REQUIRE(image.ok());
    for (std::size_t i = 0; i < image->rgba.size(); i += 4) {
        CHECK(int{image->rgba[i]} + image->rgba[i + 1] + image->rgba[i + 2] > 100);
    }
}

TEST_CASE("mnist train: a checkpoint of another training is refused") {
    const DigitFolder digits;
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    static_cast<void>(result_of(mnist_training(digits.path, out, 3)));
    const auto before = snapshot(out);
    for (const Arguments& more : {Arguments{"--loss", "ce"}, Arguments{"--noise", "0.5"}, Arguments{"--seed", "9"},
                                  Arguments{"--scheme", "persistent"}}) {
        Arguments arguments = mnist_training(digits.path, out, 3, {"--resume"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Outcome outcome = run_program(arguments);
        CHECK(outcome.status == 2);
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.find("checkpoint.safetensors") != std::string::npos);
        CHECK(snapshot(out) == before);
    }
}

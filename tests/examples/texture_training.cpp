// SPDX-License-Identifier: Apache-2.0
// `nca texture train` and `nca texture eval`: what they write, that they depend on the seed alone, and bad input.
#include "files.hpp"
#include "process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <support/image.hpp>
#include <vector>

namespace {

using namespace nca::tests;
using nca::Json;

/// A picture of stripes, and a model that was trained on it for an instant.
struct Workshop {
    TemporaryFolder folder{};
    std::string picture = folder.file("stripes.png");
    std::string out = folder.file("out");

    Workshop() {
        support::Image image{64, 64, {220, 180, 120, 255}};
        for (int y = 0; y < image.height; ++y) {
            for (int x = 0; x < image.width; ++x) {
                if ((x + y) / 4 % 2 == 0) std::fill_n(image.at(x, y), 3, std::uint8_t{40});
            }
        }
        REQUIRE(support::write_png(picture, image).ok());
    }

    /// A short training on a grid of 48 x 48 cells.
    [[nodiscard]] Arguments training(long iterations, const std::string& to, const Arguments& more = {}) const {
        Arguments arguments{"texture",
                            "train",
                            picture,
                            "--size",
                            "48",
                            "--batch",
                            "2",
                            "--out",
                            to,
                            "--iterations",
                            std::to_string(iterations)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    /// The program must refuse, in one line that contains every word, and leave the folder as it is.
    void check_refused(const Arguments& arguments, const std::vector<std::string>& words) const {
        const auto before = snapshot(folder.file(""));
        const Outcome outcome = run_program(arguments);
        std::string command = "nca";
        for (const std::string& word : arguments) command += " '" + word + "'";
        INFO(command);
        INFO("standard error: " << outcome.error);
        CHECK(outcome.signal == 0);
        CHECK(outcome.status == 2);
        CHECK(outcome.output.empty());
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.starts_with("nca: "));
        for (const std::string& word : words) CHECK(outcome.error.find(word) != std::string::npos);
        CHECK(snapshot(folder.file("")) == before);
    }
};

} // namespace

TEST_CASE("texture train: a model, a sample, the losses and a checkpoint; interrupted or not, on any threads") {
    const Workshop shop;
    const Json whole = result_of(shop.training(4, shop.out, {"--threads", "1"}));
    CHECK(number_in(whole, "iterations") == 4.0);
    for (const char* name : {"model.safetensors", "sample.png", "loss.png", "checkpoint.safetensors"}) {
        CHECK(std::filesystem::exists(shop.out + "/" + name));
    }
    const std::string parts = shop.folder.file("parts");
    static_cast<void>(result_of(shop.training(2, parts, {"--threads", "2"})));
    static_cast<void>(result_of(shop.training(4, parts, {"--threads", "2", "--resume", "--less-memory"})));
    CHECK(read_text(parts + "/model.safetensors") == read_text(shop.out + "/model.safetensors"));
    CHECK(read_text(parts + "/checkpoint.safetensors") == read_text(shop.out + "/checkpoint.safetensors"));

    const Json info = result_of({"info", shop.out + "/model.safetensors"});
    CHECK(text_in(info, "system") == "texture");
    const Json* const notes = info.find("metadata");
    REQUIRE(notes != nullptr);
    CHECK(text_in(*notes, "training.pool_size") == "64");

    const Json eval = result_of({"texture", "eval", shop.out + "/model.safetensors", shop.picture, "--features",
                                 "random", "--size", "48", "--steps", "3", "--seeds", "3"});
    REQUIRE(eval.find("losses") != nullptr);
    const Json::Array& losses = *eval.find("losses")->as_array();
    REQUIRE(losses.size() == 3);
    double total = 0.0;
    for (const Json& loss : losses) total += *loss.as_number();
    CHECK(number_in(eval, "loss") == doctest::Approx(total / 3.0));

    // A checkpoint of another training.
    for (const Arguments& more : {Arguments{"--seed", "2"}, Arguments{"--loss", "gram"}, Arguments{"--pool", "256"},
                                  Arguments{"--preset", "tensorflow"}}) {
        Arguments arguments = shop.training(5, shop.out, {"--resume"});
        arguments.insert(arguments.end(), more.begin(), more.end());
        shop.check_refused(arguments, {"checkpoint.safetensors"});
    }
}

TEST_CASE("texture train: a channel of a network instead of an image") {
    const Workshop shop;
    const Json result = result_of({"texture", "train", "--maximise", "scale2:5", "--size", "48", "--batch", "1",
                                   "--iterations", "1", "--out", shop.out});
    CHECK(text_in(result, "target") == "scale2:5");
}

TEST_CASE("texture train: muNCA by patches, without a network") {
    const Workshop shop;
    const Json result = result_of({"texture", "train", shop.picture, "--preset", "micro", "--channels", "4", "--size",
                                   "32", "--iterations", "2", "--out", shop.out});
    const std::string model = text_in(result, "model");
    CHECK(number_in(result_of({"info", model}), "parameters") == 68.0);
    CHECK(text_in(result_of({"texture", "run", model, "--steps", "2", "--out", shop.out + "/micro.png"}), "model") ==
          model);
}

TEST_CASE("texture train: muNCA saves what did best in the long run, also where a training was resumed") {
    const Workshop shop;
    const auto train = [&](const std::string& out, const char* iterations, const Arguments& more) {
        Arguments arguments{"texture", "train", shop.picture,   "--preset", "micro", "--channels", "4",
                            "--size",  "16",    "--iterations", iterations, "--out", out};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return result_of(arguments);
    };
    const std::string resumed = shop.folder.file("resumed");
    static_cast<void>(train(shop.out, "130", {}));
    static_cast<void>(train(resumed, "70", {}));
    const Json notes = *result_of({"info", resumed + "/model.safetensors"}).find("metadata");
    CHECK(text_in(notes, "training.selected_iteration") == "64");
    CHECK(text_in(notes, "training.iterations") == "70");
    static_cast<void>(train(resumed, "130", {"--resume"}));
    CHECK(read_text(resumed + "/model.safetensors") == read_text(shop.out + "/model.safetensors"));

    std::filesystem::remove(resumed + "/model.safetensors");
    shop.check_refused({"texture", "train", shop.picture, "--preset", "micro", "--channels", "4", "--size", "16",
                        "--iterations", "131", "--out", resumed, "--resume"},
                       {"model.safetensors"});
}

TEST_CASE("texture train: the recipe fast, on a smaller grid than the target") {
    const Workshop shop;
    const auto fast = [&](const std::string& out, const Arguments& more) {
        Arguments arguments{"texture", "train", shop.picture,   "--recipe", "fast",  "--size", "64",
                            "--grid",  "48",    "--iterations", "4",        "--out", out};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return result_of(arguments);
    };
    static_cast<void>(fast(shop.out, {"--threads", "1"}));
    const Json notes = *result_of({"info", shop.out + "/model.safetensors"}).find("metadata");
    CHECK(text_in(notes, "training.recipe") == "fast");
    CHECK(text_in(notes, "training.optimiser") == "soap");
    CHECK(text_in(notes, "training.extents") == "48 x 48");
    CHECK(text_in(notes, "training.height") == "64");
    const std::string threads = shop.folder.file("threads");
    static_cast<void>(fast(threads, {"--threads", "2"}));
    CHECK(read_text(threads + "/model.safetensors") == read_text(shop.out + "/model.safetensors"));
}

TEST_CASE("texture train: an ancestor is where training starts, and has to be of the same kind") {
    const Workshop shop;
    const std::string ancestor = shop.out + "/ancestor";
    static_cast<void>(
        result_of({"texture", "train", shop.picture, "--size", "48", "--iterations", "2", "--out", ancestor}));
    const auto trained = [&](const std::string& name, const Arguments& more) {
        Arguments arguments{"texture", "train", shop.picture,         "--size", "48", "--iterations",
                            "1",       "--out", shop.out + "/" + name};
        arguments.insert(arguments.end(), more.begin(), more.end());
        static_cast<void>(result_of(arguments));
        return read_text(shop.out + "/" + name + "/model.safetensors");
    };
    const Arguments from{"--ancestor", ancestor + "/model.safetensors"};
    const std::string first = trained("first", from);
    CHECK(first == trained("second", from));
    CHECK(first != trained("third", {}));
    shop.check_refused({"texture", "train", shop.picture, "--preset", "micro", "--iterations", "1", "--out",
                        shop.out + "/wrong", "--ancestor", ancestor + "/model.safetensors"},
                       {"--ancestor", "micro"});
}

TEST_CASE("texture train: bad input") {
    const Workshop shop;
    const auto refuse = [&](const Arguments& more, const std::vector<std::string>& words) {
        Arguments arguments{"texture", "train", "--size", "48", "--iterations", "1", "--out", shop.out};
        arguments.insert(arguments.end(), more.begin(), more.end());
        shop.check_refused(arguments, words);
    };
    refuse({}, {"TARGET", "--maximise"});
    refuse({shop.picture, "--preset", "micro", "--less-memory"}, {"--less-memory"});
    refuse({shop.picture, "--preset", "micro", "--channels", "5"}, {"--channels"});
    refuse({shop.picture, "--channels", "4"}, {"--channels", "micro"});
    refuse({shop.picture, "--loss", "patches", "--features", "vgg.safetensors"}, {"--features"});
    refuse({shop.picture, "--maximise", "scale2:5"}, {"TARGET", "--maximise"});
    refuse({shop.folder.file("missing.png")}, {"missing.png"});
    write_text(shop.folder.file("text.png"), "no picture");
    refuse({shop.folder.file("text.png")}, {"text.png"});
    REQUIRE(support::write_png(shop.folder.file("small.png"), support::Image{4, 4, {9, 9, 9, 255}}).ok());
    refuse({shop.folder.file("small.png")}, {"small.png", "too small", "4 x 4"});
    refuse({shop.picture, "--features", shop.folder.file("missing.safetensors")}, {"missing.safetensors"});
    refuse({shop.picture, "--features", shop.picture}, {"stripes.png"});
    write_model(shop.folder.file("growing.safetensors"), {{"nca.system", "growing"}});
    refuse({shop.picture, "--features", shop.folder.file("growing.safetensors")}, {"growing.safetensors"});
    for (const char* const maximise : {"scale2", "scale2:", ":3", "scale2:x", "scale2:-1", "scale2:5x"}) {
        refuse({"--maximise", maximise}, {});
    }
    refuse({"--maximise", "scale2:5", "--recipe", "fast"}, {"--recipe fast", "--maximise"});
    refuse({shop.picture, "--grid", "7"}, {"--grid"});
    refuse({shop.picture, "--grid", "8"}, {"too small"});
    refuse({"--maximise", "scale9:1"}, {"scale9"});
    refuse({"--maximise", "scale2:64"}, {"0 to 63"});
    refuse({shop.picture, "--loss", "l2"}, {"--loss"});
    refuse({shop.picture, "--batch", "0"}, {"--batch"});
    refuse({shop.picture, "--pool", "3"}, {"--pool", "4"});
    refuse({shop.picture, "--resume"}, {"checkpoint.safetensors"});
}

TEST_CASE("texture eval: bad input") {
    const Workshop shop;
    const std::string growing = shop.folder.file("growing.safetensors");
    write_model(growing, {{"nca.system", "growing"}});
    shop.check_refused({"texture", "eval", growing, shop.picture, "--features", "random"}, {"growing.safetensors"});
    shop.check_refused({"texture", "eval", shop.folder.file("none"), shop.picture, "--features", "random"}, {"none"});
    shop.check_refused({"texture", "eval", growing, shop.picture}, {"--features"});
    shop.check_refused({"texture", "eval", growing, growing, "--features", "random"}, {"growing.safetensors"});
}

// SPDX-License-Identifier: Apache-2.0
// `nca goal train` and `nca goal eval`: what they write, that they depend on the seed alone, and bad input.
#include <nca/systems/goal_guided/model_file.hpp>

#include "training.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <support/image.hpp>

namespace {

using namespace nca::tests;
using nca::Json;

/// Trainings of two pictures on 20 x 20 cells, a few milliseconds an iteration.
struct Workshop {
    TemporaryFolder folder{};

    [[nodiscard]] std::string out(const std::string& name) const { return folder.file(name); }
    [[nodiscard]] Arguments training(const std::string& name, long iterations, const Arguments& more = {}) const {
        Arguments words{
            "goal",    "train", "lizard",  "snail", "--size", "12",      "--padding",    "4",
            "--batch", "2",     "--codes", "6",     "--out",  out(name), "--iterations", std::to_string(iterations)};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    /// The program must refuse, in one line that contains `words`, and write nothing.
    void check_refused(const Arguments& arguments, const std::string& words) const {
        check_program_refuses(arguments, words);
        CHECK_FALSE(std::filesystem::exists(out("odd")));
    }
};

} // namespace

TEST_CASE("goal train: the result tells the error of every goal and of changes, and the model has the goals") {
    const Workshop shop;
    const Json result = result_of(shop.training("out", 2));
    const Json* const health = result.find("health");
    REQUIRE(health != nullptr);
    CHECK(numbers_in(*health, "errors").size() == 2);
    CHECK(numbers_in(*health, "runs_living").size() == 2);
    CHECK(numbers_in(*health, "errors_changed").size() == 2);
    CHECK(number_in(*health, "worst_changed") >= number_in(*health, "changed"));
    const auto model = nca::goal_guided::load_model(model_in(shop.out("out")));
    REQUIRE(model.ok());
    CHECK(model->encoder.goals() == 2);
    CHECK(model->encoder.codes() == 6);
    for (const char* file : {"/film.png", "/animation.webp", "/loss.png"}) {
        CHECK(std::filesystem::exists(shop.out("out") + file));
    }
}

TEST_CASE("goal train: a training that was stopped resumes bit for bit") {
    const Workshop shop;
    for (const std::string recipe : {"published", "fast"}) {
        const Arguments more{"--recipe", recipe, "--checkpoint-every", "0"};
        Process process{shop.training(recipe + "_stopped", 100, more)};
        wait_for_checkpoint(process, shop.out(recipe + "_stopped"));
        process.send(SIGINT);
        CHECK(process.wait().status == 128 + SIGINT);
        Arguments resumed = more;
        resumed.insert(resumed.end(), {"--resume", "--threads", "2"});
        static_cast<void>(result_of(shop.training(recipe + "_stopped", 100, resumed)));
        static_cast<void>(result_of(shop.training(recipe + "_whole", 100, more)));
        CHECK(read_text(model_in(shop.out(recipe + "_stopped"))) == read_text(model_in(shop.out(recipe + "_whole"))));
    }
}

TEST_CASE("goal eval: a model is compared on the grid of its training") {
    const Workshop shop;
    const Json trained = result_of(shop.training("out", 2));
    const Json result = result_of({"goal", "eval", model_in(shop.out("out")), "lizard", "snail"});
    CHECK(numbers_in(result, "errors") == numbers_in(*trained.find("health"), "errors"));
    CHECK(number_in(result, "worst_changed") == number_in(*trained.find("health"), "worst_changed"));
}

TEST_CASE("goal eval: the published model has the published figures") {
    const auto model = data_file("goal_guided/100k_linear_encoder.pt");
    const auto folder = data_file("goal_guided/targets");
    if (!model || !folder) return;
    Arguments words{"goal", "eval", model->string()};
    for (const char* code :
         {"1f98e", "1f600", "1f4a5", "1f441", "1f420", "1f98b", "1f41e", "1f578", "1f968", "1f384"}) {
        words.push_back((*folder / ("emoji_u" + std::string{code} + ".png")).string());
    }
    words.insert(words.end(), {"--seeds", "1"});
    const Json result = result_of(words);
    CHECK(number_in(result, "error") == doctest::Approx(4.6e-3).epsilon(0.1));
    CHECK(number_in(result, "changed") == doctest::Approx(5.1e-3).epsilon(0.1));
}

TEST_CASE("goal: bad input is refused in one line") {
    const Workshop shop;
    const std::string text = shop.out("text.png");
    write_text(text, "no picture");
    shop.check_refused({"goal", "train", "lizard", text, "--out", shop.out("odd")}, "text.png");
    const std::string nothing = shop.out("nothing.png");
    REQUIRE(support::write_png(nothing, support::Image{8, 8}).ok());
    shop.check_refused({"goal", "train", "lizard", nothing, "--out", shop.out("odd")}, "is fully transparent");
    Arguments many{"goal", "train"};
    many.insert(many.end(), 257, "lizard");
    many.insert(many.end(), {"--out", shop.out("odd")});
    shop.check_refused(many, "there are 257 pictures; at most 256");
    shop.check_refused({"goal", "train", "--out", shop.out("odd")}, "PICTURES");
    static_cast<void>(result_of(shop.training("out", 1)));
    shop.check_refused({"goal", "eval", model_in(shop.out("out")), "lizard"}, "each of the 2 goals");
    shop.check_refused({"goal", "eval", model_in(shop.out("out")), "lizard", "snail", "lizard"}, "found 3");
    shop.check_refused({"goal", "eval", text, "lizard"}, "text.png");
}

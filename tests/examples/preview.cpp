// SPDX-License-Identifier: Apache-2.0
// A picture of what trains, while it trains.
#include "training.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <support/image.hpp>
#include <thread>

namespace {

using namespace nca::tests;

void check_refused(const std::string& preview, const std::string& words) {
    const TemporaryFolder folder;
    const Outcome outcome = run_program(training(folder.file("out"), 2, {"--preview", preview}));
    CAPTURE(outcome.error);
    CHECK(outcome.status == 2);
    CHECK(is_one_line(outcome.error));
    CHECK(outcome.error.find(words) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(model_in(folder.file("out"))));
}

} // namespace

TEST_CASE("preview: a picture of the creature is there after the training, and the training is the same") {
    const TemporaryFolder folder;
    static_cast<void>(train(folder.file("without"), 3));
    for (const char* const name : {"now.png", "now.webp"}) {
        CAPTURE(name);
        const std::string out = folder.file(std::string{"with_"} + name);
        static_cast<void>(train(out, 3, {"--preview", folder.file(name)}));
        CHECK(read_text(checkpoint_in(out)) == read_text(checkpoint_in(folder.file("without"))));
        const auto image = support::read_image(folder.file(name));
        REQUIRE(image.ok());
        CHECK(image->width == image->height);
        CHECK(image->width >= 256);
        CHECK(*image != support::Image(image->width, image->height, {255, 255, 255, 255}));
    }
}

TEST_CASE("preview: a file that is no picture, or cannot be written, and a terminal that is none are refused") {
    check_refused("now.gif", "expected a .png or .webp file, or 'terminal'");
    check_refused("/nowhere/now.png", "/nowhere/now.png");
    check_refused("terminal", "standard error is no terminal");
    check_refused("-", "standard error is no terminal");
}

TEST_CASE("preview: where it cannot be written any more, one warning tells, and the training is saved") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    std::filesystem::create_directory(folder.file("there"));
    Process process{training(out, 10000000, {"--checkpoint-every", "0", "--preview", folder.file("there/now.png")})};
    while (process.running() && !std::filesystem::exists(checkpoint_in(out))) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    REQUIRE(process.running());
    std::filesystem::remove_all(folder.file("there"));
    process.send(SIGINT);
    const Outcome outcome = process.wait();
    CHECK(outcome.status == 128 + SIGINT);
    const std::string words = "the training goes on without the picture";
    const std::size_t first = outcome.error.find(words);
    CHECK(first != std::string::npos);
    CHECK(outcome.error.find(words, first + 1) == std::string::npos);
    CHECK(std::filesystem::exists(model_in(out)));
}

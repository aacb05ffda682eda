// SPDX-License-Identifier: Apache-2.0
// Targets that are empty in the middle, where the seed is.
#include "training.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <support/image.hpp>

using namespace nca::tests;
using nca::Json;

namespace {

constexpr int side = 11;
constexpr int visible = 4 * (side - 1);

/// A red frame around nothing.
void write_frame(const std::string& path) {
    support::Image frame{side, side};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            if (x % (side - 1) != 0 && y % (side - 1) != 0) continue;
            const auto pixel = static_cast<std::size_t>(y * side + x) * 4;
            frame.rgba[pixel] = 255;
            frame.rgba[pixel + 3] = 255;
        }
    }
    REQUIRE(support::write_png(path, frame).ok());
}

} // namespace

TEST_CASE("placement: a target that is empty in the middle is moved under the seed, for evaluate, too") {
    const TemporaryFolder folder;
    write_frame(folder.file("frame.png"));
    const Outcome outcome = run_program({"grow", "--target", folder.file("frame.png"), "--padding", "3", "--iterations",
                                         "1", "--threads", "1", "--out", folder.file("out")});
    CHECK(outcome.error.find("is moved by 0, 5 cells in x and y\n") != std::string::npos);
    static_cast<void>(result_of(outcome));

    // After one iteration hardly more than the seed is there: black, alpha 1, on one of the red cells.
    const Json result = result_of({"evaluate", model_in(folder.file("out")), "--target", folder.file("frame.png"),
                                   "--steps", "1", "--seeds", "1"});
    constexpr double cells = (side + 6) * (side + 6 + 10);
    const double under_seed = (2.0 * visible - 1.0) / (4.0 * cells);
    CHECK(numbers_in(result, "loss").at(0) == doctest::Approx(under_seed).epsilon(0.01));
}

TEST_CASE("placement: a target that is visible in the middle stays there, and nothing is said") {
    const TemporaryFolder folder;
    const Outcome outcome = run_program(training(folder.file("out"), 1));
    static_cast<void>(result_of(outcome));
    CHECK(outcome.error.find("moved") == std::string::npos);
    const auto file = nca::read_safetensors(model_in(folder.file("out")));
    REQUIRE(file.ok());
    for (const auto& [key, text] : file->metadata()) CHECK(key.find("offset") == std::string::npos);
}

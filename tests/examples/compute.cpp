// SPDX-License-Identifier: Apache-2.0
// `--compute bf16`: trainings whose networks multiply in bfloat16.
#include "files.hpp"
#include "process.hpp"
#include "training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <support/image.hpp>
#include <vector>

using namespace nca::tests;

namespace {

/// A training of a few iterations on a small grid, without its folder.
Arguments command_of(const std::string& name, const std::string& picture) {
    const Arguments small{"--iterations", "3", "--batch", "2"};
    Arguments words;
    if (name == "grow") words = {"grow", "--target", "lizard", "--size", "12", "--padding", "4"};
    if (name == "goal") words = {"goal", "train", "lizard", "snail", "--size", "12", "--padding", "4"};
    if (name == "texture") words = {"texture", "train", picture, "--size", "48"};
    words.insert(words.end(), small.begin(), small.end());
    return words;
}

} // namespace

TEST_CASE("a training in bfloat16 is close to one in float, and its checkpoint remembers how it computes") {
    for (const std::string name : {"grow", "goal", "texture"}) {
        CAPTURE(name);
        const TemporaryFolder folder;
        const std::string picture = folder.file("stripes.png");
        support::Image image{48, 48, {220, 180, 120, 255}};
        for (int y = 0; y < 48; y += 2) std::fill_n(image.at(0, y), 4 * 48, std::uint8_t{255});
        REQUIRE(support::write_png(picture, image).ok());
        std::vector<std::vector<float>> losses;
        for (const std::string compute : {"float32", "bf16"}) {
            Arguments words = command_of(name, picture);
            const Arguments more{"--compute", compute, "--out", folder.file(compute)};
            words.insert(words.end(), more.begin(), more.end());
            static_cast<void>(result_of(words));
            losses.push_back(losses_in(folder.file(compute)));
        }
        REQUIRE(losses[0].size() == losses[1].size());
        CHECK(losses[0] != losses[1]);
        CHECK(std::abs(losses[0][0] - losses[1][0]) <= 0.05F * std::abs(losses[0][0]));
        Arguments words = command_of(name, picture);
        const Arguments more{"--resume", "--out", folder.file("bf16")};
        words.insert(words.end(), more.begin(), more.end());
        check_program_refuses(words, "compute");
    }
}

TEST_CASE("muNCA does not train in bfloat16") {
    const TemporaryFolder folder;
    check_program_refuses(
        {"texture", "train", "lizard.png", "--preset", "micro", "--compute", "bf16", "--out", folder.file("out")},
        "--compute bf16");
    check_program_refuses({"grow", "--target", "lizard", "--compute", "fp8", "--out", folder.file("out")}, "--compute");
}

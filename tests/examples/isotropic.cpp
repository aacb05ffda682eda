// SPDX-License-Identifier: Apache-2.0
// `nca isotropic train`, and its models in `nca run`.
#include <nca/run/model_file.hpp>

#include "training.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace {

using namespace nca::tests;
using nca::Json;

Arguments isotropic(const std::string& out, int iterations, const Arguments& more = {}) {
    Arguments words{"isotropic",
                    "train",
                    "lizard",
                    "--size",
                    "12",
                    "--padding",
                    "4",
                    "--batch",
                    "2",
                    "--pool",
                    "4",
                    "--iterations",
                    std::to_string(iterations),
                    "--out",
                    out};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

} // namespace

TEST_CASE("an isotropic training resumes where it stopped, and its model runs") {
    const TemporaryFolder folder;
    for (const Arguments& kind : {Arguments{}, Arguments{"--lattice", "hex", "--auxiliary", "minimal"},
                                  Arguments{"--experiment", "structured_seeds", "--radius", "3"},
                                  Arguments{"--experiment", "structured_seeds", "--variant", "gradient"}}) {
        const std::string whole = folder.file("whole");
        const std::string parts = folder.file("parts");
        Arguments overwrite = kind;
        overwrite.emplace_back("--overwrite");
        Arguments resume = kind;
        resume.emplace_back("--resume");
        CHECK(result_of(isotropic(whole, 3, overwrite)).find("iterations")->as_integer<int>() == 3);
        static_cast<void>(result_of(isotropic(parts, 2, overwrite)));
        static_cast<void>(result_of(isotropic(parts, 3, resume)));
        CHECK(losses_in(whole) == losses_in(parts));
        for (const std::string name : {"film.png", "animation.webp", "loss.png"}) {
            CHECK(std::filesystem::exists(whole + "/" + name));
        }
        const auto file = nca::read_safetensors(model_in(whole));
        REQUIRE(file.ok());
        REQUIRE(file->find_metadata("nca.system") != nullptr);
        CHECK(*file->find_metadata("nca.system") == "isotropic");
        const Json run = result_of({"run", model_in(whole), "--steps", "10", "--out", folder.file("last.png")});
        CHECK(run.find("height")->as_integer<int>() == 20);
    }
}

TEST_CASE("an isotropic training that cannot be is refused in one line") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    check_program_refuses(isotropic(out, 2, {"--points", "3"}), "only with --experiment structured_seeds");
    check_program_refuses(isotropic(out, 2, {"--experiment", "structured_seeds", "--radius", "10"}),
                          "a structured seed of radius 10 does not fit into 20 x 20 cells");
    check_program_refuses({"isotropic", "train", "lizard", "--pool", "4", "--out", out},
                          "--pool: expected 8 states or more");
    check_program_refuses({"isotropic", "train", folder.file("none.png"), "--out", out}, "none.png");
    CHECK_FALSE(std::filesystem::exists(out));
}

// SPDX-License-Identifier: Apache-2.0
// `--help`, for the program and for every command.
#include "process.hpp"

#include <doctest/doctest.h>

namespace {

using namespace nca::tests;

/// The help must stand on standard output and mention every one of the words.
void check_help(const Arguments& arguments, const std::vector<std::string>& words) {
    const Outcome outcome = run_program(arguments);
    CHECK(outcome.signal == 0);
    CHECK(outcome.status == 0);
    CHECK(outcome.error.empty());
    for (const std::string& word : words) {
        INFO(outcome.output);
        INFO(word);
        CHECK(outcome.output.find(word) != std::string::npos);
    }
}

} // namespace

TEST_CASE("help: the program lists its commands") {
    check_help({"--help"}, {"grow", "run", "evaluate", "import", "export", "info"});
    check_help({"-h"}, {"grow", "run", "evaluate", "import", "export", "info"});
}

TEST_CASE("help: grow mentions every option") {
    check_help({"grow", "--help"},
               {"--target", "--size", "--padding", "--experiment", "growing", "persistent", "regenerating",
                "--iterations", "--batch", "--seed", "--threads", "--resume", "--out", "--fire-rate", "--warm-up", "--drop-after",
                "--recipe", "published", "fast", "--checkpoint-every", "lizard", "mushroom", "snail"});
}

TEST_CASE("help: run mentions every option") {
    check_help({"run", "--help"}, {"MODEL", "--height", "--width", "--state", "--steps", "--seed", "--fire-rate",
                                   "--rotate", "--threads", "--damage", "STEP:X,Y,R", "--out", ".safetensors", ".png",
                                   ".webp", "--boundary", "torus", "--step-size", "--frame-every"});
}

TEST_CASE("help: evaluate, import and info mention what they take") {
    check_help({"evaluate", "--help"}, {"MODEL", "--target", "--size", "--padding", "--steps", "--seeds", "--fire-rate",
                                        "--damage", "--threads"});
    check_help({"import", "--help"}, {"PUBLISHED", "OUT"});
    check_help({"info", "--help"}, {"MODEL"});
}

TEST_CASE("help: it is text for people, without traces of the parser's types") {
    for (const char* command : {"grow", "run", "evaluate", "import", "info"}) {
        const Outcome outcome = run_program({command, "--help"});
        INFO(outcome.output);
        for (const char* trace : {"->", "ENUM", "{,"}) CHECK(outcome.output.find(trace) == std::string::npos);
    }
}

TEST_CASE("help: the version is the library's") {
    const Outcome outcome = run_program({"--version"});
    CHECK(outcome.status == 0);
    const std::string version = std::to_string(NCA_VERSION_MAJOR) + "." + std::to_string(NCA_VERSION_MINOR) + "." +
                                std::to_string(NCA_VERSION_PATCH);
    CHECK(outcome.output == "nca " + version + "\n");
}

// SPDX-License-Identifier: Apache-2.0
// Adversaries and perturbations in the window.
#include <nca/io/safetensors.hpp>

#include "session.hpp"

#include <span>
#include <string>
#include <vector>

namespace {

using namespace nca::tests;

[[nodiscard]] nca::Json play(const Arguments& more) {
    Arguments arguments{lizard, "--speed", "600", "--height", "60", "--width", "60"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return result_of(play_with({"SDL_VIDEODRIVER=dummy"}, arguments));
}

/// A matrix that halves red and leaves the rest as it is.
void write_matrix(const std::string& path) {
    std::vector<float> values(256);
    for (std::size_t i = 0; i < 16; ++i) values[17 * i] = i == 0 ? 0.5F : 1.0F;
    nca::SafetensorsWriter writer;
    writer.add("pale", {16, 16}, std::span<const float>(values));
    REQUIRE(write_safetensors(path, writer).ok());
}

} // namespace

TEST_CASE("attack in the window: clicks place adversaries one by one, the right button takes them away, X all") {
    const TemporaryFolder folder;
    const std::string path = folder.file("end.png");
    const Arguments place{"--adversary",    mushroom, "--do",           "60 key a", "--do",
                          "60 plant 30 30", "--do",   "60 plant 30 30", "--do",     "60 plant 33 30"};
    const auto with = [&](const Arguments& more) {
        Arguments all = place;
        all.insert(all.end(), more.begin(), more.end());
        all.insert(all.end(), {"--do", "80 picture " + path, "--do", "80 quit"});
        return play(all);
    };
    CHECK(has_status(with({}), "placing adversaries: 2"));
    const support::Image attacked = picture_in(path);
    CHECK(has_status(with({"--do", "61 erase 30 30 2", "--do", "62 key a"}), "adversaries: 1"));
    CHECK(has_status(with({"--do", "61 key x"}), "placing adversaries: 0"));
    CHECK(
        has_status(play({"--adversary", mushroom, "--do", "80 picture " + path, "--do", "80 quit"}), "adversaries: 0"));
    CHECK(difference(attacked, picture_in(path)) > 0.0);
}

TEST_CASE("attack in the window: keys change the coefficient of a matrix, which colours the creature") {
    const TemporaryFolder folder;
    const std::string matrix = folder.file("matrix.safetensors");
    const std::string path = folder.file("end.png");
    write_matrix(matrix);
    const Arguments perturb{"--perturb", matrix + ":0", "--do", "80 picture " + path, "--do", "80 quit"};
    CHECK(has_status(play(perturb), "pale 0"));
    const support::Image plain = picture_in(path);
    const auto with = [&](const Arguments& more) {
        Arguments all = perturb;
        all.insert(all.end(), more.begin(), more.end());
        return play(all);
    };
    CHECK(has_status(with({"--do", "0 key k", "--do", "0 key k", "--do", "0 key K"}), "pale 0.05"));
    CHECK(has_status(with({"--do", "0 key k", "--do", "1 key o"}), "pale 0"));
    CHECK(has_status(play({"--perturb", matrix + ":1", "--do", "80 picture " + path, "--do", "80 quit"}), "pale 1"));
    CHECK(difference(plain, picture_in(path)) > 0.0);
}

TEST_CASE("attack in the window: the mouse moves the sliders of the coefficients") {
    const TemporaryFolder folder;
    const std::string matrix = folder.file("matrix.safetensors");
    write_matrix(matrix);
    // The picture is 300 elements high, each slider 26; the tracks reach from 150 to 416.
    const auto after = [&](const Arguments& events) {
        Arguments arguments{"--scale", "5", "--perturb", matrix + ":0", "--perturb", matrix + ":pale:0"};
        for (const std::string& event : events) arguments.insert(arguments.end(), {"--do", event});
        arguments.insert(arguments.end(), {"--do", "9 quit"});
        return play(arguments);
    };
    const nca::Json first = after({"1 mouse_down 350 313", "1 mouse_up 350 313", "2 mouse_move 200 313"});
    CHECK(has_status(first, "> pale 0.5"));
    CHECK(has_status(first, "pale 0"));
    CHECK(has_status(after({"1 mouse_down 350 339", "1 mouse_move 150 20", "1 mouse_up 150 20"}), "> pale -1"));
    CHECK(has_status(after({"1 mouse_down 283 339", "2 mouse_move 900 339", "2 mouse_up 900 339", "3 mouse_down 40 100",
                            "3 mouse_move 90 100", "3 mouse_up 90 100"}),
                     "> pale 1"));
}

TEST_CASE("attack in the window: an adversary of no system, or a matrix that is none, is refused in one line") {
    const TemporaryFolder folder;
    const std::string matrix = folder.file("matrix.safetensors");
    write_matrix(matrix);
    for (const Arguments& wrong : {Arguments{"--adversary", matrix}, Arguments{"--adversary", folder.file("missing")},
                                   Arguments{"--perturb", lizard + ":1"}, Arguments{"--perturb", matrix}}) {
        Arguments arguments{lizard, "--frames", "1"};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        const Outcome outcome = play_with({"SDL_VIDEODRIVER=dummy"}, arguments);
        CHECK(outcome.status == 2);
        CHECK(is_one_line(outcome.error));
    }
}

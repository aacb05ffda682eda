// SPDX-License-Identifier: Apache-2.0
// What the window draws, under Xvfb.
#include "session.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <support/render.hpp>
#include <support/target.hpp>

namespace {

using namespace nca::tests;

constexpr int side = 96;
constexpr int scale = 6;

/// The lizard that the model was trained on, over white, in the middle of the grid.
support::Image lizard_picture() {
    const auto target = support::load_target("lizard", 40, 16);
    REQUIRE(target.ok());
    support::Image picture{side, side, {255, 255, 255, 255}};
    support::paste(picture, support::over_white(target->rgba, target->height, target->width, 4),
                   side / 2 - target->width / 2, side / 2 - target->height / 2);
    return picture;
}

} // namespace

TEST_CASE("a lizard grows in the window, loses what is erased, and grows it back") {
    if (!has_screen()) return;
    const TemporaryFolder folder;
    const std::string a = folder.file("a.png");
    const std::string b = folder.file("b.png");
    const std::string c = folder.file("c.png");
    const std::string window = folder.file("window.png");
    const std::string cells = folder.file("cells.png");
    const nca::Json result = result_of(
        play_on_screen({lizard, "--scale", std::to_string(scale), "--speed", "3000", "--do", "200 screenshot " + a,
                        "--do", "200 picture " + cells, "--do", "200 window " + window, "--do", "200 erase 42 42 10",
                        "--do", "200 screenshot " + b, "--do", "500 screenshot " + c, "--do", "500 quit"}));
    CHECK(text_in(result, "model") == "lizard");
    CHECK(number_in(result, "steps") == 500);

    const support::Image grown = picture_in(a);
    REQUIRE(grown.width == side * scale);
    REQUIRE(grown.height == side * scale);
    const support::Image target = support::enlarge(lizard_picture(), scale);
    const double blank = difference(target, support::Image{side * scale, side * scale, {255, 255, 255, 255}});
    CHECK(difference(grown, target) < 0.05 * blank);
    CHECK_MESSAGE(grown == support::enlarge(picture_in(cells), scale), "read back is what was drawn");

    const support::Image whole = picture_in(window);
    CHECK(whole.width == side * scale);
    CHECK(whole.height > side * scale);
    CHECK(coloured(whole) > coloured(grown) + 1000);

    const support::Image cut = picture_in(b);
    int erased = 0;
    for (int y = 0; y < cut.height; ++y) {
        for (int x = 0; x < cut.width; ++x) {
            const bool inside = std::hypot(x / scale - 42, y / scale - 42) < 10.0;
            erased += inside && !is_white(grown, x, y) ? 1 : 0;
            const bool right =
                inside ? is_white(cut, x, y) : std::equal(cut.at(x, y), cut.at(x, y) + 4, grown.at(x, y));
            if (!right) FAIL("x " << x << ", y " << y);
        }
    }
    CHECK(erased > 100 * scale * scale);

    const support::Image regrown = picture_in(c);
    CHECK(difference(regrown, grown) < 0.1 * difference(cut, grown));
    CHECK(difference(regrown, target) < 0.05 * blank);
}

TEST_CASE("the same seed gives the same trajectory at any speed") {
    if (!has_screen()) return;
    const TemporaryFolder folder;
    const auto film = [&](const char* name, const char* speed, const char* seed) {
        const std::string path = folder.file(name);
        static_cast<void>(
            result_of(play_on_screen({lizard, "--speed", speed, "--seed", seed, "--do", "70 erase 40 40 6", "--do",
                                      "90 picture " + path, "--do", "90 quit"})));
        return picture_in(path);
    };
    const support::Image first = film("first.png", "900", "3");
    CHECK(coloured(first) > 200);
    CHECK(first == film("second.png", "1e6", "3"));
    CHECK(first != film("third.png", "900", "4"));
}

TEST_CASE("the program ends after --frames and writes the last image") {
    if (!has_screen()) return;
    const TemporaryFolder folder;
    const std::string path = folder.file("last.png");
    const nca::Json result = result_of(play_on_screen(
        {mushroom, "--frames", "30", "--height", "48", "--width", "64", "--scale", "5", "--screenshot", path}));
    CHECK(number_in(result, "frames") == 30);
    CHECK(number_in(result, "steps") == 30);
    const support::Image image = picture_in(path);
    // The window is no narrower than its bar needs; the picture stands in it at the size that was asked for.
    CHECK(image.width * 48 == image.height * 64);
    CHECK(coloured(image) > 0);
}

TEST_CASE("without a screen the driver that draws nowhere does") {
    const TemporaryFolder folder;
    const nca::Json result =
        result_of(play_with({"SDL_VIDEODRIVER=dummy"}, {lizard,    mushroom,
                                                        "--speed", "600",
                                                        "--do",    "20 mouse_down 300 300",
                                                        "--do",    "20 mouse_move 400 400",
                                                        "--do",    "21 mouse_up 400 400",
                                                        "--do",    "22 key h",
                                                        "--do",    "30 window " + folder.file("window.png"),
                                                        "--do",    "30 key Tab",
                                                        "--do",    "50 screenshot " + folder.file("view.png"),
                                                        "--do",    "50 quit"}));
    CHECK(text_in(result, "model") == "mushroom");
    CHECK(number_in(result, "steps") == 20);
    CHECK(coloured(picture_in(folder.file("window.png"))) > coloured(picture_in(folder.file("view.png"))));
}

TEST_CASE("the key S writes numbered images into the current folder") {
    const TemporaryFolder folder;
    const Outcome outcome =
        play_with({"-C", folder.file(""), "SDL_VIDEODRIVER=dummy"},
                  {lizard, "--do", "20 key s", "--do", "20 key h", "--do", "40 key S", "--do", "40 quit"});
    CHECK(outcome.status == 0);
    CHECK(folder.count() == 2);
    const support::Image first = picture_in(folder.file("screenshot-1.png"));
    const support::Image second = picture_in(folder.file("screenshot-2.png"));
    CHECK(coloured(first) > 0);
    CHECK(coloured(second) > coloured(first));
}

// SPDX-License-Identifier: Apache-2.0
// The mouse and the keys, through SDL's queue, under Xvfb.
#include "session.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace nca::tests;

/// A session on a grid of 60 x 60 cells of 10 x 10 picture elements, which is paused before anything else happens.
class Paused {
public:
    /// Adds an event, `at` steps after the beginning.
    Paused& then(const std::string& action, int at = 0) {
        arguments_.insert(arguments_.end(), {"--do", std::to_string(at) + " " + action});
        return *this;
    }
    /// What the world looks like after the events.
    [[nodiscard]] support::Image picture() {
        const std::string path = folder_.file("picture.png");
        then("picture " + path, last);
        static_cast<void>(result());
        return picture_in(path);
    }
    [[nodiscard]] nca::Json result() {
        then("quit", last);
        return result_of(play_on_screen(arguments_));
    }
    Paused& option(const std::string& name, const std::string& value) {
        arguments_.insert(arguments_.end(), {name, value});
        return *this;
    }

private:
    static constexpr int last = 5;
    TemporaryFolder folder_;
    Arguments arguments_{lizard, mushroom, "--height", "60", "--width", "60", "--scale", "10", "--do", "0 key space"};
};

bool only_cell(const support::Image& image, int x, int y) {
    return coloured(image) == 1 && !is_white(image, x, y);
}

} // namespace

TEST_CASE("a click plants a seed where it points, even by a hand that shakes") {
    if (!has_screen()) return;
    // Cell 12 covers the picture elements from 120 to 129.
    CHECK(only_cell(Paused{}.then("key c").then("mouse_down 129 200").then("mouse_up 129 200").picture(), 12, 20));
    CHECK(only_cell(
        Paused{}.then("key c").then("mouse_down 120 209").then("mouse_move 121 207").then("mouse_up 121 207").picture(),
        12, 20));
    CHECK(only_cell(Paused{}.picture(), 30, 30));
    CHECK(coloured(Paused{}.then("key c").then("mouse_down 300 615").then("mouse_up 300 615").picture()) == 0);
}

TEST_CASE("a drag erases all along its way and plants nothing") {
    if (!has_screen()) return;
    Paused session;
    session.option("--brush", "2");
    for (int x = 5; x <= 55; x += 5) session.then("plant " + std::to_string(x) + " 40");
    session.then("plant 30 43");
    // One motion from cell 9 to cell 51.
    session.then("mouse_down 95 405").then("mouse_move 515 405").then("mouse_up 515 405");
    const support::Image image = session.picture();
    for (int x = 5; x <= 55; x += 5) {
        INFO("x " << x);
        CHECK(is_white(image, x, 40) == (x >= 10 && x <= 50));
    }
    CHECK(coloured(image) == 4); // 5, 55, the one below, and the seed of the beginning
}

TEST_CASE("the right button erases at once; the wheel makes the brush larger and smaller") {
    if (!has_screen()) return;
    const auto rest = [](Paused& session) {
        return coloured(session.then("mouse_down 305 305 right").then("mouse_up 305 305 right").picture());
    };
    Paused plain;
    CHECK(rest(plain.option("--brush", "3").then("plant 34 30")) == 1);
    Paused larger;
    CHECK(rest(larger.option("--brush", "3").then("plant 34 30").then("wheel 2")) == 0);
    Paused smaller;
    CHECK(rest(smaller.option("--brush", "5").then("plant 34 30").then("wheel -1")) == 1);
}

TEST_CASE("on a torus what is erased reaches across the border") {
    if (!has_screen()) return;
    const auto rest = [](const char* boundary) {
        Paused session;
        session.option("--boundary", boundary).then("key c").then("plant 0 0").then("plant 59 1").then("plant 0 57");
        return coloured(session.then("erase 58 59 4").picture());
    };
    CHECK(rest("torus") == 0);
    CHECK(rest("zero") == 3);
}

TEST_CASE("keys change the options of the steps") {
    if (!has_screen()) return;
    const nca::Json plain = Paused{}.result();
    CHECK(has_status(plain, "fire rate 0.5"));
    CHECK(has_status(plain, "torus"));
    CHECK(plain.find("paused")->dump() == "true");
    CHECK(number_in(plain, "speed") == 60);
    CHECK(number_in(plain, "steps") == 0);

    Paused turned;
    for (const char* key : {"f", "f", "F", "[", "[", "b", "+"}) turned.then(std::string{"key "} + key);
    const nca::Json result = turned.result();
    CHECK(has_status(result, "fire rate 0.6"));
    CHECK(has_status(result, "rotation 30\xC2\xB0"));
    CHECK(has_status(result, "border of zeros"));
    CHECK(number_in(result, "speed") == 120);

    CHECK(has_status(Paused{}.then("key ]").result(), "rotation -15\xC2\xB0"));
    CHECK(number_in(Paused{}.then("key -").then("key -").result(), "speed") == 20);
    CHECK(number_in(Paused{}.then("key .").then("key .").result(), "steps") == 2);
    CHECK(number_in(Paused{}.then("key .").then("key r").result(), "steps") == 0);
    CHECK(coloured(Paused{}.then("key c").picture()) == 0);
    CHECK(coloured(Paused{}.then("key c").then("key r").picture()) == 1);
    CHECK(text_in(Paused{}.then("key 2").result(), "model") == "mushroom");
    CHECK(text_in(Paused{}.then("key 3").result(), "model") == "lizard");
    CHECK(text_in(Paused{}.then("key Tab").result(), "model") == "mushroom");
    CHECK(text_in(Paused{}.then("key Tab").then("key Tab").result(), "model") == "lizard");
    CHECK(number_in(Paused{}.then("key Escape").then("key .").result(), "steps") == 0);
}

TEST_CASE("the help lies over the window, but not over a screenshot") {
    if (!has_screen()) return;
    const TemporaryFolder folder;
    const std::string window = folder.file("window.png");
    const std::string view = folder.file("view.png");
    static_cast<void>(Paused{}.then("key h").then("window " + window).then("screenshot " + view).result());
    CHECK(coloured(picture_in(window)) > 200 * 200);
    CHECK(coloured(picture_in(view)) == 10 * 10);
}

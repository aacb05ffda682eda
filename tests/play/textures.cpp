// SPDX-License-Identifier: Apache-2.0
// Textures in the window: painting, erasing, hexagons, alignment.
#include <nca/run/model_file.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/rule.hpp>

#include "session.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <common/data.hpp>
#include <common/rules.hpp>
#include <string>
#include <vector>

namespace {

using namespace nca::tests;

/// Two lively models on a grid of 32 x 32 cells, each of which is 16 x 16 picture elements.
class Plane {
public:
    Plane() {
        for (int i = 0; i < 2; ++i) {
            const auto rule = random_rule<nca::texture::Rule<>>(static_cast<std::uint64_t>(i + 1), 1.0);
            REQUIRE(nca::save_model(rule, model(i), {{"nca.system", "texture"}}).ok());
        }
        arguments_ = {model(0), model(1), "--height", "32", "--width", "32", "--speed", "3000", "--scale", "1"};
    }
    [[nodiscard]] std::string model(int index) const { return folder_.file(std::to_string(index) + ".safetensors"); }
    Plane& then(const std::string& action, int at = 0) {
        arguments_.insert(arguments_.end(), {"--do", std::to_string(at) + " " + action});
        return *this;
    }
    [[nodiscard]] nca::Json result(int at) {
        then("quit", at);
        return result_of(play_on_screen(arguments_));
    }
    [[nodiscard]] support::Image picture(int at) {
        const std::string path = folder_.file("picture.png");
        then("picture " + path, at);
        static_cast<void>(result(at));
        return picture_in(path);
    }

private:
    TemporaryFolder folder_;
    Arguments arguments_;
};

/// True if a rectangle of the picture is the grey of cells that are zero.
bool is_grey(const support::Image& image, int left, int top, int right, int bottom) {
    for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
            const std::uint8_t* const p = image.at(x, y);
            if (std::any_of(p, p + 3, [](std::uint8_t value) { return value != 128; })) return false;
        }
    }
    return true;
}

} // namespace

TEST_CASE("a texture grows out of grey, and is shown with squares or hexagons") {
    if (!has_screen()) return;
    const support::Image start = Plane{}.picture(0);
    CHECK(start.width == 512);
    CHECK(start.height == 512);
    CHECK(is_grey(start, 0, 0, 512, 512));
    const support::Image squares = Plane{}.picture(8);
    CHECK(!is_grey(squares, 0, 0, 512, 512));
    CHECK(squares == Plane{}.picture(8));
    for (int x = 1; x < 16; ++x) CHECK(std::equal(squares.at(x, 5), squares.at(x, 5) + 4, squares.at(0, 5)));
    CHECK(Plane{}.then("key l", 8).picture(8) != squares);
}

TEST_CASE("keys change the lattice, the alignment, the rotation and the fire rate") {
    if (!has_screen()) return;
    const nca::Json usual = Plane{}.result(1);
    CHECK(text_in(usual, "model") == "0");
    for (const char* words : {"1 of 2", "square", "cartesian", "rotation 0\xC2\xB0", "fire rate 0.5"}) {
        CHECK(has_status(usual, words));
    }
    CHECK(has_status(Plane{}.then("key l").result(1), "hexagonal"));
    CHECK(has_status(Plane{}.then("key a").result(1), "polar"));
    CHECK(has_status(Plane{}.then("key a").then("key a").result(1), "bipolar"));
    CHECK(has_status(Plane{}.then("key [").result(1), "rotation 15\xC2\xB0"));
    CHECK(has_status(Plane{}.then("key f").result(1), "fire rate 0.6"));
    CHECK(text_in(Plane{}.then("key n").result(1), "model") == "1");
    CHECK(Plane{}.then("key a").picture(6) != Plane{}.picture(6));
}

TEST_CASE("the left button paints the chosen texture, the right one erases") {
    if (!has_screen()) return;
    const support::Image alone = Plane{}.picture(4);
    const nca::Json two = Plane{}.then("key n").then("plant 256 256").result(2);
    CHECK(has_status(two, "2 textures"));
    const support::Image painted = Plane{}.then("key n").then("plant 256 256", 3).picture(4);
    CHECK(painted != alone);
    CHECK(!has_status(Plane{}.then("plant 256 256").result(2), "2 textures"));
    // Nothing has happened since: the disc is grey.
    const support::Image erased = Plane{}.then("erase 255.5 255.5 64", 4).picture(4);
    CHECK(is_grey(erased, 224, 224, 288, 288));
    CHECK(!is_grey(erased, 0, 0, 64, 64));
    CHECK(!is_grey(Plane{}.then("erase 255.5 255.5 64", 4).picture(12), 224, 224, 288, 288));
    CHECK(Plane{}.then("key n").then("key w").picture(4) != alone);
    CHECK(is_grey(Plane{}.then("key c", 4).picture(4), 0, 0, 512, 512));
    CHECK(is_grey(Plane{}.then("key r", 4).picture(4), 0, 0, 512, 512));
}

TEST_CASE("a collection is a world of its textures, and other systems stand beside it") {
    const auto path = data_file("textures/published_models.json");
    if (!path || !has_screen()) return;
    const Arguments end{"--do", "2 quit"};
    const auto run = [&](Arguments arguments) {
        arguments.insert(arguments.end(), end.begin(), end.end());
        return result_of(play_on_screen(arguments));
    };
    const nca::Json all = run({path->string(), lizard});
    CHECK(text_in(all, "model") == "bubbly_0101");
    CHECK(has_status(all, "1 of 66"));
    CHECK(text_in(run({path->string(), lizard, "--do", "0 key Tab"}), "model") == "lizard");
    CHECK(has_status(run({path->string() + ":mondrian"}), "1 of 1"));
}

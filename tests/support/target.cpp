// SPDX-License-Identifier: Apache-2.0
#include "scratch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <support/emoji.hpp>
#include <support/target.hpp>

using support::Image;
using support::load_target;

namespace {

constexpr const char* lizard_emoji = "\xF0\x9F\xA6\x8E"; // U+1F98E

std::string message(std::string_view spec, int size = 40, int padding = 16) {
    const auto target = load_target(spec, size, padding);
    REQUIRE_FALSE(target.ok());
    CHECK_FALSE(contains(target.error().message, "\n"));
    return target.error().message;
}

// Sets an environment variable until the end of the scope.
struct Environment {
    Environment(const char* name_, const char* value) : name{name_} {
        if (const char* before = std::getenv(name)) old = before;
        ::setenv(name, value, 1);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() {
        if (old) {
            ::setenv(name, old->c_str(), 1);
        } else {
            ::unsetenv(name);
        }
    }
    const char* name;
    std::optional<std::string> old;
};

bool font_installed() {
    return support::emoji_image(U'\U0001F98E').ok();
}

} // namespace

TEST_CASE("target: the built-in drawings fill 40 x 40 cells, and a seed in the middle lies inside them") {
    const auto names = support::builtin_target_names();
    CHECK(names == std::vector<std::string>{"lizard", "mushroom", "snail"});
    for (const auto& name : names) {
        const auto target = load_target(name, 40, 16);
        REQUIRE(target.ok());
        CHECK(target->name == name);
        CHECK(target->height == 72);
        CHECK(target->width == 72);
        REQUIRE(target->rgba.size() == 72 * 72 * 4);
        int visible = 0;
        bool padding_empty = true;
        bool premultiplied = true;
        for (int y = 0; y < 72; ++y)
            for (int x = 0; x < 72; ++x) {
                const float* cell = &target->rgba[static_cast<std::size_t>(y * 72 + x) * 4];
                const bool inside = x >= 16 && x < 56 && y >= 16 && y < 56;
                if (!inside && (cell[0] != 0 || cell[1] != 0 || cell[2] != 0 || cell[3] != 0)) padding_empty = false;
                if (cell[0] > cell[3] || cell[1] > cell[3] || cell[2] > cell[3] || cell[3] > 1) premultiplied = false;
                visible += cell[3] > 0.1F ? 1 : 0;
            }
        CHECK(padding_empty);
        CHECK(premultiplied);
        CHECK(visible > 600);
        CHECK(target->rgba[(36 * 72 + 36) * 4 + 3] > 0.9F);
    }
}

TEST_CASE("target: a file is divided by 255, premultiplied and padded") {
    const Scratch scratch;
    Image image{3, 2};
    const std::array<std::uint8_t, 4> colour{255, 51, 0, 102};
    std::copy(colour.begin(), colour.end(), image.at(2, 1));
    REQUIRE(support::write_png(scratch / "my picture.png", image).ok());
    const auto target = load_target((scratch / "my picture.png").string(), 40, 1);
    REQUIRE(target.ok());
    CHECK(target->name == "my_picture");
    CHECK(target->height == 4);
    CHECK(target->width == 5);
    for (std::size_t i = 0; i < target->rgba.size(); ++i) {
        const std::size_t cell = i / 4;
        constexpr std::array<float, 4> expected{0.4F, 0.08F, 0.0F, 0.4F};
        CHECK(std::abs(target->rgba[i] - (cell == 2 * 5 + 3 ? expected[i % 4] : 0.0F)) < 1e-6F);
    }
}

TEST_CASE("target: wide images shrink to the size, small ones keep theirs") {
    const auto wide = support::make_target(irregular_picture(96, 48), "wide", 40, 3);
    REQUIRE(wide.ok());
    CHECK(wide->width == 46);
    CHECK(wide->height == 26);
    const auto small = support::make_target(irregular_picture(10, 12), "small", 40, 0);
    REQUIRE(small.ok());
    CHECK(small->width == 10);
    CHECK(small->height == 12);
}

TEST_CASE("target: what cannot be a target is refused in one line") {
    const Scratch scratch;
    CHECK(contains(message("no_such_thing"), "neither a file, nor an emoji"));
    CHECK(contains(message("no_such_thing"), "lizard"));
    CHECK(contains(message("missing.png"), "missing.png"));
    CHECK(contains(message(""), "neither"));
    CHECK(contains(message(scratch.folder().string()), "folder"));
    CHECK(contains(message("lizard", 0), "size"));
    CHECK(contains(message("lizard", -5), "size"));
    CHECK(contains(message("lizard", 40, -1), "padding"));
    CHECK(contains(message("lizard", 40, 2029), "4096"));
    CHECK(contains(message("lizard", 40, 2147483647), "4096"));
    CHECK(load_target("lizard", 2147483647, 2028).ok());

    REQUIRE(support::write_png(scratch / "clear.png", Image{8, 8, {9, 9, 9, 0}}).ok());
    CHECK(contains(message((scratch / "clear.png").string()), "transparent"));
    const std::string text = "this is a text, not a picture";
    write_bytes(scratch / "text.png", std::as_bytes(std::span{text}));
    CHECK(contains(message((scratch / "text.png").string()), "not an image"));
}

TEST_CASE("emoji: one code point, with or without a variation selector") {
    CHECK(support::single_emoji(lizard_emoji) == U'\U0001F98E');
    CHECK(support::single_emoji("\xE2\x9D\xA4\xEF\xB8\x8F") == U'\u2764'); // heart, U+FE0F
    CHECK(support::single_emoji("\xE2\x9D\xA4") == U'\u2764');
    CHECK(support::code_point_name(U'\U0001F98E') == "U+1F98E");
    CHECK(support::code_point_name(U'\u00E9') == "U+00E9");
    for (const char* other : {"", "a", "7", "lizard", "\xF0\x9F\xA6", "\xFF\xFE", "\xC0\x80", "\x80", "\xE2\x9D",
                              "\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7", "\xE2\x9D\xA4x"}) {
        CHECK_FALSE(support::single_emoji(other).has_value());
    }
    CHECK(contains(message("\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7"), "single emoji"));
}

TEST_CASE("emoji: a glyph becomes a target") {
    if (!font_installed()) {
        MESSAGE("skipped: no emoji font");
        return;
    }
    const auto image = support::emoji_image(U'\U0001F98E');
    REQUIRE(image.ok());
    CHECK(image->width == image->height);
    CHECK(image->at(0, 0)[3] == 0);
    const auto target = load_target(lizard_emoji, 40, 16);
    REQUIRE(target.ok());
    CHECK(target->name == "u1f98e");
    CHECK(target->width == 72);
    // A green animal: more green than red and blue over the whole.
    std::array<double, 4> sums{};
    for (std::size_t i = 0; i < target->rgba.size(); ++i) sums[i % 4] += static_cast<double>(target->rgba[i]);
    CHECK(sums[1] > sums[0]);
    CHECK(sums[1] > sums[2]);
    CHECK(sums[3] > 300.0);
    CHECK(contains(message("\xC3\xA9"), "no glyph for U+00E9"));
    CHECK(contains(message("\xF4\x8F\xBF\xBF"), "no glyph for U+10FFFF"));
}

TEST_CASE("emoji: the font's errors name the variable or the file") {
    const Scratch scratch;
    {
        const Environment font{"NCA_EMOJI_FONT", "/nowhere/font.ttf"};
        CHECK(contains(message(lizard_emoji), "NCA_EMOJI_FONT"));
    }
    const std::string text = "no font";
    write_bytes(scratch / "font.ttf", std::as_bytes(std::span{text}));
    const Environment font{"NCA_EMOJI_FONT", (scratch / "font.ttf").c_str()};
    CHECK(contains(message(lizard_emoji), "font.ttf"));
    CHECK(load_target("lizard").ok());
}

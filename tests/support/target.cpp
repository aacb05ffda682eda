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

const char* utf8(const char8_t* text) {
    return reinterpret_cast<const char*>(text);
}

bool font_installed() {
    return support::emoji_image(U"\U0001F98E").ok();
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

TEST_CASE("emoji: code points of one emoji, without variation selectors") {
    CHECK(support::emoji_sequence(lizard_emoji) == U"\U0001F98E");
    CHECK(support::emoji_sequence("\xE2\x9D\xA4\xEF\xB8\x8F") == U"\u2764"); // heart, U+FE0F
    CHECK(support::emoji_sequence("\xE2\x9D\xA4") == U"\u2764");
    CHECK(support::emoji_sequence(utf8(u8"\U0001F1EB\U0001F1F7")) == U"\U0001F1EB\U0001F1F7");
    CHECK(support::emoji_sequence(utf8(u8"1\uFE0F\u20E3")) == U"1\u20E3");
    CHECK(support::code_point_names(U"\U0001F98E") == "U+1F98E");
    CHECK(support::code_point_names(U"\u00E9\u0301") == "U+00E9 U+0301");
    for (const char* other : {"", "a", "7", "lizard", "\xF0\x9F\xA6", "\xFF\xFE", "\xC0\x80", "\x80", "\xE2\x9D",
                              "\xEF\xB8\x8F", "7\xEF\xB8\x8F", "\xE2\x9D\xA4x"}) {
        CHECK_FALSE(support::emoji_sequence(other).has_value());
    }
    std::string hearts;
    for (int i = 0; i < 17; ++i) hearts += utf8(u8"\u2764");
    CHECK_FALSE(support::emoji_sequence(hearts).has_value());
}

TEST_CASE("emoji: flags, keycaps, skin tones and families are drawn by the font's ligatures") {
    if (!font_installed()) {
        MESSAGE("skipped: no emoji font");
        return;
    }
    const std::pair<const char8_t*, const char*> sequences[] = {
        {u8"\U0001F1EB\U0001F1F7", "u1f1eb_1f1f7"},
        {u8"#\uFE0F\u20E3", "u0023_20e3"},
        {u8"\U0001F44B\U0001F3FD", "u1f44b_1f3fd"},
        {u8"\u2764\uFE0F\u200D\U0001F525", "u2764_200d_1f525"},
        {u8"\U0001F469\U0001F3FD\u200D\U0001F4BB", "u1f469_1f3fd_200d_1f4bb"},
        {u8"\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
         "u1f3f4_e0067_e0062_e0065_e006e_e0067_e007f"},
    };
    std::vector<std::vector<float>> images;
    for (const auto& [sequence, name] : sequences) {
        const auto target = load_target(utf8(sequence));
        REQUIRE_MESSAGE(target.ok(), target.error().message);
        CHECK(target->name == name);
        for (const auto& other : images) CHECK(target->rgba != other);
        images.push_back(target->rgba);
    }
    // The flag of France: blue on the left, red on the right.
    const auto flag = load_target(utf8(u8"\U0001F1EB\U0001F1F7"), 40, 0);
    REQUIRE(flag.ok());
    const float* const left = &flag->rgba[(20 * 40 + 6) * 4];
    const float* const right = &flag->rgba[(20 * 40 + 33) * 4];
    CHECK(left[2] > left[0] + 0.2F);
    CHECK(right[0] > right[2] + 0.2F);
}

TEST_CASE("emoji: a sequence without a glyph of its own is refused with its code points") {
    if (!font_installed()) {
        MESSAGE("skipped: no emoji font");
        return;
    }
    const std::pair<const char8_t*, const char*> sequences[] = {
        {u8"\U0001F98E\U0001F98E", "U+1F98E U+1F98E"},                     // two
        {u8"\U0001F98E\U0001F3FD", "U+1F98E U+1F3FD"},                     // no lizard has a skin tone
        {u8"\U0001F98E\u200D", "U+1F98E U+200D"},                          // joined to nothing
        {u8"\U0001F1EB\U0001F1F7\U0001F1EB", "U+1F1EB U+1F1F7 U+1F1EB"},   // a flag and a half
        {u8"\U0001F1F6\U0001F1F6", "U+1F1F6 U+1F1F6"},                     // no country
        {u8"\U0001F3F4\U000E0078\U000E0078\U000E007F", "U+1F3F4 U+E0078"}, // no region
        {u8"a\u20E3", "U+0061 U+20E3"},
        {u8"\u65E5\u672C", "U+65E5 U+672C"}, // two characters
    };
    for (const auto& [sequence, names] : sequences) {
        const std::string refusal = message(utf8(sequence));
        CHECK(contains(refusal, names));
        CHECK(contains(refusal, "no single glyph"));
    }
}

TEST_CASE("emoji: a glyph becomes a target") {
    if (!font_installed()) {
        MESSAGE("skipped: no emoji font");
        return;
    }
    const auto image = support::emoji_image(U"\U0001F98E");
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

// SPDX-License-Identifier: Apache-2.0
#include "scratch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <support/render.hpp>

using support::Image;
using support::Rgba8;

namespace {

Rgba8 pixel(const Image& image, int x, int y) {
    const std::uint8_t* p = image.at(x, y);
    return {p[0], p[1], p[2], p[3]};
}

} // namespace

TEST_CASE("render: a state over white") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    // Five channels: the fifth must not matter.
    const std::array<float, 7 * 5> state{
        0.0F,     0.0F,      0.0F, 0.0F,  9.0F,  // empty: white
        0.0F,     0.0F,      0.0F, 1.0F,  9.0F,  // seed: black
        0.5F,     0.25F,     0.0F, 0.5F,  9.0F,  // 255, 191.25, 127.5: truncated
        1.5F,     -1.0F,     0.2F, 3.0F,  -9.0F, // alpha counts as 1, colours are clamped
        0.1F,     0.1F,      0.1F, -2.0F, 0.0F,  // alpha counts as 0
        nan,      0.0F,      0.0F, 1.0F,  0.0F,  // no number: black
        infinity, -infinity, 0.0F, 1.0F,  0.0F};
    const Image image = support::over_white(state, 1, 7, 5);
    CHECK(pixel(image, 0, 0) == Rgba8{255, 255, 255, 255});
    CHECK(pixel(image, 1, 0) == Rgba8{0, 0, 0, 255});
    CHECK(pixel(image, 2, 0) == Rgba8{255, 191, 127, 255});
    CHECK(pixel(image, 3, 0) == Rgba8{255, 0, 51, 255});
    CHECK(pixel(image, 4, 0) == Rgba8{255, 255, 255, 255});
    CHECK(pixel(image, 5, 0) == Rgba8{0, 0, 0, 255});
    CHECK(pixel(image, 6, 0) == Rgba8{255, 0, 0, 255});
}

TEST_CASE("render: enlarged cells are squares") {
    const Image image = irregular_picture(5, 3);
    const Image large = support::enlarge(image, 4);
    CHECK(large.width == 20);
    CHECK(large.height == 12);
    bool same = true;
    for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 20; ++x) same = same && pixel(large, x, y) == pixel(image, x / 4, y / 4);
    CHECK(same);
    CHECK(support::enlarge(image, 1) == image);
    CHECK(support::enlargement(Image{72, 40}, 576) == 8);
    CHECK(support::enlargement(Image{1000, 1000}, 576) == 1);
}

TEST_CASE("render: a film strip holds its frames and prints their labels") {
    const std::vector<Image> frames{Image{40, 30, {255, 0, 0, 255}}, Image{40, 30, {0, 255, 0, 255}},
                                    Image{40, 30, {0, 0, 255, 255}}};
    const std::vector<std::string> labels{"0", "20", "a label that is far too long for its frame"};
    const Image strip = support::film_strip(frames, labels, 5);
    CHECK(strip.width == 3 * 40 + 4 * 5);
    CHECK(pixel(strip, 5, 5) == Rgba8{255, 0, 0, 255});
    CHECK(pixel(strip, 50, 34) == Rgba8{0, 255, 0, 255});
    CHECK(pixel(strip, 134, 20) == Rgba8{0, 0, 255, 255});
    CHECK(pixel(strip, 47, 20) == Rgba8{255, 255, 255, 255});
    for (int frame = 0; frame < 3; ++frame) {
        int darkest = 255;
        for (int y = 35; y < strip.height; ++y)
            for (int x = 5 + frame * 45; x < 45 + frame * 45; ++x)
                darkest = std::min<int>(darkest, pixel(strip, x, y)[0]);
        CHECK(darkest < 150);
    }
    CHECK(support::film_strip(frames, {}, 5).height == 40);
}

TEST_CASE("render: a mosaic fills its rows") {
    const std::vector<Image> tiles(5, Image{6, 4, {0, 0, 0, 255}});
    const Image sheet = support::mosaic(tiles, 3, 2);
    CHECK(sheet.width == 3 * 8 + 2);
    CHECK(sheet.height == 2 * 6 + 2);
    CHECK(pixel(sheet, 2, 2) == Rgba8{0, 0, 0, 255});
    CHECK(pixel(sheet, 10, 8) == Rgba8{0, 0, 0, 255});
    CHECK(pixel(sheet, 18, 8) == Rgba8{255, 255, 255, 255});
    CHECK(support::mosaic(tiles, 100).width == 30);
}

TEST_CASE("render: what is pasted outside is cut off") {
    Image image{4, 4, {0, 0, 0, 255}};
    support::paste(image, Image{3, 3, {9, 9, 9, 255}}, -2, 3);
    support::paste(image, Image{3, 3, {9, 9, 9, 255}}, 50, -50);
    CHECK(pixel(image, 0, 3) == Rgba8{9, 9, 9, 255});
    CHECK(pixel(image, 1, 3) == Rgba8{0, 0, 0, 255});
    CHECK(pixel(image, 0, 2) == Rgba8{0, 0, 0, 255});
}

// SPDX-License-Identifier: Apache-2.0
#include "common/data.hpp"
#include "scratch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <support/resample.hpp>

using support::Image;

namespace {

int largest_difference(const Image& image, std::span<const int> expected) {
    REQUIRE(image.rgba.size() == expected.size());
    int largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        largest = std::max(largest, std::abs(image.rgba[i] - expected[i]));
    return largest;
}

} // namespace

// Expected: Pillow 9.4, Image.thumbnail((size, size), Image.LANCZOS), of irregular_picture(). On the machines tried the
// bytes are equal; 1 is left to compilers that round the weights otherwise.
TEST_CASE("resample: as Pillow's thumbnail") {
    SUBCASE("wide") {
        constexpr std::array expected{140, 133, 105, 80,  150, 166, 93,  98,  112, 120, 128, 91,  109, 123, 119, 105,
                                      145, 117, 131, 93,  175, 123, 120, 116, 135, 141, 90,  85,  151, 87,  139, 99,
                                      177, 152, 87,  82,  91,  128, 152, 109, 161, 99,  110, 115, 117, 134, 117, 91,
                                      137, 125, 98,  104, 127, 113, 144, 90,  119, 129, 121, 120, 202, 76,  125, 53,
                                      118, 99,  118, 157, 145, 87,  122, 79,  114, 105, 145, 167, 154, 134, 154, 76};
        const Image image = support::shrink_to_fit(irregular_picture(13, 11), 5);
        CHECK(image.width == 5);
        CHECK(image.height == 4);
        CHECK(largest_difference(image, expected) <= 1);
    }
    SUBCASE("tall") {
        constexpr std::array expected{98,  161, 93,  52,  151, 149, 100, 135, 137, 209, 112, 61,  209, 88,  151, 89,
                                      154, 150, 97,  107, 133, 105, 80,  63,  156, 136, 100, 135, 127, 120, 107, 112,
                                      135, 146, 108, 66,  181, 67,  124, 125, 131, 154, 146, 33,  121, 123, 113, 184};
        const Image image = support::shrink_to_fit(irregular_picture(6, 9), 4);
        CHECK(image.width == 3);
        CHECK(largest_difference(image, expected) <= 1);
    }
    SUBCASE("one row") {
        constexpr std::array expected{146, 152, 102, 87,  123, 120, 115, 95,  130, 125, 125, 102, 139, 129, 127, 108,
                                      114, 123, 144, 118, 129, 109, 147, 114, 161, 96,  123, 114, 148, 137, 104, 124};
        const Image image = support::shrink_to_fit(irregular_picture(40, 3), 8);
        CHECK(image.height == 1);
        CHECK(largest_difference(image, expected) <= 1);
    }
}

TEST_CASE("resample: sizes round as Pillow's") {
    struct Case {
        int width, height, size, to_width, to_height;
    };
    for (const Case& c : {Case{512, 512, 40, 40, 40}, Case{480, 320, 40, 40, 27}, Case{1000, 3, 40, 40, 1},
                          Case{3, 1000, 40, 1, 40}, Case{41, 40, 40, 40, 39}, Case{48, 34, 40, 40, 28},
                          Case{99, 70, 40, 40, 28}, Case{64, 63, 40, 40, 39}, Case{300, 299, 7, 7, 7}}) {
        const Image image = support::shrink_to_fit(Image{c.width, c.height}, c.size);
        CHECK(image.width == c.to_width);
        CHECK(image.height == c.to_height);
    }
}

TEST_CASE("resample: what fits is returned untouched") {
    const Image image = irregular_picture(12, 9);
    CHECK(support::shrink_to_fit(image, 12) == image);
    CHECK(support::shrink_to_fit(image, 500) == image);
}

TEST_CASE("resample: one colour stays that colour") {
    const Image image = support::shrink_to_fit(Image{100, 100, {10, 200, 30, 255}}, 9);
    CHECK(image == Image{9, 9, {10, 200, 30, 255}});
}

// Expected: sums over all bytes of each channel, and three pixels, of Pillow's result.
TEST_CASE("resample: a published target") {
    const auto path = nca::tests::data_file("adversarial/targets/lizard_complete.png");
    if (!path) return;
    auto read = support::read_image(*path);
    REQUIRE(read.ok());
    const Image image = support::shrink_to_fit(*read, 40);
    std::array<long, 4> sums{};
    for (std::size_t i = 0; i < image.rgba.size(); ++i) sums[i % 4] += image.rgba[i];
    CHECK(sums == std::array<long, 4>{57396, 126298, 43630, 143804});
    const auto pixel = [&](int x, int y) {
        return std::array<int, 4>{image.at(x, y)[0], image.at(x, y)[1], image.at(x, y)[2], image.at(x, y)[3]};
    };
    CHECK(pixel(20, 20) == std::array<int, 4>{59, 162, 14, 255});
    CHECK(pixel(17, 12) == std::array<int, 4>{30, 108, 54, 85});
    CHECK(pixel(30, 30) == std::array<int, 4>{48, 125, 49, 169});
}

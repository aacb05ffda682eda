// SPDX-License-Identifier: Apache-2.0
// Pictures that a camera held sideways, and that every viewer shows upright.
#include "encoders.hpp"

#include <common/data.hpp>
#include <support/orientation.hpp>

using support::Image;

namespace {

// Transparent pixels have no colour: an encoder may drop it.
Image opaque_picture(int width, int height) {
    Image image = irregular_picture(width, height);
    for (std::size_t i = 3; i < image.rgba.size(); i += 4) image.rgba[i] = 255;
    return image;
}

Bytes png_of(const Image& image, std::span<const std::byte> chunks = {}) {
    return png(static_cast<unsigned>(image.width), static_cast<unsigned>(image.height), 8, 6,
               std::as_bytes(std::span{image.rgba}), chunks);
}

} // namespace

TEST_CASE("orientation: the eight ways to hold a camera") {
    Image stored{3, 2};
    for (std::size_t i = 0; i < 6; ++i) stored.rgba[4 * i] = static_cast<std::uint8_t>('a' + i);
    const char* const shown[] = {"abc/def",  "cba/fed",  "fed/cba",  "def/abc",
                                 "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad"};
    for (int orientation = 1; orientation <= 8; ++orientation) {
        const Image image = support::upright(stored, orientation);
        std::string text;
        for (int y = 0; y < image.height; ++y) {
            if (y > 0) text += '/';
            for (int x = 0; x < image.width; ++x) text += static_cast<char>(image.at(x, y)[0]);
        }
        CHECK(text == shown[orientation - 1]);
    }
}

TEST_CASE("orientation: JPEG, PNG and WebP files are shown upright") {
    const Image image = opaque_picture(24, 16);
    const Bytes photograph = jpeg(image);
    const Image developed = decoded(photograph);
    for (unsigned orientation = 1; orientation <= 8; ++orientation) {
        for (const bool little : {false, true}) {
            INFO(orientation << (little ? ", little-endian" : ", big-endian"));
            const int turn = static_cast<int>(orientation);
            const Bytes tiff = exif(orientation, little);
            CHECK(decoded(with_exif(photograph, tiff)) == support::upright(developed, turn));
            CHECK(decoded(png_of(image, png_chunk("eXIf", tiff))) == support::upright(image, turn));
            CHECK(decoded(webp(image, tiff)) == support::upright(image, turn));
            Bytes headed = bytes_of({"Exif\0\0", 6});
            append(headed, tiff);
            CHECK(decoded(webp(image, headed)) == support::upright(image, turn));
        }
    }
}

TEST_CASE("orientation: damaged metadata is ignored") {
    const Image image = opaque_picture(24, 16);
    const Bytes photograph = jpeg(image);
    const Image developed = decoded(photograph);
    for (const unsigned orientation : {0U, 9U, 65535U}) {
        CHECK(decoded(with_exif(photograph, exif(orientation))) == developed);
        CHECK(decoded(png_of(image, png_chunk("eXIf", exif(orientation)))) == image);
    }
    const Bytes whole = exif(6);
    for (std::size_t length = 0; length < 34; ++length) {
        INFO(length << " bytes");
        CHECK(decoded(with_exif(photograph, std::span{whole}.first(length))) == developed);
        CHECK(decoded(png_of(image, png_chunk("eXIf", std::span{whole}.first(length)))) == image);
    }
    Bytes far = whole; // the directory would begin beyond the end
    for (std::size_t i = 4; i < 8; ++i) far[i] = std::byte{0xFF};
    CHECK(decoded(with_exif(photograph, far)) == developed);
    CHECK(decoded(webp(image, far)) == image);
    Bytes odd = whole;
    odd[0] = std::byte{'X'};
    CHECK(decoded(with_exif(photograph, odd)) == developed);

    // Files that end, or are altered, anywhere: whatever they are, reading stops at their end.
    for (const Bytes& file :
         {with_exif(photograph, whole), png_of(image, png_chunk("eXIf", whole)), webp(image, whole)}) {
        for (std::size_t length = 0; length < file.size(); ++length) {
            const Bytes cut{file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)};
            const int orientation = support::exif_orientation(cut);
            CHECK((orientation == 1 || orientation == 6));
            Bytes altered = file;
            altered[length] = std::byte{0xFF};
            const int any = support::exif_orientation(altered);
            CHECK((any >= 1 && any <= 8));
        }
    }
}

TEST_CASE("orientation: the photograph of a reported case equals its plain copy, turned") {
    const auto turned = nca::tests::case_file("pictures/exif6.jpg");
    const auto plain = nca::tests::case_file("pictures/rgb.jpg");
    if (!turned || !plain) return;
    const auto image = support::read_image(*turned);
    const auto stored = support::read_image(*plain);
    REQUIRE(image.ok());
    REQUIRE(stored.ok());
    CHECK(*image == support::upright(*stored, 6));
}

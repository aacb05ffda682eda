// SPDX-License-Identifier: Apache-2.0
#include "common/data.hpp"
#include "scratch.hpp"

#include <doctest/doctest.h>

#include <array>

using support::Image;

namespace {

// The beginning of a PNG file that claims a size; stb_image checks no check sum.
std::vector<std::byte> png_claiming(unsigned width, unsigned height) {
    constexpr std::array<unsigned char, 16> start{0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
    std::vector<std::byte> bytes;
    for (const unsigned char c : start) bytes.push_back(std::byte{c});
    for (const unsigned side : {width, height})
        for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>((side >> shift) & 255U));
    for (const int rest : {8, 6, 0, 0, 0, 0, 0, 0, 0}) bytes.push_back(static_cast<std::byte>(rest));
    return bytes;
}

// A BMP file of 24 bits an element, which stb_image reads to its end without noticing that bytes are missing.
std::vector<std::byte> bmp(unsigned char width, unsigned char height) {
    std::vector<std::byte> bytes(54 + std::size_t{height} * ((std::size_t{width} * 3 + 3) / 4 * 4), std::byte{200});
    std::fill_n(bytes.begin(), 54, std::byte{0});
    bytes[0] = std::byte{'B'};
    bytes[1] = std::byte{'M'};
    bytes[10] = std::byte{54};
    bytes[14] = std::byte{40};
    bytes[18] = std::byte{width};
    bytes[22] = std::byte{height};
    bytes[26] = std::byte{1};
    bytes[28] = std::byte{24};
    return bytes;
}

} // namespace

TEST_CASE("image: a PNG file gives back every byte") {
    const Scratch scratch;
    const Image image = irregular_picture(31, 17);
    REQUIRE(support::write_png(scratch / "a.png", image).ok());
    const auto read = support::read_image(scratch / "a.png");
    REQUIRE(read.ok());
    CHECK(*read == image);
    CHECK(scratch.files() == 1);
}

TEST_CASE("image: opaque formats become RGBA") {
    const auto bytes = bmp(5, 3);
    const auto read = support::decode_image(bytes, "a.bmp");
    REQUIRE(read.ok());
    CHECK(*read == Image{5, 3, {200, 200, 200, 255}});
}

TEST_CASE("image: what cannot be read is refused in one line that names the file") {
    const Scratch scratch;
    const auto message = [](const std::filesystem::path& path) {
        const auto read = support::read_image(path);
        REQUIRE_FALSE(read.ok());
        CHECK(contains(read.error().message, path.filename().string()));
        CHECK_FALSE(contains(read.error().message, "\n"));
        return read.error().message;
    };
    CHECK(contains(message(scratch / "missing.png"), "no such file"));
    CHECK(contains(message(scratch.folder()), "folder"));

    write_bytes(scratch / "empty.png", {});
    CHECK(contains(message(scratch / "empty.png"), "empty"));

    const std::string text = "no picture, but a text that is long enough to be tried as every format";
    write_bytes(scratch / "text.png", std::as_bytes(std::span{text}));
    CHECK(contains(message(scratch / "text.png"), "not an image"));

    const auto png = support::encode_png(irregular_picture(40, 40));
    REQUIRE(png.ok());
    for (const std::size_t part : {1U, 3U, 4U}) {
        write_bytes(scratch / "cut.png", std::span{*png}.first(png->size() * part / 5));
        CHECK(contains(message(scratch / "cut.png"), "truncated"));
    }
    auto damaged = *png;
    for (std::size_t i = damaged.size() / 3; i < damaged.size() / 2; ++i) damaged[i] ^= std::byte{0x5A};
    write_bytes(scratch / "damaged.png", damaged);
    CHECK(contains(message(scratch / "damaged.png"), "damaged"));

    const auto whole = bmp(20, 20);
    write_bytes(scratch / "cut.bmp", std::span{whole}.first(whole.size() / 2));
    CHECK(contains(message(scratch / "cut.bmp"), "truncated"));
}

TEST_CASE("image: a truncated JPEG is refused, not filled with grey") {
    const auto path = nca::tests::data_file("textures/targets/banded_0037.jpg");
    if (!path) return;
    CHECK(support::read_image(*path).ok());
    std::vector<char> content(std::filesystem::file_size(*path));
    std::ifstream{*path, std::ios::binary}.read(content.data(), static_cast<std::streamsize>(content.size()));
    const auto half = std::as_bytes(std::span{content}).first(content.size() / 2);
    const auto read = support::decode_image(half, "half.jpg");
    REQUIRE_FALSE(read.ok());
    CHECK(contains(read.error().message, "truncated"));
}

TEST_CASE("image: sizes beyond the limits are refused before memory is taken") {
    for (const auto& [width, height] : {std::pair{30000U, 10U}, {10U, 30000U}, {16000U, 16000U}}) {
        const auto read = support::decode_image(png_claiming(width, height), "bomb.png");
        REQUIRE_FALSE(read.ok());
        CHECK(contains(read.error().message, "too large"));
        CHECK(contains(read.error().message, "bomb.png"));
    }
    CHECK_FALSE(support::decode_image(png_claiming(0x7FFFFFFFU, 1), "bomb.png").ok());
    CHECK_FALSE(support::decode_image(png_claiming(0, 10), "none.png").ok());
}

TEST_CASE("image: a failed write leaves nothing behind") {
    const Scratch scratch;
    const Image image{4, 4, {1, 2, 3, 255}};
    const auto missing = support::write_png(scratch / "nowhere/a.png", image);
    REQUIRE_FALSE(missing.ok());
    CHECK(contains(missing.error().message, "nowhere/a.png"));

    std::filesystem::create_directory(scratch / "folder.png");
    CHECK_FALSE(support::write_png(scratch / "folder.png", image).ok());

    REQUIRE(support::write_png(scratch / "kept.png", image).ok());
    CHECK_FALSE(support::write_png(scratch / "kept.png", Image{}).ok());
    CHECK(support::read_image(scratch / "kept.png").ok());
    CHECK(scratch.files() == 2);
}

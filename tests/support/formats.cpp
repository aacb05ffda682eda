// SPDX-License-Identifier: Apache-2.0
// Formats of images beside plain PNG files: what is read from them, and what is refused by name.
#include "encoders.hpp"

#include <array>
#include <common/data.hpp>
#include <cstdlib>
#include <support/target.hpp>
#include <support/webp.hpp>

using support::Image;

namespace {

std::string refusal(std::span<const std::byte> file) {
    const auto image = support::decode_image(file, "odd file");
    REQUIRE_FALSE(image.ok());
    CHECK(contains(image.error().message, "'odd file'"));
    CHECK_FALSE(contains(image.error().message, "\n"));
    return image.error().message;
}

// A GIF file of 4 x 3 pixels whose first frame covers two of them, (1, 1) and (2, 1), with the colours `left` and
// `right` of red, green, blue and a transparent one; more frames may follow.
Bytes gif(unsigned left, unsigned right, std::span<const std::byte> more = {}) {
    Bytes file = bytes_of("GIF89a");
    append(file, numbers({4, 3}, 2, true));
    append(file, numbers({0x81, 2, 0}, 1)); // four colours, blue as the background
    append(file, numbers({255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9}, 1));
    append(file, numbers({0x21, 0xF9, 4, 1, 0, 0, 3, 0}, 1)); // the fourth is transparent
    append(file, bytes_of(","));
    append(file, numbers({1, 1, 2, 1}, 2, true));
    append(file, numbers({0, 2}, 1));
    const unsigned codes = 4U | left << 3U | right << 6U | 5U << 9U; // of 3 bits: clear, both pixels, end
    append(file, numbers({2, codes & 255U, codes >> 8U, 0}, 1));
    append(file, more);
    append(file, bytes_of(";"));
    return file;
}

// Premultiplied colours in the order of Apple's tools.
Bytes apple_samples(const Image& image, int channels) {
    Bytes samples;
    for (std::size_t i = 0; i < image.rgba.size(); i += 4) {
        const unsigned alpha = channels == 4 ? image.rgba[i + 3] : 255U;
        for (const std::size_t c : {2U, 1U, 0U}) {
            samples.push_back(static_cast<std::byte>((image.rgba[i + c] * alpha + 127U) / 255U));
        }
        if (channels == 4) samples.push_back(static_cast<std::byte>(alpha));
    }
    return samples;
}

} // namespace

TEST_CASE("formats: a WebP file gives back every byte, an animation its first frame") {
    Image image = irregular_picture(31, 17);
    // An encoder may alter colours that nobody sees.
    for (std::size_t i = 3; i < image.rgba.size(); i += 4) image.rgba[i] |= 1U;
    CHECK(decoded(webp(image)) == image);

    auto writer = support::AnimationWriter::create(31, 17);
    REQUIRE(writer.ok());
    REQUIRE(writer->add(image).ok());
    REQUIRE(writer->add(Image{31, 17, {1, 2, 3, 255}}).ok());
    const auto animation = writer->finish();
    REQUIRE(animation.ok());
    CHECK(decoded(*animation) == image);
}

TEST_CASE("formats: a damaged or truncated WebP file is refused") {
    const Bytes whole = webp(irregular_picture(31, 17));
    for (const std::size_t length : {std::size_t{12}, std::size_t{20}, whole.size() / 2, whole.size() - 1}) {
        CHECK(contains(refusal(std::span{whole}.first(length)), "truncated"));
    }
    Bytes shortened = whole; // and says so
    shortened.resize(whole.size() / 2);
    const Bytes length = numbers({static_cast<unsigned>(shortened.size() - 8)}, 4, true);
    std::copy(length.begin(), length.end(), shortened.begin() + 4);
    CHECK_FALSE(refusal(shortened).empty());
    Bytes damaged = whole;
    for (std::size_t i = 40; i < damaged.size(); ++i) damaged[i] ^= std::byte{0x5A};
    CHECK(contains(refusal(damaged), "damaged"));
}

TEST_CASE("formats: the first frame of a GIF file, transparent where it covers nothing") {
    constexpr support::Rgba8 green{0, 255, 0, 255};
    constexpr support::Rgba8 red{255, 0, 0, 255};
    const auto pixel = [](const Image& image, int x, int y) {
        const std::uint8_t* const p = image.at(x, y);
        return support::Rgba8{p[0], p[1], p[2], p[3]};
    };
    Bytes second = bytes_of(","); // a red pixel in a corner
    append(second, numbers({0, 0, 1, 1}, 2, true));
    append(second, numbers({0, 2, 2, 4U | 5U << 6U, 1, 0}, 1));
    for (const Bytes& file : {gif(1, 0), gif(1, 0, second)}) {
        const Image image = decoded(file);
        CHECK(image.width == 4);
        CHECK(image.height == 3);
        CHECK(pixel(image, 1, 1) == green);
        CHECK(pixel(image, 2, 1) == red);
        CHECK(pixel(image, 0, 0)[3] == 0);
        CHECK(pixel(image, 3, 2)[3] == 0);
    }
    CHECK(pixel(decoded(gif(1, 3)), 2, 1)[3] == 0);

    const Bytes whole = gif(1, 0);
    for (const std::size_t length : {std::size_t{20}, std::size_t{30}, whole.size() - 4}) {
        CHECK(contains(refusal(std::span{whole}.first(length)), "truncated"));
    }
    Bytes empty = bytes_of("GIF89a");
    append(empty, numbers({4, 3}, 2, true));
    append(empty, numbers({0, 0, 0}, 1));
    append(empty, bytes_of(";"));
    CHECK(contains(refusal(empty), "holds no image"));
}

TEST_CASE("formats: PNG files of Apple's tools keep red, blue and alpha apart") {
    Image image = irregular_picture(13, 7);
    const Image opaque = [&] {
        Image copy = image;
        for (std::size_t i = 3; i < copy.rgba.size(); i += 4) copy.rgba[i] = 255;
        return copy;
    }();
    CHECK(decoded(png(13, 7, 8, 2, apple_samples(opaque, 3), {}, true)) == opaque);
    CHECK(decoded(png(13, 7, 8, 6, apple_samples(opaque, 4), {}, true)) == opaque);

    // Colours lose what their alpha cannot carry.
    for (std::size_t i = 3; i < image.rgba.size(); i += 4) image.rgba[i] = 128;
    const Image half = decoded(png(13, 7, 8, 6, apple_samples(image, 4), {}, true));
    for (std::size_t i = 0; i < image.rgba.size(); ++i) CHECK(std::abs(half.rgba[i] - image.rgba[i]) <= 1);

    CHECK(contains(refusal(png(1, 1, 16, 6, Bytes(8), {}, true)), "16 bits"));
}

TEST_CASE("formats: the Apple PNG of a reported case is the built-in lizard") {
    const auto path = nca::tests::case_file("pictures/lizard_cgbi.png");
    if (!path) return;
    const auto apple = support::load_target(path->string(), 40, 0);
    const auto lizard = support::load_target("lizard", 40, 0);
    REQUIRE_MESSAGE(apple.ok(), apple.error().message);
    REQUIRE(lizard.ok());
    REQUIRE(apple->rgba.size() == lizard->rgba.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < apple->rgba.size(); ++i) {
        worst = std::max(worst, std::abs(static_cast<double>(apple->rgba[i] - lizard->rgba[i])));
    }
    CHECK(worst < 0.01);
}

TEST_CASE("formats: a PNG file may begin with an empty block of data") {
    CHECK(decoded(png(1, 1, 8, 0, numbers({7}, 1), png_chunk("IDAT", {}))) == Image{1, 1, {7, 7, 7, 255}});
}

TEST_CASE("formats: of 16 bits per sample the upper eight are kept") {
    const Bytes samples = numbers({0x12, 0xFF, 0x80, 0x00, 0xFE, 0x01, 0xFF, 0xFF}, 1);
    CHECK(decoded(png(1, 1, 16, 6, samples)) == Image{1, 1, {0x12, 0x80, 0xFE, 0xFF}});
}

TEST_CASE("formats: CMYK and what is no picture of ours is refused by name") {
    CHECK(contains(refusal(jpeg(irregular_picture(16, 16), true)), "CMYK"));
    const std::pair<std::string_view, const char*> files[] = {
        {{"\0\0\0\x18"
          "ftypheic\0\0\0\0",
          16},
         "HEIC"},
        {{"\0\0\0\x18"
          "ftypavif\0\0\0\0",
          16},
         "AVIF"},
        {{"\0\0\0\x18"
          "ftypmp42\0\0\0\0",
          16},
         "video"},
        {{"II*\0\x08\0\0\0", 8}, "TIFF"},
        {{"MM\0*\0\0\0\x08", 8}, "TIFF"},
        {"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"},
        {"%PDF-1.7", "PDF"},
        {"RIFF1234AVI LIST", "not an image"},
    };
    for (const auto& [content, format] : files) {
        const std::string message = refusal(bytes_of(content));
        INFO(message);
        CHECK(contains(message, format));
        CHECK(contains(message, std::string{support::image_formats}));
    }
}

TEST_CASE("formats: a message about a chunk that is called by a line break is one line") {
    std::vector<std::byte> png = *support::encode_png(support::Image{2, 2});
    const std::string_view text{reinterpret_cast<const char*>(png.data()), png.size()};
    const std::size_t chunk = text.find("IDAT");
    REQUIRE(chunk != std::string_view::npos);
    png[chunk] = std::byte{'\n'};
    const auto image = support::decode_image(png, "odd.png");
    REQUIRE_FALSE(image.ok());
    CHECK(image.error().message.find("'odd.png' is damaged: \\n") != std::string::npos);
    CHECK(image.error().message.find('\n') == std::string::npos);
}

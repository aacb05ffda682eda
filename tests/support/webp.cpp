// SPDX-License-Identifier: Apache-2.0
#include "scratch.hpp"

#include <doctest/doctest.h>
#include <webp/demux.h>

#include <memory>
#include <support/webp.hpp>

using support::AnimationWriter;
using support::Image;

namespace {

struct Film {
    std::vector<Image> frames;
    std::vector<int> ends; // milliseconds
    unsigned loops = 0;
};

Film decode(std::span<const std::byte> bytes) {
    const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
    const auto remove = [](WebPAnimDecoder* decoder) { WebPAnimDecoderDelete(decoder); };
    const std::unique_ptr<WebPAnimDecoder, decltype(remove)> decoder{WebPAnimDecoderNew(&data, nullptr), remove};
    Film film;
    WebPAnimInfo info;
    if (decoder == nullptr || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0) return film;
    film.loops = info.loop_count;
    std::uint8_t* pixels = nullptr;
    int end = 0;
    while (WebPAnimDecoderGetNext(decoder.get(), &pixels, &end) != 0) {
        Image frame{static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height)};
        frame.rgba.assign(pixels, pixels + frame.rgba.size());
        film.frames.push_back(std::move(frame));
        film.ends.push_back(end);
    }
    return film;
}

// An opaque image whose colours depend on the time.
Image frame_at(int time, int width = 24, int height = 16) {
    Image image = irregular_picture(width, height);
    for (std::size_t i = 0; i < image.rgba.size(); ++i)
        image.rgba[i] = i % 4 == 3 ? std::uint8_t{255} : static_cast<std::uint8_t>(image.rgba[i] + time * 40);
    return image;
}

} // namespace

TEST_CASE("webp: an animation decodes to the same frames and loops for ever") {
    std::vector<Image> frames;
    for (int i = 0; i < 5; ++i) frames.push_back(frame_at(i));
    auto writer = AnimationWriter::create(24, 16);
    REQUIRE(writer.ok());
    for (const Image& frame : frames) REQUIRE(writer->add(frame).ok());
    const auto bytes = writer->finish();
    REQUIRE(bytes.ok());
    const Film film = decode(*bytes);
    CHECK(film.frames == frames);
    CHECK(film.ends == std::vector<int>{40, 80, 120, 160, 200});
    CHECK(film.loops == 0);
}

TEST_CASE("webp: a frame may last longer, and one frame is an animation") {
    auto writer = AnimationWriter::create(24, 16);
    REQUIRE(writer.ok());
    REQUIRE(writer->add(frame_at(0), 500).ok());
    const auto bytes = writer->finish();
    REQUIRE(bytes.ok());
    CHECK(decode(*bytes).frames == std::vector<Image>{frame_at(0)});
}

TEST_CASE("webp: errors") {
    CHECK_FALSE(AnimationWriter::create(0, 10).ok());
    CHECK_FALSE(AnimationWriter::create(10, 20000).ok());

    auto writer = AnimationWriter::create(24, 16);
    REQUIRE(writer.ok());
    CHECK_FALSE(writer->finish().ok());
    const auto wrong = writer->add(frame_at(0, 16, 24));
    REQUIRE_FALSE(wrong.ok());
    CHECK(contains(wrong.error().message, "16 x 24"));
}

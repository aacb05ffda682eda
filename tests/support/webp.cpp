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

// An opaque picture whose colours depend on the time.
Image frame_at(int time, int width = 24, int height = 16) {
    Image image = irregular_picture(width, height);
    for (std::size_t i = 0; i < image.rgba.size(); ++i)
        image.rgba[i] = i % 4 == 3 ? std::uint8_t{255} : static_cast<std::uint8_t>(image.rgba[i] + time * 40);
    return image;
}

} // namespace

TEST_CASE("webp: a lossless animation decodes to the same frames") {
    std::vector<Image> frames;
    for (int i = 0; i < 5; ++i) frames.push_back(frame_at(i));
    const auto bytes = support::encode_animation(frames, {.milliseconds_per_frame = 50});
    REQUIRE(bytes.ok());
    const Film film = decode(*bytes);
    CHECK(film.frames == frames);
    CHECK(film.ends == std::vector<int>{50, 100, 150, 200, 250});
    CHECK(film.loops == 0);
}

TEST_CASE("webp: frames may last longer, and only the same picture") {
    auto writer = AnimationWriter::create(24, 16, {.milliseconds_per_frame = 30, .loops = 2});
    REQUIRE(writer.ok());
    REQUIRE(writer->add(frame_at(0)).ok());
    REQUIRE(writer->add(frame_at(1), 500).ok());
    REQUIRE(writer->add(frame_at(2)).ok());
    CHECK(writer->frames() == 3);
    const auto bytes = writer->finish();
    REQUIRE(bytes.ok());
    const Film film = decode(*bytes);
    CHECK(film.ends == std::vector<int>{30, 530, 560});
    CHECK(film.loops == 2);
}

TEST_CASE("webp: one frame is a film too, and lossy films come near their frames") {
    const std::vector<Image> one{frame_at(0)};
    const auto single = support::encode_animation(one);
    REQUIRE(single.ok());
    CHECK(decode(*single).frames == one);

    const std::vector<Image> flat{Image{32, 32, {200, 40, 40, 255}}, Image{32, 32, {40, 40, 200, 255}}};
    const auto lossy = support::encode_animation(flat, {.lossless = false});
    REQUIRE(lossy.ok());
    const Film film = decode(*lossy);
    REQUIRE(film.frames.size() == 2);
    for (std::size_t f = 0; f < 2; ++f)
        for (std::size_t i = 0; i < flat[f].rgba.size(); ++i)
            REQUIRE(std::abs(film.frames[f].rgba[i] - flat[f].rgba[i]) < 16);
}

TEST_CASE("webp: errors") {
    const Scratch scratch;
    CHECK_FALSE(AnimationWriter::create(0, 10).ok());
    CHECK_FALSE(AnimationWriter::create(10, 20000).ok());
    CHECK_FALSE(AnimationWriter::create(10, 10, {.milliseconds_per_frame = 0}).ok());
    CHECK_FALSE(support::encode_animation({}).ok());

    auto writer = AnimationWriter::create(24, 16);
    REQUIRE(writer.ok());
    const auto empty = writer->save(scratch / "empty.webp");
    REQUIRE_FALSE(empty.ok());
    CHECK(contains(empty.error().message, "empty.webp"));
    const auto wrong = writer->add(frame_at(0, 16, 24));
    REQUIRE_FALSE(wrong.ok());
    CHECK(contains(wrong.error().message, "16 x 24"));
    REQUIRE(writer->add(frame_at(0)).ok());
    const auto nowhere = writer->save(scratch / "nowhere/a.webp");
    REQUIRE_FALSE(nowhere.ok());
    CHECK(contains(nowhere.error().message, "nowhere/a.webp"));
    CHECK(scratch.files() == 0);
}

// SPDX-License-Identifier: Apache-2.0
// Image files as other programs write them, for tests of decode_image().
#ifndef NCA_TESTS_SUPPORT_ENCODERS_HPP
#define NCA_TESTS_SUPPORT_ENCODERS_HPP

#include "scratch.hpp"

#include <doctest/doctest.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <initializer_list>
#include <memory>
#include <turbojpeg.h>
#include <zlib.h>

using Bytes = std::vector<std::byte>;

inline void append(Bytes& bytes, std::span<const std::byte> more) {
    for (const std::byte byte : more) bytes.push_back(byte);
}

/// Numbers of `size` bytes each.
inline Bytes numbers(std::initializer_list<unsigned> values, unsigned size, bool little = false) {
    Bytes bytes;
    for (const unsigned value : values) {
        for (unsigned i = 0; i < size; ++i) {
            bytes.push_back(static_cast<std::byte>((value >> (8 * (little ? i : size - 1 - i))) & 255U));
        }
    }
    return bytes;
}

/// A TIFF block with the entries ImageWidth and Orientation, as it lies in EXIF metadata.
inline Bytes exif(unsigned orientation, bool little = false) {
    Bytes tiff = bytes_of(little ? "II" : "MM");
    append(tiff, numbers({42}, 2, little));
    append(tiff, numbers({10}, 4, little)); // the directory begins two bytes behind the header
    append(tiff, numbers({0, 2}, 2, little));
    append(tiff, numbers({0x0100, 3}, 2, little));
    append(tiff, numbers({1}, 4, little));
    append(tiff, numbers({6, 0, 0x0112, 3}, 2, little));
    append(tiff, numbers({1}, 4, little));
    append(tiff, numbers({orientation, 0}, 2, little));
    append(tiff, numbers({0}, 4, little));
    return tiff;
}

inline Bytes png_chunk(std::string_view type, std::span<const std::byte> content) {
    Bytes chunk = numbers({static_cast<unsigned>(content.size())}, 4);
    Bytes named = bytes_of(type);
    append(named, content);
    append(chunk, named);
    const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()));
    append(chunk, numbers({static_cast<unsigned>(sum)}, 4));
    return chunk;
}

/// A PNG file with chunks of its own before the image's data; `colour_type` 2 is RGB, 6 RGBA. The samples, `depth` bits
/// each, have no filter bytes. `apple`: behind a chunk CgBI and compressed without a header.
inline Bytes png(unsigned width, unsigned height, unsigned depth, unsigned colour_type,
                 std::span<const std::byte> samples, std::span<const std::byte> chunks = {}, bool apple = false) {
    Bytes rows;
    const std::size_t row = samples.size() / height;
    for (unsigned y = 0; y < height; ++y) {
        rows.push_back(std::byte{0});
        append(rows, samples.subspan(y * row, row));
    }
    Bytes packed(rows.size() + 1000);
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, apple ? -MAX_WBITS : MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(rows.data());
    stream.avail_in = static_cast<uInt>(rows.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);

    Bytes file = bytes_of("\x89PNG\r\n\x1A\n");
    if (apple) append(file, png_chunk("CgBI", numbers({0x50002002}, 4)));
    Bytes header = numbers({width, height}, 4);
    append(header, numbers({depth, colour_type, 0, 0, 0}, 1));
    append(file, png_chunk("IHDR", header));
    append(file, chunks);
    append(file, png_chunk("IDAT", packed));
    append(file, png_chunk("IEND", {}));
    return file;
}

/// A JPEG file, in RGB or CMYK.
inline Bytes jpeg(const support::Image& image, bool cmyk = false) {
    const std::unique_ptr<void, int (*)(tjhandle)> encoder{tjInitCompress(), tjDestroy};
    unsigned char* data = nullptr;
    unsigned long size = 0;
    REQUIRE(tjCompress2(encoder.get(), image.rgba.data(), image.width, 0, image.height, cmyk ? TJPF_CMYK : TJPF_RGBA,
                        &data, &size, TJSAMP_444, 90, 0) == 0);
    const auto bytes = std::as_bytes(std::span{data, size});
    Bytes file{bytes.begin(), bytes.end()};
    tjFree(data);
    return file;
}

/// The same JPEG file with EXIF metadata behind its first segment.
inline Bytes with_exif(Bytes jpeg, std::span<const std::byte> tiff) {
    Bytes segment = bytes_of("\xFF\xFF\xE1"); // with a byte of padding
    append(segment, numbers({static_cast<unsigned>(tiff.size() + 8)}, 2));
    append(segment, bytes_of({"Exif\0\0", 6}));
    append(segment, tiff);
    const auto first = 4 + std::to_integer<std::ptrdiff_t>(jpeg[4]) * 256 + std::to_integer<std::ptrdiff_t>(jpeg[5]);
    jpeg.insert(jpeg.begin() + first, segment.begin(), segment.end());
    return jpeg;
}

/// A lossless WebP file, with EXIF metadata if there is any.
inline Bytes webp(const support::Image& image, std::span<const std::byte> tiff = {}) {
    std::uint8_t* data = nullptr;
    const std::size_t size =
        WebPEncodeLosslessRGBA(image.rgba.data(), image.width, image.height, image.width * 4, &data);
    REQUIRE(size > 0);
    const std::unique_ptr<WebPMux, void (*)(WebPMux*)> mux{WebPMuxNew(), WebPMuxDelete};
    const WebPData stored{data, size};
    REQUIRE(WebPMuxSetImage(mux.get(), &stored, 1) == WEBP_MUX_OK);
    WebPFree(data);
    const WebPData metadata{reinterpret_cast<const std::uint8_t*>(tiff.data()), tiff.size()};
    if (!tiff.empty()) REQUIRE(WebPMuxSetChunk(mux.get(), "EXIF", &metadata, 1) == WEBP_MUX_OK);
    WebPData assembled;
    REQUIRE(WebPMuxAssemble(mux.get(), &assembled) == WEBP_MUX_OK);
    const auto bytes = std::as_bytes(std::span{assembled.bytes, assembled.size});
    Bytes file{bytes.begin(), bytes.end()};
    WebPDataClear(&assembled);
    return file;
}

/// The picture in a file that must be one.
inline support::Image decoded(std::span<const std::byte> file) {
    auto image = support::decode_image(file, "file");
    REQUIRE_MESSAGE(image.ok(), image.error().message);
    return std::move(*image);
}

#endif // NCA_TESTS_SUPPORT_ENCODERS_HPP

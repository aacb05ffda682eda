// SPDX-License-Identifier: Apache-2.0
#include "decode.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

// A few kilobytes of compressed data can unpack to gigabytes, and stb_image grows its buffer as long as data comes. No
// image within max_image_pixels needs a block larger than this: 8 bytes a pixel, one filter byte a row.
constexpr std::size_t largest_block = (std::size_t{512} << 20U) + (std::size_t{1} << 20U);

void* limited_malloc(std::size_t size) {
    return size <= largest_block ? std::malloc(size) : nullptr;
}

void* limited_realloc(void* block, std::size_t size) {
    return size <= largest_block ? std::realloc(block, size) : nullptr;
}

// A PNG file may begin with an empty block of data, which stb_image copies to nowhere: memcpy() must not be called
// then.
void* copy_bytes(void* to, const void* from, std::size_t size) {
    return size == 0 ? to : std::memcpy(to, from, size);
}

} // namespace

// Few formats are read by stb_image: TGA has no signature, so that any file could pass for an image, and decode_jpeg()
// explains what is wrong with its JPEG decoder. Of a GIF file it reads the first frame.
#define STBI_MALLOC limited_malloc
#define STBI_REALLOC limited_realloc
#define STBI_FREE std::free
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STB_IMAGE_IMPLEMENTATION
#define memcpy copy_bytes
#include <stb/stb_image.h>
#undef memcpy

namespace support::detail {
namespace {

// The encoded bytes as stb_image reads them. Its reader of BMP takes missing bytes for zeros and reports success;
// that more was asked for than there is tells that the file was cut short.
struct Source {
    std::span<const std::byte> rest;
    bool overrun = false;
};

int read_source(void* user, char* data, int size) {
    auto& source = *static_cast<Source*>(user);
    const std::size_t count = std::min(source.rest.size(), static_cast<std::size_t>(std::max(size, 0)));
    if (count > 0) std::memcpy(data, source.rest.data(), count);
    source.rest = source.rest.subspan(count);
    if (count == 0 && size > 0) source.overrun = true;
    return static_cast<int>(count);
}

void skip_source(void* user, int size) {
    auto& source = *static_cast<Source*>(user);
    const std::size_t wanted = static_cast<std::size_t>(std::max(size, 0));
    if (wanted > source.rest.size()) source.overrun = true;
    source.rest = source.rest.subspan(std::min(wanted, source.rest.size()));
}

int source_at_end(void* user) {
    return static_cast<Source*>(user)->rest.empty() ? 1 : 0;
}

constexpr stbi_io_callbacks source_callbacks{read_source, skip_source, source_at_end};

bool begins_with(std::span<const std::byte> bytes, std::string_view text) noexcept {
    return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// Apple's tools store PNG files with red and blue exchanged, colours premultiplied and data compressed without the
// check sum at the end, behind a chunk CgBI of four bytes. stb_image undoes this where it is told to.
bool is_apple_png(std::span<const std::byte> bytes) noexcept {
    static const bool told = [] {
        stbi_convert_iphone_png_to_rgb(1);
        stbi_set_unpremultiply_on_load(1);
        return true;
    }();
    return told && bytes.size() > 12 && begins_with(bytes.subspan(12), "CgBI");
}

constexpr std::size_t apple_png_depth = 40; // the place of the bits per sample in such a file

// stb_image reads on behind the last code of compressed data, to where the check sum would be: its place is filled.
std::vector<std::byte> with_check_sum(std::span<const std::byte> png) {
    std::vector<std::byte> file{png.begin(), png.end()};
    for (std::size_t at = 8; at + 8 <= png.size();) {
        std::size_t length = 0;
        for (std::size_t i = at; i < at + 4; ++i) length = (length << 8U) | std::to_integer<std::size_t>(png[i]);
        if (begins_with(png.subspan(at + 4), "IEND")) {
            constexpr std::string_view data{"\0\0\0\4IDAT\0\0\0\0\0\0\0\0", 16};
            const auto chunk = std::as_bytes(std::span{data});
            file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), chunk.begin(), chunk.end());
            break;
        }
        at += length + 12;
    }
    return file;
}

} // namespace

nca::Result<Image> decode_by_stb(std::span<const std::byte> bytes, std::string_view name) {
    int width = 0;
    int height = 0;
    int channels = 0;
    Source header{bytes};
    if (stbi_info_from_callbacks(&source_callbacks, &header, &width, &height, &channels) == 0) {
        return wrong(name, "is not an image: expected " + std::string{image_formats});
    }
    if (const auto checked = check_size(width, height, name); !checked) return checked.error();
    std::vector<std::byte> altered;
    const bool is_gif = begins_with(bytes, "GIF8");
    if (is_apple_png(bytes)) {
        if (bytes.size() > apple_png_depth && bytes[apple_png_depth] == std::byte{16}) {
            return wrong(name, "is a PNG file of Apple's kind (CgBI) with 16 bits per sample: expected 8");
        }
        altered = with_check_sum(bytes);
        bytes = altered;
    } else if (is_gif && bytes.size() > 11) {
        // What a frame leaves uncovered is transparent in every viewer; stb_image would fill it with the colour that
        // the header numbers, red and blue exchanged, but for the number 0.
        altered.assign(bytes.begin(), bytes.end());
        altered[11] = std::byte{0};
        bytes = altered;
    }

    Source source{bytes};
    const std::unique_ptr<stbi_uc, void (*)(void*)> data{
        stbi_load_from_callbacks(&source_callbacks, &source, &width, &height, &channels, 4), stbi_image_free};
    const std::string_view reason = data == nullptr && stbi_failure_reason() != nullptr ? stbi_failure_reason() : "";
    if (source.overrun || reason == "outofdata") return truncated(name);
    if (data == nullptr) {
        // The reason of an earlier test is left where there is no other: a GIF file without a frame.
        const bool unexplained = reason.empty() || (is_gif && reason == "bad png sig");
        std::string words; // may hold bytes of the file: the name of a chunk
        nca::append_escaped(words, unexplained ? "it holds no image" : reason);
        return wrong(name, "is damaged: " + words);
    }
    Image image{width, height};
    std::memcpy(image.rgba.data(), data.get(), image.rgba.size());
    return image;
}

} // namespace support::detail

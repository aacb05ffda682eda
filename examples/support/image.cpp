// SPDX-License-Identifier: Apache-2.0
#include "image.hpp"

#include <nca/io/file.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <turbojpeg.h>
#include <utility>

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

} // namespace

// Few formats are read by stb_image: TGA has no signature, so that any file could pass for an image, and decode_jpeg()
// explains what is wrong with its JPEG decoder.
#define STBI_MALLOC limited_malloc
#define STBI_REALLOC limited_realloc
#define STBI_FREE std::free
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace support {
namespace {

// Every image within the limits is smaller, uncompressed.
constexpr std::size_t max_file_bytes = std::size_t{1} << 30U;

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

std::string size_text(int width, int height) {
    return std::to_string(width) + " x " + std::to_string(height);
}

bool too_large(int width, int height) {
    return width > max_image_side || height > max_image_side ||
           static_cast<std::size_t>(width) * static_cast<std::size_t>(height) > max_image_pixels;
}

nca::Error wrong(std::string_view name, const std::string& what) {
    return {nca::quote_path(name) + " " + what};
}

nca::Error truncated(std::string_view name) {
    return wrong(name, "is truncated: the file ends before the image does");
}

// An error if an image of this size has no pixels or goes beyond the limits.
nca::Result<void> check_size(int width, int height, std::string_view name) {
    if (width < 1 || height < 1) return wrong(name, "is an image without pixels");
    if (!too_large(width, height)) return {};
    return wrong(name, "is too large: " + size_text(width, height) + " pixels, at most " +
                           std::to_string(max_image_side) + " a side and " + std::to_string(max_image_pixels >> 20U) +
                           " x 2^20 in all");
}

bool is_jpeg(std::span<const std::byte> bytes) noexcept {
    return bytes.size() >= 3 && bytes[0] == std::byte{0xFF} && bytes[1] == std::byte{0xD8} &&
           bytes[2] == std::byte{0xFF};
}

// By libjpeg-turbo rather than stb_image: version 2.27 of the latter, which Debian 12 ships, writes past its Huffman
// tables when a file is corrupt, and it takes the missing half of a truncated file for grey. Pillow decodes with
// libjpeg-turbo too, so targets agree byte for byte.
nca::Result<Image> decode_jpeg(std::span<const std::byte> bytes, std::string_view name) {
    const std::unique_ptr<void, int (*)(tjhandle)> decoder{tjInitDecompress(), tjDestroy};
    if (decoder == nullptr) return nca::Error{"not enough memory to read " + nca::quote_path(name)};
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto size = static_cast<unsigned long>(bytes.size());
    const auto reason = [&] { return std::string{tjGetErrorStr2(decoder.get())}; };

    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(decoder.get(), data, size, &width, &height, &subsampling, &colours) != 0) {
        return wrong(name, "is a damaged or truncated JPEG file: " + reason());
    }
    if (const auto checked = check_size(width, height, name); !checked) return checked.error();
    if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
        return wrong(name, "has CMYK colours: expected red, green and blue");
    }
    Image image{width, height};
    if (tjDecompress2(decoder.get(), data, size, image.rgba.data(), width, 0, height, TJPF_RGBA,
                      TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0) {
        // Warnings are about oddities that every viewer forgives, but for this one, which leaves a part of it grey.
        const std::string text = reason();
        if (text.find("Premature end") != std::string::npos) return truncated(name);
        if (tjGetErrorCode(decoder.get()) != TJERR_WARNING) return wrong(name, "is damaged: " + text);
    }
    return image;
}

} // namespace

Image::Image(int width_, int height_, Rgba8 colour) : width{width_}, height{height_} {
    NCA_ASSERT(width >= 0 && height >= 0, "support::Image: negative size");
    rgba.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
    for (std::size_t i = 0; i < rgba.size(); ++i) rgba[i] = colour[i % 4];
}

nca::Result<Image> decode_image(std::span<const std::byte> bytes, std::string_view name) {
    if (bytes.empty()) return wrong(name, "is empty, so it is not an image");
    if (is_jpeg(bytes)) return decode_jpeg(bytes, name);
    int width = 0;
    int height = 0;
    int channels = 0;
    Source header{bytes};
    if (stbi_info_from_callbacks(&source_callbacks, &header, &width, &height, &channels) == 0) {
        return wrong(name, "is not an image: expected a PNG, JPEG or BMP file");
    }
    if (const auto checked = check_size(width, height, name); !checked) return checked.error();

    Source source{bytes};
    const std::unique_ptr<stbi_uc, void (*)(void*)> data{
        stbi_load_from_callbacks(&source_callbacks, &source, &width, &height, &channels, 4), stbi_image_free};
    const char* reason = data == nullptr ? stbi_failure_reason() : nullptr;
    if (source.overrun || (reason != nullptr && std::string_view{reason} == "outofdata")) {
        return truncated(name);
    }
    if (data == nullptr) {
        return wrong(name, std::string{"is damaged: "} + (reason != nullptr ? reason : "it cannot be decoded"));
    }
    Image image{width, height};
    std::memcpy(image.rgba.data(), data.get(), image.rgba.size());
    return image;
}

nca::Result<Image> read_image(const std::filesystem::path& path) {
    return nca::read_file(path.string(), max_file_bytes).and_then([&](const std::vector<std::byte>& bytes) {
        return decode_image(bytes, path.string());
    });
}

nca::Result<std::vector<std::byte>> encode_png(const Image& image) {
    if (image.width < 1 || image.height < 1) return nca::Error{"an image without pixels cannot be a PNG file"};
    if (too_large(image.width, image.height)) {
        return nca::Error{"an image of " + size_text(image.width, image.height) + " pixels is too large to be written"};
    }
    std::vector<std::byte> bytes;
    const auto append = [](void* context, void* data, int size) {
        const auto* const first = static_cast<const std::byte*>(data);
        auto& file = *static_cast<std::vector<std::byte>*>(context);
        file.insert(file.end(), first, first + size);
    };
    if (stbi_write_png_to_func(append, &bytes, image.width, image.height, 4, image.rgba.data(), image.width * 4) == 0) {
        return nca::Error{"not enough memory to encode a PNG file of " + size_text(image.width, image.height)};
    }
    return bytes;
}

nca::Result<void> write_png(const std::filesystem::path& path, const Image& image) {
    auto bytes = encode_png(image);
    if (!bytes) return nca::Error{"cannot write " + nca::quote_path(path.string()) + ": " + bytes.error().message};
    return nca::write_file_atomically(path.string(), *bytes);
}

} // namespace support

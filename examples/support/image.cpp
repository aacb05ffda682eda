// SPDX-License-Identifier: Apache-2.0
#include "image.hpp"

#include <nca/io/file.hpp>

#include "decode.hpp"
#include "orientation.hpp"

#include <cstring>
#include <utility>

#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace support {
namespace {

// Every image within the limits is smaller, uncompressed.
constexpr std::size_t max_file_bytes = std::size_t{1} << 30U;

std::string size_text(int width, int height) {
    return std::to_string(width) + " x " + std::to_string(height);
}

bool too_large(int width, int height) {
    return width > max_image_side || height > max_image_side ||
           static_cast<std::size_t>(width) * static_cast<std::size_t>(height) > max_image_pixels;
}

struct Signature {
    std::size_t at;
    std::string_view bytes;
    const char* format;
};

constexpr std::array foreign_formats{
    Signature{4, "ftypavif", "an AVIF image"},
    Signature{4, "ftyphei", "a HEIC image"},
    Signature{4, "ftypmif1", "a HEIF image"},
    Signature{4, "ftyp", "a video"},
    Signature{0, {"II*\0", 4}, "a TIFF image"},
    Signature{0, {"MM\0*", 4}, "a TIFF image"},
    Signature{0, "\xFF\x0A", "a JPEG XL image"},
    Signature{4, "JXL ", "a JPEG XL image"},
    Signature{4, "jP  ", "a JPEG 2000 image"},
    Signature{0, "8BPS", "a Photoshop file"},
    Signature{0, "%PDF", "a PDF file"},
    Signature{0, "<svg", "an SVG drawing"},
    Signature{0, "<?xml", "an XML file"},
    Signature{0, "<!DOCTYPE", "a web page"},
    Signature{0, "version https://git-lfs", "a Git LFS pointer to a file that was not downloaded"},
};

bool has_signature(std::span<const std::byte> bytes, std::size_t at, std::string_view text) noexcept {
    return bytes.size() >= at + text.size() && std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

nca::Result<Image> decode_as_stored(std::span<const std::byte> bytes, std::string_view name) {
    if (has_signature(bytes, 0, "\xFF\xD8\xFF")) return detail::decode_jpeg(bytes, name);
    if (has_signature(bytes, 0, "RIFF") && has_signature(bytes, 8, "WEBP")) return detail::decode_webp(bytes, name);
    for (const Signature& foreign : foreign_formats) {
        if (has_signature(bytes, foreign.at, foreign.bytes)) {
            return detail::wrong(name,
                                 "is " + std::string{foreign.format} + ": expected " + std::string{image_formats});
        }
    }
    return detail::decode_by_stb(bytes, name);
}

} // namespace

namespace detail {

nca::Error wrong(std::string_view name, const std::string& what) {
    return {nca::quote_path(name) + " " + what};
}

nca::Error truncated(std::string_view name) {
    return wrong(name, "is truncated: the file ends before the image does");
}

nca::Result<void> check_size(int width, int height, std::string_view name) {
    if (width < 1 || height < 1) return wrong(name, "is an image without pixels");
    if (!too_large(width, height)) return {};
    return wrong(name, "is too large: " + size_text(width, height) + " pixels, at most " +
                           std::to_string(max_image_side) + " a side and " + std::to_string(max_image_pixels >> 20U) +
                           " x 2^20 in all");
}

} // namespace detail

Image::Image(int width_, int height_, Rgba8 colour) : width{width_}, height{height_} {
    NCA_ASSERT(width >= 0 && height >= 0, "support::Image: negative size");
    rgba.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
    if (colour == Rgba8{}) return; // as resize() left it: decoders make images of 256 MB
    for (std::size_t i = 0; i < rgba.size(); ++i) rgba[i] = colour[i % 4];
}

nca::Result<Image> decode_image(std::span<const std::byte> bytes, std::string_view name) {
    if (bytes.empty()) return detail::wrong(name, "is empty, so it is not an image");
    auto image = decode_as_stored(bytes, name);
    if (!image) return image;
    return upright(std::move(*image), exif_orientation(bytes));
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

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.

#include "image.hpp"

#include <nca/io/file.hpp>

#include "jpeg.hpp"
#include "stb.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace support {
namespace {

// Every image within the limits is smaller, uncompressed.
constexpr std::size_t max_file_bytes = std::size_t{1} << 30U;

struct StbFree {
    void operator()(stbi_uc* block) const noexcept { stbi_image_free(block); }
};

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

} // namespace

Image::Image(int width_, int height_, Rgba8 colour) : width{width_}, height{height_} {
    NCA_ASSERT(width >= 0 && height >= 0, "support::Image: negative size");
    rgba.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
    for (std::size_t i = 0; i < rgba.size(); ++i) rgba[i] = colour[i % 4];
}

nca::Result<void> check_image_size(int width, int height, std::string_view name) {
    if (width < 1 || height < 1) return nca::Error{nca::quote_path(name) + " is an image without pixels"};
    if (too_large(width, height)) {
        return nca::Error{nca::quote_path(name) + " is too large: " + size_text(width, height) + " pixels, at most " +
                          std::to_string(max_image_side) + " a side and " + std::to_string(max_image_pixels >> 20U) +
                          " x 2^20 in all"};
    }
    return {};
}

nca::Result<Image> decode_image(std::span<const std::byte> bytes, std::string_view name) {
    if (bytes.empty()) return nca::Error{nca::quote_path(name) + " is empty, so it is not an image"};
    if (is_jpeg(bytes)) return decode_jpeg(bytes, name);
    int width = 0;
    int height = 0;
    int channels = 0;
    Source header{bytes};
    if (stbi_info_from_callbacks(&source_callbacks, &header, &width, &height, &channels) == 0) {
        return nca::Error{nca::quote_path(name) + " is not an image: expected a PNG, JPEG or BMP file"};
    }
    if (auto checked = check_image_size(width, height, name); !checked) return checked.error();

    Source source{bytes};
    const std::unique_ptr<stbi_uc, StbFree> data{
        stbi_load_from_callbacks(&source_callbacks, &source, &width, &height, &channels, 4)};
    const char* reason = data == nullptr ? stbi_failure_reason() : nullptr;
    if (source.overrun || (reason != nullptr && std::string_view{reason} == "outofdata")) {
        return nca::Error{nca::quote_path(name) + " is truncated: the file ends before the image does"};
    }
    if (data == nullptr) {
        return nca::Error{nca::quote_path(name) +
                          " is damaged: " + (reason != nullptr ? reason : "it cannot be decoded")};
    }
    Image image;
    image.width = width;
    image.height = height;
    image.rgba.assign(data.get(), data.get() + static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
    return image;
}

nca::Result<Image> read_image(const std::filesystem::path& path) {
    auto bytes = nca::read_file(path.string(), max_file_bytes);
    if (!bytes) return bytes.error();
    return decode_image(*bytes, path.string());
}

nca::Result<std::vector<std::byte>> encode_png(const Image& image) {
    if (image.width < 1 || image.height < 1) return nca::Error{"an image without pixels cannot be a PNG file"};
    if (too_large(image.width, image.height)) {
        return nca::Error{"an image of " + size_text(image.width, image.height) + " pixels is too large to be written"};
    }
    std::vector<std::byte> bytes;
    const auto append = [](void* context, void* data, int size) {
        const auto* first = static_cast<const std::byte*>(data);
        static_cast<std::vector<std::byte>*>(context)->insert(static_cast<std::vector<std::byte>*>(context)->end(),
                                                              first, first + size);
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

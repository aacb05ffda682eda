// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Pictures of every format: what is accepted has all of its pixels, and survives a PNG file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <support/image.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto image = support::decode_image(std::as_bytes(std::span{data, size}), "fuzz");
    if (!image) {
        if (image.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    if (image->width < 1 || image->height < 1 || image->width > support::max_image_side ||
        image->height > support::max_image_side) {
        std::abort();
    }
    const std::size_t pixels = static_cast<std::size_t>(image->width) * static_cast<std::size_t>(image->height);
    if (image->rgba.size() != 4 * pixels) std::abort();
    if (pixels > 4096) return 0;
    const auto png = support::encode_png(*image);
    if (!png) std::abort();
    const auto again = support::decode_image(*png, "again");
    if (!again || !(*again == *image)) std::abort();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Pictures of every format: what is accepted has all of its pixels, survives a PNG file, and makes a target of numbers
// from 0 to 1, unless there is nothing to see.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <support/image.hpp>
#include <support/target.hpp>

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
    if (pixels > support::max_image_pixels || image->rgba.size() != 4 * pixels) std::abort();
    if (pixels > 4096) return 0; // compression is slow under the sanitizers
    const auto png = support::encode_png(*image);
    if (!png) std::abort();
    const auto again = support::decode_image(*png, "again");
    if (!again || !(*again == *image)) std::abort();

    const auto target = support::make_target(*image, "fuzz", 24, 2);
    if (!target) return 0;
    if (target->height < 5 || target->height > 28 || target->width < 5 || target->width > 28) std::abort();
    if (target->rgba.size() != static_cast<std::size_t>(target->height * target->width * 4)) std::abort();
    for (std::size_t i = 0; i < target->rgba.size(); ++i) {
        const float alpha = target->rgba[i / 4 * 4 + 3];
        if (!(target->rgba[i] >= 0.0F && target->rgba[i] <= alpha && alpha <= 1.0F)) std::abort();
    }
    return 0;
}

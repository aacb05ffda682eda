// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.

#include <cstddef>
#include <cstdlib>

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

#define STBI_MALLOC limited_malloc
#define STBI_REALLOC limited_realloc
#define STBI_FREE std::free
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include "stb.hpp"

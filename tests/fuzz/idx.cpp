// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// IDX files of images and labels: what is accepted has the size that it claims.
#include <nca/io/idx.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span{data, size});
    const auto images = nca::parse_idx_images(bytes, "fuzz");
    if (images) {
        const std::size_t pixels = static_cast<std::size_t>(images->count) * static_cast<std::size_t>(images->rows) *
                                   static_cast<std::size_t>(images->columns);
        if (images->pixels.size() != pixels) std::abort();
    } else if (images.error().message.find('\n') != std::string::npos) {
        std::abort();
    }
    const auto labels = nca::parse_idx_labels(bytes, "fuzz");
    if (labels && images) std::abort();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// IDX files of images and labels, compressed or not: what is accepted has the size that it claims.
#include <nca/io/idx.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <support/mnist_data.hpp>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto has_lines = [](const nca::Error& error) { return error.message.find('\n') != std::string::npos; };
    constexpr std::size_t most = std::size_t{1} << 22U;
    const auto packed = std::as_bytes(std::span{data, size});
    const auto bytes = support::gunzip(std::vector<std::byte>(packed.begin(), packed.end()), "fuzz", most);
    if (!bytes) {
        if (has_lines(bytes.error())) std::abort();
        return 0;
    }
    const auto images = nca::parse_idx_images(*bytes, "fuzz");
    if (images) {
        if (images->count < 1 || images->rows < 1 || images->columns < 1) std::abort();
        const std::size_t pixels = static_cast<std::size_t>(images->count) * static_cast<std::size_t>(images->rows) *
                                   static_cast<std::size_t>(images->columns);
        if (images->pixels.size() != pixels) std::abort();
    } else if (has_lines(images.error())) {
        std::abort();
    }
    const auto labels = nca::parse_idx_labels(*bytes, "fuzz");
    if (labels ? images || labels->empty() : has_lines(labels.error())) std::abort();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_IDX_HPP
#define NCA_IO_IDX_HPP

#include <nca/io/detail/text.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The format of the MNIST files: a magic number (0, 0, the type of the elements, the number of dimensions), one extent
// per dimension, then the elements in row-major order. All numbers are 32-bit big-endian; the elements here are bytes.

namespace nca {

/// Pictures of one size, as an IDX file holds them.
struct IdxImages {
    int count = 0;
    int rows = 0;
    int columns = 0;
    std::vector<std::uint8_t> pixels; ///< [count][rows][columns]: 0 is the background, 255 ink
};

namespace detail::io {

inline constexpr std::uint32_t idx_images_magic = 0x00000803;
inline constexpr std::uint32_t idx_labels_magic = 0x00000801;

/// The big-endian number at a place. Precondition: four bytes are there.
inline std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
}

/// Checks magic number and length; fills `extents` and returns the elements.
inline Result<std::span<const std::byte>> read_idx(std::span<const std::byte> bytes, std::uint32_t magic,
                                                   std::string_view what, std::span<int> extents,
                                                   const std::string& file_name) {
    const auto wrong = [&](const std::string& message) { return about_file(file_name, Error{message}); };
    const std::size_t header = 4 + 4 * extents.size();
    if (bytes.size() < 4) {
        return wrong("expected an IDX file of " + std::string{what} + ", found " + std::to_string(bytes.size()) +
                     " bytes");
    }
    if (const std::uint32_t found = big_endian(bytes, 0); found != magic) {
        return wrong("expected an IDX file of " + std::string{what} + " (magic number " + std::to_string(magic) +
                     "), found the magic number " + std::to_string(found));
    }
    if (bytes.size() < header) {
        return wrong("the file ends within its header: expected " + std::to_string(header) + " bytes, found " +
                     std::to_string(bytes.size()));
    }
    // The product of the extents, kept below 2^63: each factor is below 2^31.
    std::uint64_t elements = 1;
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    for (std::size_t d = 0; d < extents.size(); ++d) {
        const std::uint32_t extent = big_endian(bytes, 4 + 4 * d);
        if (extent == 0 || extent > static_cast<std::uint32_t>(std::numeric_limits<int>::max()) ||
            elements > most / extent) {
            return wrong("dimension " + std::to_string(d) + " of the " + std::string{what} + " is " +
                         std::to_string(extent) + (extent == 0 ? ", so there are none" : ", which is too large"));
        }
        elements *= extent;
        extents[d] = static_cast<int>(extent);
    }
    const std::span<const std::byte> rest = bytes.subspan(header);
    if (rest.size() != elements) {
        return wrong("its header tells of " + std::to_string(elements) + " bytes of " + std::string{what} + ", found " +
                     std::to_string(rest.size()));
    }
    return rest;
}

inline std::vector<std::uint8_t> idx_bytes(std::span<const std::byte> bytes) {
    std::vector<std::uint8_t> values(bytes.size());
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

} // namespace detail::io

/// The pictures in the bytes of an IDX file; `file_name` stands in front of every message.
/// Errors: another magic number, an extent of zero, a length that is not what the header tells.
[[nodiscard]] inline Result<IdxImages> parse_idx_images(std::span<const std::byte> bytes,
                                                        const std::string& file_name = {}) {
    int extents[3] = {};
    const auto pixels = detail::io::read_idx(bytes, detail::io::idx_images_magic, "pictures", extents, file_name);
    if (!pixels) return pixels.error();
    return IdxImages{extents[0], extents[1], extents[2], detail::io::idx_bytes(*pixels)};
}

/// The labels in the bytes of an IDX file; `file_name` stands in front of every message.
/// Errors: another magic number, no labels, a length that is not what the header tells.
[[nodiscard]] inline Result<std::vector<std::uint8_t>> parse_idx_labels(std::span<const std::byte> bytes,
                                                                        const std::string& file_name = {}) {
    int extents[1] = {};
    const auto labels = detail::io::read_idx(bytes, detail::io::idx_labels_magic, "labels", extents, file_name);
    if (!labels) return labels.error();
    return detail::io::idx_bytes(*labels);
}

} // namespace nca

#endif // NCA_IO_IDX_HPP

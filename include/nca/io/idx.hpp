// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_IDX_HPP
#define NCA_IO_IDX_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// IDX (http://yann.lecun.com/exdb/mnist): 0, 0, element type, rank, 32-bit big-endian extents, row-major elements.

namespace nca::inline NCA_ABI {

/// Greyscale images of one size.
struct IdxImages {
    int count = 0;
    int rows = 0;
    int columns = 0;
    std::vector<std::uint8_t> pixels; ///< [count, rows, columns]: 0 is background, 255 ink
};

namespace detail::io {

inline constexpr std::uint32_t idx_images_magic = 0x00000803;
inline constexpr std::uint32_t idx_labels_magic = 0x00000801;
inline constexpr std::uint32_t idx_records_magic = 0x00000C02; // 32-bit integers, two dimensions

inline std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
}

inline Result<std::vector<std::uint8_t>> read_idx(std::span<const std::byte> bytes, std::uint32_t magic,
                                                  std::string_view what, std::span<int> extents,
                                                  const std::string& file_name, std::uint64_t element_size = 1) {
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
        return wrong("the file ends inside its header: expected " + std::to_string(header) + " bytes, found " +
                     std::to_string(bytes.size()));
    }
    std::uint64_t size = element_size;
    constexpr std::uint64_t max_size = std::numeric_limits<std::int64_t>::max();
    for (std::size_t d = 0; d < extents.size(); ++d) {
        const std::uint32_t extent = big_endian(bytes, 4 + 4 * d);
        if (extent == 0 || extent > static_cast<std::uint32_t>(std::numeric_limits<int>::max()) ||
            size > max_size / extent) {
            return wrong("dimension " + std::to_string(d) + " of the " + std::string{what} + " is " +
                         std::to_string(extent) + (extent == 0 ? ", so there are none" : ", which is too large"));
        }
        size *= extent;
        extents[d] = static_cast<int>(extent);
    }
    const std::span<const std::byte> rest = bytes.subspan(header);
    if (rest.size() != size) {
        return wrong("its header announces " + std::to_string(size) + " bytes of " + std::string{what} + ", found " +
                     std::to_string(rest.size()));
    }
    std::vector<std::uint8_t> values(rest.size());
    std::memcpy(values.data(), rest.data(), rest.size());
    return values;
}

inline Result<std::vector<std::uint8_t>> labels_of_records(std::span<const std::byte> bytes,
                                                           const std::string& file_name) {
    int extents[2] = {};
    const auto records = read_idx(bytes, idx_records_magic, "labels", extents, file_name, 4);
    if (!records) return records.error();
    std::vector<std::uint8_t> labels;
    labels.reserve(static_cast<std::size_t>(extents[0]));
    const std::span<const std::byte> numbers = bytes.last(records->size());
    for (std::size_t at = 0; at < numbers.size(); at += 4 * static_cast<std::size_t>(extents[1])) {
        const std::uint32_t label = big_endian(numbers, at);
        if (label > 255) {
            return about_file(file_name, Error{"label " + std::to_string(labels.size()) + " is " +
                                               std::to_string(label) + ", more than a byte holds"});
        }
        labels.push_back(static_cast<std::uint8_t>(label));
    }
    return labels;
}

} // namespace detail::io

/// Parses an IDX file of images. Errors, starting with `file_name`: wrong magic number, zero extent, wrong length.
[[nodiscard]] inline Result<IdxImages> parse_idx_images(std::span<const std::byte> bytes,
                                                        const std::string& file_name = {}) {
    int extents[3] = {};
    auto pixels = detail::io::read_idx(bytes, detail::io::idx_images_magic, "images", extents, file_name);
    if (!pixels) return pixels.error();
    return IdxImages{extents[0], extents[1], extents[2], std::move(*pixels)};
}

/// Parses an IDX file of labels: bytes, or the records of QMNIST, rows of 32-bit numbers of which the first is the
/// label. Errors: see parse_idx_images(); a label of a record that is no byte.
[[nodiscard]] inline Result<std::vector<std::uint8_t>> parse_idx_labels(std::span<const std::byte> bytes,
                                                                        const std::string& file_name = {}) {
    if (bytes.size() >= 4 && detail::io::big_endian(bytes, 0) == detail::io::idx_records_magic) {
        return detail::io::labels_of_records(bytes, file_name);
    }
    int extents[1] = {};
    return detail::io::read_idx(bytes, detail::io::idx_labels_magic, "labels", extents, file_name);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_IDX_HPP

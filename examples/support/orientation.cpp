// SPDX-License-Identifier: Apache-2.0
#include "orientation.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace support {
namespace {

using Bytes = std::span<const std::byte>;

enum class Order { big, little };

// The number of `size` bytes at `at`; nothing where the bytes end before it does.
std::optional<std::uint32_t> number(Bytes bytes, std::size_t at, std::size_t size, Order order) noexcept {
    if (at > bytes.size() || size > bytes.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t next = order == Order::big ? i : size - 1 - i;
        value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[at + next]);
    }
    return value;
}

// The bytes from `at`, `size` of them or as many as there are.
Bytes part(Bytes bytes, std::size_t at, std::size_t size) noexcept {
    const std::size_t first = std::min(at, bytes.size());
    return bytes.subspan(first, std::min(size, bytes.size() - first));
}

bool begins_with(Bytes bytes, std::string_view text) noexcept {
    return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

constexpr std::string_view exif_header{"Exif\0\0", 6};

// The segment APP1 that holds EXIF; segments end where the compressed data begins.
Bytes exif_of_jpeg(Bytes file) noexcept {
    std::size_t at = 2;
    while (true) {
        const auto introducer = number(file, at, 1, Order::big);
        const auto marker = number(file, at + 1, 1, Order::big);
        if (introducer != 0xFFU || !marker || marker == 0xDAU || marker == 0xD9U) return {};
        if (marker == 0xFFU) { // padding
            ++at;
            continue;
        }
        const auto length = number(file, at + 2, 2, Order::big);
        if (!length || *length < 2) return {};
        const Bytes content = part(file, at + 4, *length - 2);
        if (marker == 0xE1U && begins_with(content, exif_header)) return content;
        at += 2 + *length;
    }
}

// The content of the first chunk of this type. PNG: length, type, content, check sum; RIFF: type, length, content, and
// a byte of padding behind an odd length.
Bytes chunk_of_png(Bytes file, std::string_view type) noexcept {
    std::size_t at = 8;
    while (const auto length = number(file, at, 4, Order::big)) {
        if (begins_with(part(file, at + 4, 4), type)) return part(file, at + 8, *length);
        at += std::size_t{12} + *length;
    }
    return {};
}

Bytes chunk_of_riff(Bytes file, std::string_view type) noexcept {
    std::size_t at = 12;
    while (const auto length = number(file, at + 4, 4, Order::little)) {
        if (begins_with(part(file, at, 4), type)) return part(file, at + 8, *length);
        at += std::size_t{8} + *length + *length % 2;
    }
    return {};
}

// The entry of a TIFF directory; 1 if there is none or it is out of range.
int orientation_of(Bytes tiff) noexcept {
    const Order order = begins_with(tiff, "II") ? Order::little : Order::big;
    if (!begins_with(tiff, order == Order::little ? "II" : "MM") || number(tiff, 2, 2, order) != 42U) return 1;
    const auto directory = number(tiff, 4, 4, order);
    if (!directory) return 1;
    const auto count = number(tiff, *directory, 2, order);
    for (std::size_t i = 0; count && i < *count; ++i) {
        const std::size_t entry = *directory + std::size_t{2} + 12 * i;
        if (number(tiff, entry, 2, order) != 0x0112U) continue;
        const bool is_long = number(tiff, entry + 2, 2, order) == 4U;
        const auto value = number(tiff, entry + 8, is_long ? 4 : 2, order);
        return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
    }
    return 1;
}

} // namespace

int exif_orientation(std::span<const std::byte> file) noexcept {
    Bytes exif;
    if (begins_with(file, "\xFF\xD8")) exif = exif_of_jpeg(file);
    if (begins_with(file, "\x89PNG")) exif = chunk_of_png(file, "eXIf");
    if (begins_with(file, "RIFF")) exif = chunk_of_riff(file, "EXIF");
    // The header belongs to JPEG; some programs write it elsewhere, too.
    if (begins_with(exif, exif_header)) exif = exif.subspan(exif_header.size());
    return orientation_of(exif);
}

Image upright(Image image, int orientation) {
    NCA_ASSERT(orientation >= 1 && orientation <= 8, "support::upright: orientation out of range");
    if (orientation == 1) return image;
    const bool transposed = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    Image turned{transposed ? image.height : image.width, transposed ? image.width : image.height};
    for (int y = 0; y < turned.height; ++y) {
        for (int x = 0; x < turned.width; ++x) {
            const int column = transposed ? y : x;
            const int row = transposed ? x : y;
            std::memcpy(
                turned.at(x, y),
                image.at(from_right ? image.width - 1 - column : column, from_bottom ? image.height - 1 - row : row),
                4);
        }
    }
    return turned;
}

} // namespace support

// SPDX-License-Identifier: Apache-2.0
// The decoders of decode_image(), and what they share.
#ifndef NCA_EXAMPLES_SUPPORT_DECODE_HPP
#define NCA_EXAMPLES_SUPPORT_DECODE_HPP

#include "image.hpp"

namespace support::detail {

/// An error about the file `name`: "'a.png' is empty".
[[nodiscard]] nca::Error wrong(std::string_view name, const std::string& what);
[[nodiscard]] nca::Error truncated(std::string_view name);
/// An error if an image of this size has no pixels or goes beyond the limits.
[[nodiscard]] nca::Result<void> check_size(int width, int height, std::string_view name);

// Decoders of files of one kind, which turn nothing. Errors: a damaged or truncated file, a size beyond the limits, and
// whatever a format can express that has no place in an image of RGBA.
[[nodiscard]] nca::Result<Image> decode_jpeg(std::span<const std::byte> bytes, std::string_view name);
[[nodiscard]] nca::Result<Image> decode_webp(std::span<const std::byte> bytes, std::string_view name);
/// PNG, BMP and GIF; an error for all others.
[[nodiscard]] nca::Result<Image> decode_by_stb(std::span<const std::byte> bytes, std::string_view name);

} // namespace support::detail

#endif // NCA_EXAMPLES_SUPPORT_DECODE_HPP

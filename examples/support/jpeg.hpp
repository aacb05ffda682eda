// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_EXAMPLES_SUPPORT_JPEG_HPP
#define NCA_EXAMPLES_SUPPORT_JPEG_HPP

#include "image.hpp"

namespace support {

/// True if the bytes begin as every JPEG file does.
[[nodiscard]] bool is_jpeg(std::span<const std::byte> bytes) noexcept;

/// The image in a JPEG file, opaque, as decode_image(). Precondition: is_jpeg(bytes).
[[nodiscard]] nca::Result<Image> decode_jpeg(std::span<const std::byte> bytes, std::string_view name);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_JPEG_HPP

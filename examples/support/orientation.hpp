// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_ORIENTATION_HPP
#define NCA_EXAMPLES_SUPPORT_ORIENTATION_HPP

#include "image.hpp"

namespace support {

/// How the stored rows and columns of a JPEG, PNG or WebP file are to be turned for display, by its EXIF metadata: 1
/// (as they are) to 8, as TIFF numbers them. 1 where there is no such entry, or where the metadata is damaged.
[[nodiscard]] int exif_orientation(std::span<const std::byte> file) noexcept;

/// An image turned as `orientation` says. Precondition: 1 to 8.
[[nodiscard]] Image upright(Image image, int orientation);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_ORIENTATION_HPP

// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_RESAMPLE_HPP
#define NCA_EXAMPLES_SUPPORT_RESAMPLE_HPP

#include "image.hpp"

namespace support {

/// An image shrunk so that neither side exceeds `size`, aspect kept; an image that fits is returned as it is, never
/// enlarged. This is how the articles load their targets: Pillow's `thumbnail` with the antialiased Lanczos filter
/// (a = 3) on RGBA, reproduced byte for byte. Preconditions: size >= 1, the image has pixels.
[[nodiscard]] Image shrink_to_fit(Image image, int size);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_RESAMPLE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_EXAMPLES_SUPPORT_RENDER_HPP
#define NCA_EXAMPLES_SUPPORT_RENDER_HPP

#include "image.hpp"

namespace support {

/// A state over white, as the article displays it: a = clamp(alpha, 0, 1), colour = 1 - a + RGB (which are
/// premultiplied), clamped to [0, 1], times 255, truncated; what is no number becomes black. `state` is
/// [height][width][channels], of which the first four are RGBA. Preconditions: channels >= 4, the sizes fit.
[[nodiscard]] Image over_white(std::span<const float> state, int height, int width, int channels);

/// Every cell as a square of factor x factor. Precondition: factor >= 1.
[[nodiscard]] Image enlarge(const Image& image, int factor);

/// The factor that enlarges a picture until its longer side is about `pixels` long; at least 1.
[[nodiscard]] int enlargement(const Image& image, int pixels) noexcept;

/// Pictures side by side on white, with a label under each, such as the step it shows; missing labels stay blank.
/// Precondition: at least one picture.
[[nodiscard]] Image film_strip(std::span<const Image> frames, std::span<const std::string> labels, int gap = 8);

/// Pictures in rows of `columns` on white, `gap` pixels apart. Tiles are as large as the largest picture.
/// Preconditions: at least one picture, columns >= 1.
[[nodiscard]] Image mosaic(std::span<const Image> images, int columns, int gap = 0);

/// Copies a picture into another, alpha included; what lies outside is cut off.
void paste(Image& into, const Image& image, int left, int top);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_RENDER_HPP

// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_RENDER_HPP
#define NCA_EXAMPLES_SUPPORT_RENDER_HPP

#include <nca/core/cell_mask.hpp>

#include "image.hpp"

namespace support {

/// A state over white, as the article displays it: a = clamp(alpha, 0, 1), colour = 1 - a + RGB (which are
/// premultiplied), clamped to [0, 1], times 255, truncated; NaN becomes black. `state` is
/// [height][width][channels], of which the first four are RGBA. Preconditions: channels >= 4, the sizes fit.
[[nodiscard]] Image over_white(std::span<const float> state, int height, int width, int channels);

/// Blends the pixels of some cells with red, of which `fraction` is the part. `rgba`: rows of `width` pixels.
void tint_red(std::span<std::uint8_t> rgba, int width, const nca::CellMask& cells, double fraction);

/// Every cell as a square of factor x factor. Precondition: factor >= 1.
[[nodiscard]] Image enlarge(const Image& image, int factor);

/// The factor that enlarges an image until its longer side is about `pixels` long; at least 1.
[[nodiscard]] int enlargement(const Image& image, int pixels) noexcept;

/// Images side by side on white, with a label under each, such as the step it shows; missing labels stay blank.
/// Precondition: at least one picture.
[[nodiscard]] Image film_strip(std::span<const Image> frames, std::span<const std::string> labels, int gap = 8);

/// Pictures in rows of `columns` on white, `gap` pixels apart. Tiles are as large as the largest picture.
/// Preconditions: at least one image, columns >= 1.
[[nodiscard]] Image mosaic(std::span<const Image> images, int columns, int gap = 0);

/// Copies an image into another, alpha included; what lies outside is clipped.
void paste(Image& into, const Image& image, int left, int top);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_RENDER_HPP

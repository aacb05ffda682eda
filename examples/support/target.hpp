// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_TARGET_HPP
#define NCA_EXAMPLES_SUPPORT_TARGET_HPP

#include "image.hpp"

namespace support {

/// An image to grow: float RGBA in [0, 1], colours premultiplied by alpha, as [height][width][4], padding included.
struct Target {
    /// "lizard" for the built-in and for dir/lizard.png, "u1f98e" for its emoji, "u1f1eb_1f1f7" for a flag: fit for the
    /// name of a file
    std::string name;
    int height = 0;
    int width = 0;
    std::vector<float> rgba;
};

/// The target that `spec` names: a built-in ("lizard", "mushroom", "snail"), an image file, or an emoji, which
/// may be a sequence. The image
/// is shrunk until its longer side is at most `size` cells (never enlarged), divided by 255, premultiplied, and
/// surrounded by `padding` empty cells on every side: the loading rule of the articles.
[[nodiscard]] nca::Result<Target> load_target(std::string_view spec, int size = 40, int padding = 16);

/// The target made of an image in memory, by the same rule. Preconditions as errors: size, padding, visible pixels.
[[nodiscard]] nca::Result<Target> make_target(Image image, std::string_view name, int size, int padding);

/// The names of the built-in targets, 40 x 40 drawings that are part of the program.
[[nodiscard]] std::vector<std::string> builtin_target_names();

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_TARGET_HPP

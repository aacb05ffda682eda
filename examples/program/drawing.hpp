// SPDX-License-Identifier: Apache-2.0
// Digits that a person drew.
#ifndef NCA_EXAMPLES_PROGRAM_DRAWING_HPP
#define NCA_EXAMPLES_PROGRAM_DRAWING_HPP

#include <optional>
#include <string>
#include <vector>

namespace program {

/// A drawing as cells see it.
struct Drawing {
    int height = 0;
    int width = 0;
    std::vector<float> grey{}; ///< ink, 0 to 1: [height, width]
};

/// Reads an image file. Paper is what most of the border shows: where that is transparent, ink is opacity; else ink is
/// what is darker, or lighter if there is more of that. The strongest ink counts as 1. `fit`: the cells of the longer
/// side of the ink; 0: one pixel is one cell; default: 0 for ink of up to 28 pixels, else 20. An image without ink, or
/// one that makes too many cells, ends the program.
[[nodiscard]] Drawing read_drawing(const std::string& path, std::optional<int> fit);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_DRAWING_HPP

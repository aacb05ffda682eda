// SPDX-License-Identifier: Apache-2.0
// What the commands of `nca mnist` share.
#ifndef NCA_EXAMPLES_NCA_MNIST_PROGRAM_HPP
#define NCA_EXAMPLES_NCA_MNIST_PROGRAM_HPP

#include <nca/systems/mnist/rule.hpp>

#include "mnist_model.hpp"
#include "program.hpp"

#include <optional>
#include <string>
#include <vector>

namespace program {

/// A picture that a person drew, as cells see it.
struct Drawing {
    int height = 0;
    int width = 0;
    std::vector<float> grey{}; ///< ink, 0 to 1: [height][width]
};

/// The longer side of the ink, in pixels, up to which one pixel becomes one cell, and the cells of ink beyond it.
inline constexpr int longest_unscaled = nca::mnist::picture_side;
inline constexpr int usual_fit = 20;

/// Reads a picture file. Paper is what most of the border shows: where that is transparent, ink is opacity; else ink is
/// what is darker, or lighter if there is more of that. The strongest ink counts as 1. `fit`: the cells of the longer
/// side of the ink; 0: one pixel is one cell; without a number 0 for ink of up to 28 pixels, else 20. A picture without
/// ink, or one that makes too many cells, ends the program.
[[nodiscard]] Drawing read_drawing(const std::string& path, std::optional<int> fit);

/// Each adds a command to the group `nca mnist`.
void add_mnist_train(CLI::App& group);
void add_mnist_eval(CLI::App& group);
void add_mnist_curves(CLI::App& group);
void add_mnist_run(CLI::App& group);

} // namespace program

#endif // NCA_EXAMPLES_NCA_MNIST_PROGRAM_HPP

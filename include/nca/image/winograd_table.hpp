// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_WINOGRAD_TABLE_HPP
#define NCA_IMAGE_WINOGRAD_TABLE_HPP

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/image/convolution_kernel.hpp>
#include <nca/image/indirection.hpp>
#include <nca/image/window.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// Convolutions of 3x3 pixels and stride 1 by the minimal filtering of Winograd, F(2x2, 3x3) (Lavin and Gray, Fast
/// Algorithms for Convolutional Neural Networks, 2016): 2x2 outputs from 4x4 inputs with 16 products instead of 36.
///
/// With d the inputs, g the kernel and * the product of elements, the outputs are A^T [(G g G^T) * (B^T d B)] A, summed
/// over the input channels before A. The larger F(4x4, 3x3) would save more products, at ten times the rounding error,
/// which changes some choices of max pooling.
namespace nca::image {

namespace detail {
inline constexpr int winograd_points = 16; ///< products per tile
inline constexpr int winograd_tiles = 72;  ///< tiles transformed together: a multiple of the block heights 6 and 8
} // namespace detail

/// The pixels of the tiles of 4x4 inputs and 2x2 outputs that cover an image.
struct WinogradTable {
    int tiles = 0;
    std::vector<std::int32_t> inputs{};  ///< [tiles, 16]: pixels, -1 for zero
    std::vector<std::int32_t> outputs{}; ///< [tiles, 4]: pixels, -1 outside the image
    Indirection full{};                  ///< the products of a full round of tiles, as a convolution
    Indirection rest{};                  ///< those of the last round

    /// Tiles of the round that starts with a tile.
    [[nodiscard]] int round(int first) const noexcept { return std::min(detail::winograd_tiles, tiles - first); }
};

/// True if the window can be computed by `convolve_winograd`.
[[nodiscard]] constexpr bool suits_winograd(const Window& window) noexcept {
    return window.size == 3 && window.stride == 1;
}

/// Values of scratch memory for convolutions of so many channels.
[[nodiscard]] constexpr std::size_t winograd_scratch(int inputs, int outputs) noexcept {
    return static_cast<std::size_t>(detail::winograd_points * detail::winograd_tiles) *
           static_cast<std::size_t>(padded(inputs) + padded(outputs));
}

/// The table of a window on an image of height x width pixels. Preconditions: the window suits and fits. Allocates.
[[nodiscard]] inline WinogradTable winograd_table(const Window& window, int height, int width) {
    WinogradTable table;
    const int rows = window.outputs(height);
    const int columns = window.outputs(width);
    for (int y = 0; y < rows; y += 2) {
        for (int x = 0; x < columns; x += 2) {
            ++table.tiles;
            for (int i = 0; i < 4; ++i) {
                const int to_y = y + i / 2;
                const int to_x = x + i % 2;
                table.outputs.push_back(to_y < rows && to_x < columns ? to_y * columns + to_x : -1);
            }
            for (int i = 0; i < detail::winograd_points; ++i) {
                const int from_y = window.source(y, i / 4, height);
                const int from_x = window.source(x, i % 4, width);
                table.inputs.push_back(from_y >= 0 && from_x >= 0 ? from_y * width + from_x : -1);
            }
        }
    }
    // Point by point, a product of matrices: a convolution that sees one tap, another one for every point.
    const auto products = [](int tiles) {
        Indirection result;
        for (std::int32_t point = 0; point < detail::winograd_points; ++point) {
            Indirection::Group group{{point}, {}, {}};
            for (std::int32_t tile = 0; tile < tiles; ++tile) group.targets.push_back(point * tiles + tile);
            group.sources = group.targets;
            result.groups.push_back(std::move(group));
        }
        return result;
    };
    table.full = products(std::min(table.tiles, detail::winograd_tiles));
    table.rest = products(table.tiles % detail::winograd_tiles);
    return table;
}

/// The transformed weights G g G^T of a kernel of 3x3 taps: a kernel of 16 taps with the same biases. Allocates.
template <class T>
[[nodiscard]] ConvolutionKernel<T> winograd_kernel(const ConvolutionKernel<T>& kernel) {
    NCA_ASSERT(kernel.taps() == 9, "nca::image::winograd_kernel: a kernel of 3x3 taps");
    constexpr std::array<std::array<double, 3>, 4> g{
        {{1.0, 0.0, 0.0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0.0, 0.0, 1.0}}};
    ConvolutionKernel<T> result(detail::winograd_points, kernel.inputs(), kernel.outputs());
    for (int input = 0; input < kernel.inputs(); ++input) {
        for (int output = 0; output < kernel.outputs(); ++output) {
            result.bias(output) = kernel.biases()[output];
            std::array<double, 9> taps{};
            for (int tap = 0; tap < 9; ++tap) {
                taps[static_cast<std::size_t>(tap)] = static_cast<double>(kernel.weight(tap, input, output));
            }
            for (int point = 0; point < detail::winograd_points; ++point) {
                const auto& row = g[static_cast<std::size_t>(point / 4)];
                const auto& column = g[static_cast<std::size_t>(point % 4)];
                double sum = 0.0;
                for (std::size_t tap = 0; tap < 9; ++tap) sum += row[tap / 3] * taps[tap] * column[tap % 3];
                result.weight(point, input, output) = static_cast<T>(sum);
            }
        }
    }
    return result;
}

} // namespace nca::image

#endif // NCA_IMAGE_WINOGRAD_TABLE_HPP

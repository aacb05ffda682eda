// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_WINOGRAD_HPP
#define NCA_IMAGE_WINOGRAD_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/image/convolution.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/simd/batch.hpp>

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
namespace nca::inline NCA_ABI::image {

namespace detail {
inline constexpr int winograd_points = 16; ///< products per tile
/// Tiles transformed together: a multiple of the block heights 6 and 8, and so few that their transformed inputs and
/// products, 590 kB for 64 channels, stay in a second-level cache.
inline constexpr int winograd_tiles = 72;
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

} // namespace nca::inline NCA_ABI::image

namespace nca::inline NCA_ABI::image::inline NCA_ISA {

namespace isa_detail {

/// The registers of one tile, row-major.
template <class T, int Size>
using WinogradBlock = std::array<Vec<T>, static_cast<std::size_t>(Size)>;

/// Applies `transform(in, out)`, from In to Out values, to the columns of [In, Columns] values: [Columns, Out].
template <int In, int Out, int Columns, class T, class F>
[[nodiscard]] NCA_INLINE WinogradBlock<T, Columns * Out> transform_columns(const WinogradBlock<T, In * Columns>& block,
                                                                           F&& transform) noexcept {
    constexpr auto columns = static_cast<std::size_t>(Columns);
    WinogradBlock<T, Columns * Out> result;
    NCA_UNROLL
    for (std::size_t column = 0; column < columns; ++column) {
        WinogradBlock<T, In> from;
        WinogradBlock<T, Out> to;
        NCA_UNROLL
        for (std::size_t i = 0; i < from.size(); ++i) from[i] = block[i * columns + column];
        transform(from, to);
        NCA_UNROLL
        for (std::size_t i = 0; i < to.size(); ++i) result[column * to.size() + i] = to[i];
    }
    return result;
}

/// Applies `transform` to all columns and then to all rows of In x In values.
template <int In, int Out, class T, class F>
[[nodiscard]] NCA_INLINE WinogradBlock<T, Out * Out> transform_both(const WinogradBlock<T, In * In>& block,
                                                                    F&& transform) noexcept {
    return transform_columns<In, Out, Out, T>(transform_columns<In, Out, In, T>(block, transform), transform);
}

/// A view of `tiles` transformed tiles: [16, tiles, padded(channels)].
template <class T>
[[nodiscard]] FeatureMaps<T> transformed_maps(T* values, int tiles, int channels) noexcept {
    return {values, detail::winograd_points, tiles, channels, padded(channels)};
}

/// Transforms the pixels of the tiles from `first` on, Size of each; missing ones are zero.
template <int Size, class T, class F>
void winograd_gather(const FeatureMaps<const T>& maps, const std::int32_t* pixels, FeatureMaps<T> transformed,
                     F&& transform) noexcept {
    constexpr int side = Size == 16 ? 4 : 2;
    for (int tile = 0; tile < transformed.width; ++tile, pixels += Size) {
        for (int c = 0; c < maps.stride; c += Vec<T>::size) {
            WinogradBlock<T, Size> values;
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] = pixels[i] >= 0 ? load(maps.pixel(pixels[i]) + c) : Vec<T>(T(0));
            }
            const auto block = transform_both<side, 4, T>(values, transform);
            for (int point = 0; point < detail::winograd_points; ++point) {
                store(transformed.pixel(point, tile) + c, block[static_cast<std::size_t>(point)]);
            }
        }
    }
}

/// Transforms the tiles back to Size pixels each and calls use(pixel, channel, value) for those inside the image.
template <int Size, class T, class F, class Use>
void winograd_scatter(const FeatureMaps<const T>& transformed, const std::int32_t* pixels, F&& transform,
                      Use&& use) noexcept {
    constexpr int side = Size == 16 ? 4 : 2;
    for (int tile = 0; tile < transformed.width; ++tile, pixels += Size) {
        for (int c = 0; c < transformed.stride; c += Vec<T>::size) {
            WinogradBlock<T, detail::winograd_points> points;
            for (int point = 0; point < detail::winograd_points; ++point) {
                points[static_cast<std::size_t>(point)] = load(transformed.pixel(point, tile) + c);
            }
            const auto block = transform_both<4, side, T>(points, transform);
            for (std::size_t i = 0; i < block.size(); ++i) {
                if (pixels[i] >= 0) use(pixels[i], c, block[i]);
            }
        }
    }
}

/// Round by round: transforms tiles of From pixels of `in`, multiplies them by the kernel, transforms the products back
/// to To pixels, and calls use(pixel, channel, value).
template <int From, int To, class T, class Into, class Back, class Use>
void winograd_rounds(const WinogradTable& table, const ConvolutionKernel<T>& kernel, FeatureMaps<const T> in,
                     const std::int32_t* from, const std::int32_t* to, T* scratch, Into&& into, Back&& back,
                     Use&& use) noexcept {
    for (std::ptrdiff_t first = 0; first < table.tiles; first += detail::winograd_tiles) {
        const int tiles = table.round(static_cast<int>(first));
        const auto inputs = transformed_maps(scratch, tiles, kernel.inputs());
        const auto products = transformed_maps(scratch + inputs.size(), tiles, kernel.outputs());
        winograd_gather<From, T>(in, from + first * From, inputs, into);
        convolve<T>(tiles == detail::winograd_tiles ? table.full : table.rest, kernel, inputs, nullptr, false,
                    Epilogue::none, nullptr, products);
        winograd_scatter<To, T>(products, to + first * To, back, use);
    }
}

} // namespace isa_detail

/// out = the convolution of `in`, with a ReLU if `relu`; `transformed` is the winograd_kernel() of its kernel.
///
/// scratch: winograd_scratch() values. Lanes run over channels; sums over inputs are those of `convolve`. Has about
/// twice the rounding error of the direct sum. Overwrites. Allocates nothing.
template <class T>
void convolve_winograd(const WinogradTable& table, const ConvolutionKernel<T>& transformed, FeatureMaps<const T> in,
                       bool relu, T* scratch, FeatureMaps<T> out) noexcept {
    isa_detail::winograd_rounds<16, 4>(
        table, transformed, in, table.inputs.data(), table.outputs.data(), scratch,
        [](const auto& d, auto& t) {
            t[0] = d[0] - d[2];
            t[1] = d[1] + d[2];
            t[2] = d[2] - d[1];
            t[3] = d[1] - d[3];
        },
        [](const auto& m, auto& o) {
            o[0] = m[0] + m[1] + m[2];
            o[1] = m[1] - m[2] - m[3];
        },
        [&](int pixel, int channel, Vec<T> value) {
            value = value + load(transformed.biases() + channel);
            store(out.pixel(pixel) + channel, relu ? max(value, Vec<T>(T(0))) : value);
        });
}

/// The pullback of `convolve_winograd` without its ReLU: every stage transposed, in reverse order, so that it holds for
/// any padding mode. `transposed` is the winograd_kernel() with inputs and outputs exchanged.
///
/// scratch: winograd_scratch() values. Adds to `in_adjoint`, tile after tile. Allocates nothing.
template <class T>
void convolve_winograd_pullback(const WinogradTable& table, const ConvolutionKernel<T>& transposed,
                                FeatureMaps<const T> out_adjoint, T* scratch, FeatureMaps<T> in_adjoint) noexcept {
    isa_detail::winograd_rounds<4, 16>(
        table, transposed, out_adjoint, table.outputs.data(), table.inputs.data(), scratch,
        [](const auto& g, auto& m) {
            m[0] = g[0];
            m[1] = g[0] + g[1];
            m[2] = g[0] - g[1];
            m[3] = Vec<T>(T(0)) - g[1];
        },
        [](const auto& t, auto& d) {
            d[0] = t[0];
            d[1] = t[1] - t[2] + t[3];
            d[2] = t[1] + t[2] - t[0];
            d[3] = Vec<T>(T(0)) - t[3];
        },
        [&](int pixel, int channel, Vec<T> value) {
            T* const target = in_adjoint.pixel(pixel) + channel;
            store(target, load(target) + value);
        });
}

} // namespace nca::inline NCA_ABI::image::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_WINOGRAD_HPP

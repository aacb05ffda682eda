// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_WINOGRAD_HPP
#define NCA_IMAGE_WINOGRAD_HPP

#include <nca/core/config.hpp>
#include <nca/image/convolution.hpp>
#include <nca/image/convolution_kernel.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/winograd_table.hpp>
#include <nca/simd/batch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace nca::image::inline NCA_ISA {

namespace isa_detail {

/// The registers of one tile, row-major.
template <class T, int Size>
using WinogradBlock = std::array<Vec<T>, static_cast<std::size_t>(Size)>;

/// Applies `transform(in, out)`, from In to Out values, to all columns and then to all rows of In x In values.
template <int In, int Out, class T, class F>
[[nodiscard]] NCA_INLINE WinogradBlock<T, Out * Out> transform_both(const WinogradBlock<T, In * In>& block,
                                                                    F&& transform) noexcept {
    constexpr auto in_size = static_cast<std::size_t>(In);
    constexpr auto out_size = static_cast<std::size_t>(Out);
    WinogradBlock<T, Out * In> half;
    WinogradBlock<T, Out * Out> result;
    NCA_UNROLL
    for (std::size_t column = 0; column < in_size; ++column) {
        std::array<Vec<T>, in_size> from;
        std::array<Vec<T>, out_size> to;
        NCA_UNROLL
        for (std::size_t i = 0; i < in_size; ++i) from[i] = block[i * in_size + column];
        transform(from, to);
        NCA_UNROLL
        for (std::size_t i = 0; i < out_size; ++i) half[i * in_size + column] = to[i];
    }
    NCA_UNROLL
    for (std::size_t row = 0; row < out_size; ++row) {
        std::array<Vec<T>, in_size> from;
        std::array<Vec<T>, out_size> to;
        NCA_UNROLL
        for (std::size_t i = 0; i < in_size; ++i) from[i] = half[row * in_size + i];
        transform(from, to);
        NCA_UNROLL
        for (std::size_t i = 0; i < out_size; ++i) result[row * out_size + i] = to[i];
    }
    return result;
}

/// A view of `tiles` transformed tiles: [16, tiles, padded(channels)].
template <class T>
[[nodiscard]] FeatureMaps<T> transformed_maps(T* values, int tiles, int channels) noexcept {
    return {values, detail::winograd_points, tiles, channels, padded(channels)};
}

/// Reads Size pixels of a map at a channel; missing ones are zero.
template <int Size, class T>
[[nodiscard]] NCA_INLINE WinogradBlock<T, Size> gather(const FeatureMaps<const T>& maps, const std::int32_t* pixels,
                                                       int channel) noexcept {
    WinogradBlock<T, Size> block;
    for (std::size_t i = 0; i < block.size(); ++i) {
        block[i] = pixels[i] >= 0 ? load(maps.pixel(pixels[i]) + channel) : Vec<T>(T(0));
    }
    return block;
}

/// Transforms the pixels of the tiles from `first` on, Size of each: transformed = transform(gather(pixels)).
template <int Size, class T, class F>
void winograd_gather(const FeatureMaps<const T>& maps, const std::int32_t* pixels, FeatureMaps<T> transformed,
                     F&& transform) noexcept {
    constexpr int side = Size == 16 ? 4 : 2;
    for (int tile = 0; tile < transformed.width; ++tile, pixels += Size) {
        for (int c = 0; c < maps.stride; c += Vec<T>::size) {
            const auto block = transform_both<side, 4, T>(gather<Size, T>(maps, pixels, c), transform);
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
/// scratch: winograd_scratch() values. Lanes run over channels; sums over inputs are those of `convolve`. Differs from
/// the direct sum only by rounding, with about twice its error. Overwrites. Allocates nothing.
///
/// Rounds of 72 tiles: their transformed inputs and products, 590 kB for 64 channels, stay in a second-level cache.
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

} // namespace nca::image::inline NCA_ISA

#endif // NCA_IMAGE_WINOGRAD_HPP

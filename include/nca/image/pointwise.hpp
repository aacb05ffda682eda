// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_POINTWISE_HPP
#define NCA_IMAGE_POINTWISE_HPP

#include <nca/core/config.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace nca::image {

/// The preprocessing of colours before the first layer of a network: input[c] = sum over the colours i of
/// matrix[c][i] * rgb[i] + offset[c].
struct ColourTransform {
    std::array<std::array<double, 3>, 3> matrix{{{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
    std::array<double, 3> offset{};
};

inline namespace NCA_ISA {

/// out [height, width, 3 channels] = the transformed colours of an image [height, width, 3] without padding. The
/// padding of `out` becomes zero. Overwrites. Allocates nothing.
template <class T>
void transform_colours(const ColourTransform& transform, const T* rgb, FeatureMaps<T> out) noexcept {
    for (int pixel = 0; pixel < out.pixels(); ++pixel, rgb += 3) {
        T* const target = out.pixel(pixel);
        std::fill_n(target, out.stride, T(0));
        for (std::size_t c = 0; c < 3; ++c) {
            T sum = static_cast<T>(transform.offset[c]);
            for (std::size_t i = 0; i < 3; ++i) {
                sum = multiply_add(static_cast<T>(transform.matrix[c][i]), rgb[i], sum);
            }
            target[c] = sum;
        }
    }
}

/// The pullback of `transform_colours`: the adjoint of rgb[i] is the sum over c of matrix[c][i] * adjoint[c].
/// Overwrites `rgb_adjoint` [height, width, 3]. Allocates nothing.
template <class T>
void transform_colours_pullback(const ColourTransform& transform, FeatureMaps<const T> adjoint,
                                T* rgb_adjoint) noexcept {
    for (int pixel = 0; pixel < adjoint.pixels(); ++pixel, rgb_adjoint += 3) {
        const T* const g = adjoint.pixel(pixel);
        for (std::size_t i = 0; i < 3; ++i) {
            T sum = T(0);
            for (std::size_t c = 0; c < 3; ++c) {
                sum = multiply_add(static_cast<T>(transform.matrix[c][i]), g[c], sum);
            }
            rgb_adjoint[i] = sum;
        }
    }
}

/// out = max(in, 0). Lanes run over all values. Overwrites. Allocates nothing.
template <class T>
void relu(FeatureMaps<const T> in, FeatureMaps<T> out) noexcept {
    for (std::size_t i = 0; i < in.size(); i += static_cast<std::size_t>(Vec<T>::size)) {
        store(out.values + i, max(load(in.values + i), Vec<T>(T(0))));
    }
}

/// The pullback of `relu`: in_adjoint = (or += if `add`) the adjoint where the output is greater than
/// zero. in_adjoint may be out_adjoint. Allocates nothing.
template <class T>
void relu_pullback(FeatureMaps<const T> out, FeatureMaps<const T> out_adjoint, bool add,
                   FeatureMaps<T> in_adjoint) noexcept {
    for (std::size_t i = 0; i < out.size(); i += static_cast<std::size_t>(Vec<T>::size)) {
        const Vec<T> passed = keep_where_positive(load(out.values + i), load(out_adjoint.values + i));
        store(in_adjoint.values + i, add ? load(in_adjoint.values + i) + passed : passed);
    }
}

/// Writes the channels of `part` to the channels of `whole` from `first` on. Concatenation applies it to every part;
/// the padding of `whole` is not written. Allocates nothing.
template <class T>
void insert_channels(FeatureMaps<const T> part, int first, FeatureMaps<T> whole) noexcept {
    for (int pixel = 0; pixel < part.pixels(); ++pixel) {
        std::copy_n(part.pixel(pixel), part.channels, whole.pixel(pixel) + first);
    }
}

/// The pullback of `insert_channels`: part_adjoint = (or += if `add`) the channels of whole_adjoint from
/// `first` on. Allocates nothing.
template <class T>
void insert_channels_pullback(FeatureMaps<const T> whole_adjoint, int first, bool add,
                              FeatureMaps<T> part_adjoint) noexcept {
    for (int pixel = 0; pixel < part_adjoint.pixels(); ++pixel) {
        const T* const from = whole_adjoint.pixel(pixel) + first;
        T* const to = part_adjoint.pixel(pixel);
        for (int c = 0; c < part_adjoint.channels; ++c) to[c] = add ? to[c] + from[c] : from[c];
        if (!add) std::fill(to + part_adjoint.channels, to + part_adjoint.stride, T(0));
    }
}

} // namespace NCA_ISA

} // namespace nca::image

#endif // NCA_IMAGE_POINTWISE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_POINTWISE_HPP
#define NCA_IMAGE_POINTWISE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

/// The layers without windows, forward and pullback. They overwrite what they compute, and allocate nothing.
namespace nca::inline NCA_ABI::image {

/// The preprocessing of colours before the first layer of a network: input[c] = sum over the colours i of
/// matrix[c][i] * rgb[i] + offset[c].
struct ColourTransform {
    std::array<std::array<double, 3>, 3> matrix{{{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
    std::array<double, 3> offset{};

    /// scale * rgb + offset, colour by colour.
    [[nodiscard]] static constexpr ColourTransform scaled(const std::array<double, 3>& scale,
                                                          const std::array<double, 3>& offset) noexcept {
        return {{{{scale[0], 0.0, 0.0}, {0.0, scale[1], 0.0}, {0.0, 0.0, scale[2]}}}, offset};
    }
};

inline namespace NCA_ISA {

/// out [height, width, 3 channels] = the transformed colours of an image [height, width, 3]; its padding becomes zero.
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

/// The pullback of `transform_colours`: overwrites `rgb_adjoint` [height, width, 3].
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

/// out = max(in, 0). Lanes run over all values.
template <class T>
void relu(FeatureMaps<const T> in, FeatureMaps<T> out) noexcept {
    for (std::size_t i = 0; i < in.size(); i += static_cast<std::size_t>(Vec<T>::size)) {
        store(out.values + i, max(load(in.values + i), Vec<T>(T(0))));
    }
}

/// The pullback of `relu`: in_adjoint, which may be out_adjoint, = (or += if `add`) the adjoint where out > 0.
template <class T>
void relu_pullback(FeatureMaps<const T> out, FeatureMaps<const T> out_adjoint, bool add,
                   FeatureMaps<T> in_adjoint) noexcept {
    for (std::size_t i = 0; i < out.size(); i += static_cast<std::size_t>(Vec<T>::size)) {
        const Vec<T> passed = keep_where_positive(load(out.values + i), load(out_adjoint.values + i));
        store(in_adjoint.values + i, add ? load(in_adjoint.values + i) + passed : passed);
    }
}

/// Writes the channels of `part`, without padding, to those of `whole` from `first` on: a step of a concatenation.
template <class T>
void insert_channels(FeatureMaps<const T> part, int first, FeatureMaps<T> whole) noexcept {
    for (int pixel = 0; pixel < part.pixels(); ++pixel) {
        std::copy_n(part.pixel(pixel), part.channels, whole.pixel(pixel) + first);
    }
}

/// The pullback of `insert_channels`: part_adjoint = (or += if `add`) the channels of whole_adjoint from `first` on.
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

/// Local response normalisation with exponent 1/2, as in InceptionV1: every channel is divided by
/// sqrt(offset + alpha / size * sum of the squares of the `size` channels around it).
struct ResponseNormalisation {
    /// The maximum window, half of which fits on either side of a row in scratch memory.
    static constexpr int max_size = 2 * lane_padding + 1;

    int size = 9; ///< channels of the window, odd
    double alpha = 1e-4;
    double offset = 1.0;

    /// Values of scratch memory for that many channels.
    [[nodiscard]] static constexpr std::size_t scratch_size(int channels) noexcept {
        return static_cast<std::size_t>(padded(channels) + 2 * lane_padding);
    }
};

inline namespace NCA_ISA {

namespace isa_detail {

/// Calls use(first channel, sum of terms[c - half .. c + half] of its lanes) for all registers of a row of terms that
/// has zeros around it.
template <class T, class F>
NCA_INLINE void for_each_window_sum(const T* terms, int stride, int half, F&& use) noexcept {
    for (int c = 0; c < stride; c += Vec<T>::size) {
        Vec<T> sum = load(terms + c - half);
        for (int i = 1 - half; i <= half; ++i) sum = sum + load(terms + c + i);
        use(c, sum);
    }
}

} // namespace isa_detail

/// out[c] = in[c] / sqrt(offset + alpha / size * sum of in[c']^2 over the channels c' of the window around c), for
/// every pixel; channels out of range count as zero.
///
/// scratch: scratch_size(in.channels) values. Lanes run over the channels.
template <class T>
void normalise_response(const ResponseNormalisation& norm, FeatureMaps<const T> in, T* scratch,
                        FeatureMaps<T> out) noexcept {
    constexpr int lanes = Vec<T>::size;
    std::memset(scratch, 0, ResponseNormalisation::scratch_size(in.channels) * sizeof(T));
    T* const squares = scratch + lane_padding;
    const Vec<T> scale(static_cast<T>(norm.alpha / norm.size));
    const Vec<T> offset(static_cast<T>(norm.offset));
    for (int pixel = 0; pixel < in.pixels(); ++pixel) {
        const T* const x = in.pixel(pixel);
        for (int c = 0; c < in.stride; c += lanes) store(squares + c, load(x + c) * load(x + c));
        isa_detail::for_each_window_sum(squares, in.stride, norm.size / 2, [&](int c, Vec<T> sum) {
            store(out.pixel(pixel) + c, load(x + c) / sqrt(fma(scale, sum, offset)));
        });
    }
}

/// The pullback of `normalise_response`. With s[c] the radicand and g the adjoint of the output,
/// in_adjoint[c] = g[c] s[c]^-1/2 - alpha / size * in[c] * sum of g[c'] in[c'] s[c']^-3/2 over the window around c.
///
/// s is recomputed. scratch: twice scratch_size(in.channels) values.
template <class T>
void normalise_response_pullback(const ResponseNormalisation& norm, FeatureMaps<const T> in,
                                 FeatureMaps<const T> out_adjoint, T* scratch, FeatureMaps<T> in_adjoint) noexcept {
    constexpr int lanes = Vec<T>::size;
    const std::size_t size = ResponseNormalisation::scratch_size(in.channels);
    std::memset(scratch, 0, 2 * size * sizeof(T));
    T* const squares = scratch + lane_padding;
    T* const terms = squares + size;
    const Vec<T> scale(static_cast<T>(norm.alpha / norm.size));
    const Vec<T> offset(static_cast<T>(norm.offset));
    for (int pixel = 0; pixel < in.pixels(); ++pixel) {
        const T* const x = in.pixel(pixel);
        const T* const g = out_adjoint.pixel(pixel);
        T* const adjoint = in_adjoint.pixel(pixel);
        for (int c = 0; c < in.stride; c += lanes) store(squares + c, load(x + c) * load(x + c));
        isa_detail::for_each_window_sum(squares, in.stride, norm.size / 2, [&](int c, Vec<T> sum) {
            const Vec<T> s = fma(scale, sum, offset);
            const Vec<T> direct = load(g + c) / sqrt(s);
            store(adjoint + c, direct);
            store(terms + c, direct * load(x + c) / s);
        });
        isa_detail::for_each_window_sum(terms, in.stride, norm.size / 2, [&](int c, Vec<T> sum) {
            store(adjoint + c, load(adjoint + c) - scale * load(x + c) * sum);
        });
    }
}

} // namespace NCA_ISA

} // namespace nca::inline NCA_ABI::image

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_POINTWISE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_RESPONSE_NORMALISATION_HPP
#define NCA_IMAGE_RESPONSE_NORMALISATION_HPP

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/simd/batch.hpp>

#include <cstddef>
#include <cstring>

namespace nca::image {

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
/// scratch: scratch_size(in.channels) values. Lanes run over the channels. Overwrites. Allocates nothing.
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
/// s is recomputed. scratch: twice scratch_size(in.channels) values. Overwrites `in_adjoint`. Allocates nothing.
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

} // namespace nca::image

#endif // NCA_IMAGE_RESPONSE_NORMALISATION_HPP

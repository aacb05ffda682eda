// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_POOLING_HPP
#define NCA_IMAGE_POOLING_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>

/// Pooling of feature maps, forward and pullback. Lanes run over the channels; the pixels of a window are visited in
/// row-major order. Only pixels inside the image count. Nothing here allocates.
namespace nca::inline NCA_ABI::image::inline NCA_ISA {

namespace isa_detail {

/// The part of a window inside the image.
struct PoolRange {
    int y_begin;
    int y_end;
    int x_begin;
    int x_end;

    [[nodiscard]] int pixels() const noexcept { return (y_end - y_begin) * (x_end - x_begin); }
};

template <class T>
[[nodiscard]] PoolRange whole_range(const FeatureMaps<T>& maps) noexcept {
    return {0, maps.height, 0, maps.width};
}

/// Calls use(register of a pixel) for all pixels of a range, at the channels from `channel` on.
template <class T, class F>
NCA_INLINE void for_each_pixel(const PoolRange& range, const FeatureMaps<T>& maps, int channel, F&& use) noexcept {
    for (int y = range.y_begin; y < range.y_end; ++y) {
        for (int x = range.x_begin; x < range.x_end; ++x) use(maps.pixel(y, x) + channel);
    }
}

/// Calls use(pixel of the output, range of the input) for every output.
template <class F>
void for_each_pool(const Window& window, int height, int width, F&& use) noexcept {
    const int columns = window.outputs(width);
    for (int y = 0; y < window.outputs(height); ++y) {
        for (int x = 0; x < columns; ++x) {
            const int top = y * window.stride - window.before(height);
            const int left = x * window.stride - window.before(width);
            use(y * columns + x, PoolRange{std::max(top, 0), std::min(top + window.size, height), std::max(left, 0),
                                           std::min(left + window.size, width)});
        }
    }
}

/// out = the mean of the pixels of a range.
template <class T>
void mean_of(const PoolRange& range, const FeatureMaps<const T>& in, T* out) noexcept {
    const Vec<T> scale(T(1) / static_cast<T>(range.pixels()));
    for (int c = 0; c < in.stride; c += Vec<T>::size) {
        Vec<T> sum(T(0));
        for_each_pixel(range, in, c, [&](const T* pixel) { sum = sum + load(pixel); });
        store(out + c, sum * scale);
    }
}

/// The pullback of `mean_of`: the adjoint, divided by the number of pixels, goes to each of them. Adds to `in_adjoint`.
template <class T>
void mean_of_pullback(const PoolRange& range, const T* out_adjoint, const FeatureMaps<T>& in_adjoint) noexcept {
    const Vec<T> scale(T(1) / static_cast<T>(range.pixels()));
    for (int c = 0; c < in_adjoint.stride; c += Vec<T>::size) {
        const Vec<T> part = load(out_adjoint + c) * scale;
        for_each_pixel(range, in_adjoint, c, [&](T* pixel) { store(pixel, load(pixel) + part); });
    }
}

} // namespace isa_detail

/// out = the maximum of each window. Overwrites. Precondition: out has the sizes that the window gives.
template <class T>
void max_pool(const Window& window, FeatureMaps<const T> in, FeatureMaps<T> out) noexcept {
    isa_detail::for_each_pool(window, in.height, in.width, [&](int pixel, const isa_detail::PoolRange& range) {
        for (int c = 0; c < in.stride; c += Vec<T>::size) {
            Vec<T> largest = load(in.pixel(range.y_begin, range.x_begin) + c);
            isa_detail::for_each_pixel(range, in, c, [&](const T* from) { largest = max(largest, load(from)); });
            store(out.pixel(pixel) + c, largest);
        }
    });
}

/// The pullback of `max_pool`: the adjoint of an output goes to the first input of its window that equals it; with
/// `gated`, only where the output is greater than zero, which is the pullback of a ReLU that made the inputs as well.
/// in and out: what the forward pass read and wrote. Adds to `in_adjoint`.
template <class T>
void max_pool_pullback(const Window& window, FeatureMaps<const T> in, FeatureMaps<const T> out,
                       FeatureMaps<const T> out_adjoint, bool gated, FeatureMaps<T> in_adjoint) noexcept {
    isa_detail::for_each_pool(window, in.height, in.width, [&](int pixel, const isa_detail::PoolRange& range) {
        for (int c = 0; c < in.stride; c += Vec<T>::size) {
            const Vec<T> largest = load(out.pixel(pixel) + c);
            Vec<T> rest = load(out_adjoint.pixel(pixel) + c);
            if (gated) rest = keep_where_positive(largest, rest);
            isa_detail::for_each_pixel(range, in, c, [&](const T* from) {
                const Vec<T> hit = keep_where_equal(load(from), largest, rest);
                T* const target = in_adjoint.values + (from - in.values);
                store(target, load(target) + hit);
                rest = rest - hit;
            });
        }
    });
}

/// out = the mean of each window. Overwrites. Precondition: out has the sizes that the window gives.
template <class T>
void mean_pool(const Window& window, FeatureMaps<const T> in, FeatureMaps<T> out) noexcept {
    isa_detail::for_each_pool(window, in.height, in.width, [&](int pixel, const isa_detail::PoolRange& range) {
        isa_detail::mean_of<T>(range, in, out.pixel(pixel));
    });
}

/// The pullback of `mean_pool`. Adds to `in_adjoint`.
template <class T>
void mean_pool_pullback(const Window& window, FeatureMaps<const T> out_adjoint, FeatureMaps<T> in_adjoint) noexcept {
    isa_detail::for_each_pool(window, in_adjoint.height, in_adjoint.width,
                              [&](int pixel, const isa_detail::PoolRange& range) {
                                  isa_detail::mean_of_pullback<T>(range, out_adjoint.pixel(pixel), in_adjoint);
                              });
}

/// out [1, 1, channels] = the mean over all pixels. Overwrites.
template <class T>
void global_mean(FeatureMaps<const T> in, FeatureMaps<T> out) noexcept {
    isa_detail::mean_of<T>(isa_detail::whole_range(in), in, out.values);
}

/// The pullback of `global_mean`. Adds to `in_adjoint`.
template <class T>
void global_mean_pullback(FeatureMaps<const T> out_adjoint, FeatureMaps<T> in_adjoint) noexcept {
    isa_detail::mean_of_pullback<T>(isa_detail::whole_range(in_adjoint), out_adjoint.values, in_adjoint);
}

} // namespace nca::inline NCA_ABI::image::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_POOLING_HPP

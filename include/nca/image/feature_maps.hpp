// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_FEATURE_MAPS_HPP
#define NCA_IMAGE_FEATURE_MAPS_HPP

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <cstddef>
#include <type_traits>

namespace nca::image {

/// A non-owning view of the feature maps of an image: pixels in row-major order, the channels of a pixel contiguous and
/// padded with zeros, so that it is a matrix [height * width, stride] whose first `channels` columns are in use. T may
/// be const.
template <class T>
struct FeatureMaps {
    T* values = nullptr; ///< [height, width, stride]
    int height = 0;
    int width = 0;
    int channels = 0;
    int stride = 0; ///< values between pixels: padded(channels)

    [[nodiscard]] constexpr int pixels() const noexcept { return height * width; }
    /// The number of values, padding included.
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        return static_cast<std::size_t>(pixels()) * static_cast<std::size_t>(stride);
    }
    /// The channels of the pixel with a row-major index.
    [[nodiscard]] constexpr T* pixel(int index) const noexcept {
        return values + static_cast<std::ptrdiff_t>(index) * stride;
    }
    /// The channels of the pixel at some coordinates.
    [[nodiscard]] constexpr T* pixel(int y, int x) const noexcept { return pixel(y * width + x); }
    constexpr operator FeatureMaps<const T>() const noexcept requires(!std::is_const_v<T>) {
        return {values, height, width, channels, stride};
    }
};

} // namespace nca::image

#endif // NCA_IMAGE_FEATURE_MAPS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_BLUR_HPP
#define NCA_SYSTEMS_TEXTURE_BLUR_HPP

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

/// One level of a Gaussian pyramid of images [height, width, 3]: blur, downsampling by 2, and their pullbacks (muNCA
/// notebook).
namespace nca::texture::inline NCA_ISA {

namespace isa_detail {

/// exp(-d^2 / 2) at the distances 0, 1 and 2, normalised so that the five taps sum to 1.
inline constexpr std::array<float, 3> gaussian{0.4026200F, 0.2442013F, 0.0544887F};

/// Calls visit(to, from, weight) for every pair of values that a blur along one axis connects.
template <class Visit>
NCA_INLINE void for_each_tap(int height, int width, bool vertical, Visit&& visit) {
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const std::ptrdiff_t to = (static_cast<std::ptrdiff_t>(y) * width + x) * 3;
            for (int d = -2; d <= 2; ++d) {
                const int row = vertical ? reflected(y + d, height) : y;
                const int column = vertical ? x : reflected(x + d, width);
                const std::ptrdiff_t from = (static_cast<std::ptrdiff_t>(row) * width + column) * 3;
                const float weight = gaussian[static_cast<std::size_t>(d < 0 ? -d : d)];
                for (int c = 0; c < 3; ++c) visit(to + c, from + c, weight);
            }
        }
    }
}

/// Calls visit(to, from) for every value that halving keeps.
template <class Visit>
void for_each_kept(int height, int width, Visit&& visit) {
    std::size_t to = 0;
    for (int y = 0; y < height; y += 2) {
        for (int x = 0; x < width; x += 2) {
            const auto from = static_cast<std::size_t>((static_cast<std::ptrdiff_t>(y) * width + x) * 3);
            for (std::size_t c = 0; c < 3; ++c) visit(to++, from + c);
        }
    }
}

} // namespace isa_detail

/// Overwrites `to` with the image, blurred by a 5-tap Gaussian with a standard deviation of 1 and reflecting borders.
/// `rows`: scratch memory of at least the image's size. Precondition: at least three pixels along each side.
inline void blur(std::span<const float> image, int height, int width, std::span<float> rows, std::span<float> to) {
    std::fill_n(rows.begin(), image.size(), 0.0F);
    std::fill(to.begin(), to.end(), 0.0F);
    const auto add = [](float* sum, const float* from) {
        return [=](std::ptrdiff_t t, std::ptrdiff_t f, float weight) { sum[t] += weight * from[f]; };
    };
    isa_detail::for_each_tap(height, width, false, add(rows.data(), image.data()));
    isa_detail::for_each_tap(height, width, true, add(to.data(), rows.data()));
}

/// The pullback of blur: adds to `image_adjoint`.
inline void blur_pullback(std::span<const float> adjoint, int height, int width, std::span<float> rows,
                          std::span<float> image_adjoint) {
    std::fill_n(rows.begin(), adjoint.size(), 0.0F);
    const auto add = [](const float* of, float* sum) {
        return [=](std::ptrdiff_t t, std::ptrdiff_t f, float weight) { sum[f] += weight * of[t]; };
    };
    isa_detail::for_each_tap(height, width, true, add(adjoint.data(), rows.data()));
    isa_detail::for_each_tap(height, width, false, add(rows.data(), image_adjoint.data()));
}

/// Overwrites `to` with every second pixel of every second row, [(height + 1) / 2, (width + 1) / 2, 3].
inline void halve(std::span<const float> image, int height, int width, std::span<float> to) {
    isa_detail::for_each_kept(height, width, [&](std::size_t kept, std::size_t from) { to[kept] = image[from]; });
}

/// The pullback of halve: adds to `image_adjoint`.
inline void halve_pullback(std::span<const float> adjoint, int height, int width, std::span<float> image_adjoint) {
    isa_detail::for_each_kept(height, width,
                              [&](std::size_t kept, std::size_t to) { image_adjoint[to] += adjoint[kept]; });
}

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_BLUR_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_BLUR_HPP
#define NCA_SYSTEMS_TEXTURE_BLUR_HPP

#include <nca/core/config.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

/// One level of a pyramid of pictures, [height, width, 3]: blurring, halving, and their pullbacks.
namespace nca::texture::inline NCA_ISA {

namespace isa_detail {

/// exp(-d^2 / 2) for the distances 0, 1 and 2, divided so that all five sum to 1.
inline constexpr std::array<float, 3> gaussian{0.4026200F, 0.2442013F, 0.0544887F};

/// The pixel that a place beyond the border reflects; the border itself is not repeated.
[[nodiscard]] inline int reflected(int at, int size) noexcept {
    if (at < 0) at = -at;
    return at < size ? at : 2 * (size - 1) - at;
}

/// visit(to, from, weight) for every pair of values that a blur along one axis connects.
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

} // namespace isa_detail

/// Overwrites `to` with the picture, blurred by a Gaussian of deviation 1 and five taps, reflected at the borders.
/// `rows`: memory of the picture's size or more. Precondition: three pixels or more along each side.
inline void blur(std::span<const float> picture, int height, int width, std::span<float> rows, std::span<float> to) {
    std::fill_n(rows.begin(), picture.size(), 0.0F);
    std::fill(to.begin(), to.end(), 0.0F);
    const auto add = [](float* sum, const float* from) {
        return [=](std::ptrdiff_t t, std::ptrdiff_t f, float weight) { sum[t] += weight * from[f]; };
    };
    isa_detail::for_each_tap(height, width, false, add(rows.data(), picture.data()));
    isa_detail::for_each_tap(height, width, true, add(to.data(), rows.data()));
}

/// The pullback of blur: adds to `picture_adjoint`.
inline void blur_pullback(std::span<const float> adjoint, int height, int width, std::span<float> rows,
                          std::span<float> picture_adjoint) {
    std::fill_n(rows.begin(), adjoint.size(), 0.0F);
    const auto add = [](const float* of, float* sum) {
        return [=](std::ptrdiff_t t, std::ptrdiff_t f, float weight) { sum[f] += weight * of[t]; };
    };
    isa_detail::for_each_tap(height, width, true, add(adjoint.data(), rows.data()));
    isa_detail::for_each_tap(height, width, false, add(rows.data(), picture_adjoint.data()));
}

/// Overwrites `to` with every second pixel of every second row, [(height + 1) / 2, (width + 1) / 2, 3].
inline void halve(std::span<const float> picture, int height, int width, std::span<float> to) {
    float* next = to.data();
    for (int y = 0; y < height; y += 2) {
        for (int x = 0; x < width; x += 2, next += 3) {
            std::copy_n(picture.data() + (static_cast<std::ptrdiff_t>(y) * width + x) * 3, 3, next);
        }
    }
}

/// The pullback of halve: adds to `picture_adjoint`.
inline void halve_pullback(std::span<const float> adjoint, int height, int width, std::span<float> picture_adjoint) {
    const float* next = adjoint.data();
    for (int y = 0; y < height; y += 2) {
        for (int x = 0; x < width; x += 2, next += 3) {
            float* const to = picture_adjoint.data() + (static_cast<std::ptrdiff_t>(y) * width + x) * 3;
            for (int c = 0; c < 3; ++c) to[c] += next[c];
        }
    }
}

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_BLUR_HPP

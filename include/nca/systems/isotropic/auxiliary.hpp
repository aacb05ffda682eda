// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_AUXILIARY_HPP
#define NCA_SYSTEMS_ISOTROPIC_AUXILIARY_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/grid.hpp>
#include <nca/image/feature_maps.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string_view>
#include <vector>

/// Auxiliary channels of a target, which the channels of the state after alpha must match. They tell apart parts of the
/// picture that are nearly symmetric, where training otherwise ends in a local minimum (Growing Isotropic NCA).
namespace nca::inline NCA_ABI::isotropic {

/// A set of auxiliary channels, named as in the notebook.
enum class Auxiliary {
    noaux,   ///< none: spider web
    binary,  ///< a stripe: lizard
    minimal, ///< a stripe, and ring pattern 4: heart
    extended ///< stripes along rows and along columns, and ring patterns 2, 3 and 4
};

[[nodiscard]] constexpr std::string_view name_of(Auxiliary set) noexcept {
    constexpr std::array<std::string_view, 4> names{"noaux", "binary", "minimal", "extended"};
    return names[static_cast<std::size_t>(set)];
}

/// The number of channels of a set.
[[nodiscard]] constexpr int auxiliary_channels(Auxiliary set) noexcept {
    constexpr std::array<int, 4> channels{0, 1, 2, 5};
    return channels[static_cast<std::size_t>(set)];
}

/// The stripe at a row, or column, of `size`: -1/2 in the first half, 1/2 in the second, 0 in the middle of an odd
/// size.
[[nodiscard]] constexpr double stripe(int position, int size) noexcept {
    const int twice = 2 * position - (size - 1);
    return twice > 0 ? 0.5 : twice < 0 ? -0.5 : 0.0;
}

/// The n-th ring pattern at a distance from the centre, where 1 is the edge: half the sign of sin(n pi distance), of
/// the cosine for odd n, with linear transitions where its size is below 0.2.
[[nodiscard]] inline double ring(int n, double distance) noexcept {
    const double phase = n * std::numbers::pi * distance;
    const double value = n % 2 == 0 ? std::sin(phase) : std::cos(phase);
    return 0.5 * std::clamp(value / 0.2, -1.0, 1.0);
}

/// A target with auxiliary channels: premultiplied red, green and blue, alpha, then those of the set.
template <class T>
struct AuxiliaryTarget {
    int height = 0;
    int width = 0;
    int channels = 0;
    std::vector<T> values{}; ///< [height, width, channels]

    /// A view of this target, which must outlive it.
    [[nodiscard]] image::FeatureMaps<const T> maps() const noexcept {
        return {values.data(), height, width, channels, channels};
    }
};

/// A target with the auxiliary channels of a set, times alpha; stripes count alpha twice, as in the notebook.
/// Allocates.
template <class T, int Height, int Width>
[[nodiscard]] NCA_COLD AuxiliaryTarget<T> with_auxiliary_channels(const Grid<T, 4, Height, Width>& target,
                                                                  Auxiliary set) {
    const int height = target.extents()[0];
    const int width = target.extents()[1];
    AuxiliaryTarget<T> result{height, width, 4 + auxiliary_channels(set), {}};
    const auto coordinate = [](int position, int size) { return 2.0 * position / std::max(size - 1, 1) - 1.0; };
    const auto append = [&](double value) { result.values.push_back(static_cast<T>(value)); };
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const auto rgba = target(y, x);
            result.values.insert(result.values.end(), rgba.begin(), rgba.end());
            if (set == Auxiliary::noaux) continue;
            const auto alpha = static_cast<double>(rgba[3]);
            const double distance = std::hypot(coordinate(y, height), coordinate(x, width));
            append(stripe(y, height) * alpha * alpha);
            if (set == Auxiliary::extended) {
                append(stripe(x, width) * alpha * alpha);
                append(ring(2, distance) * alpha);
                append(ring(3, distance) * alpha);
            }
            if (set != Auxiliary::binary) append(ring(4, distance) * alpha);
        }
    }
    return result;
}

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_AUXILIARY_HPP

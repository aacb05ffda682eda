// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_POLAR_SAMPLING_HPP
#define NCA_SYSTEMS_ISOTROPIC_POLAR_SAMPLING_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/image/feature_maps.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace nca::inline NCA_ABI::isotropic {

/// Polar resampling of square pictures: a sparse matrix [angles * radii, side * side] that acts on every channel.
///
/// Bilinear, with zeros outside, at the angles 2 k / side, k = 0 ... floor(pi side), from the direction of the columns
/// to that of the rows (clockwise on the screen), and at side / 2 radii from 0.5 / side to 1, where 1 is half a side.
/// The angles are closed to a circle, although they exceed a full turn by less than one step (notebook of Growing
/// Isotropic NCA, InvariantLoss). Immutable; may be shared by threads.
template <class T>
class PolarSampling {
public:
    /// `hexagonal`: the picture lies on the hexagonal torus, whose cell (row, column) is at x = column + row / 2, y =
    /// sqrt(3) / 2 row. Precondition: at least two radii. Allocates.
    PolarSampling(int side, bool hexagonal) : side_{side} {
        NCA_ASSERT(radii() >= 2, "nca::isotropic::PolarSampling: a side of at least four pixels");
        const double innermost = 0.5 / side;
        for (int k = 0; k < angles(); ++k) {
            for (int q = 0; q < radii(); ++q) {
                const double radius = innermost + (1.0 - innermost) * q / (radii() - 1);
                double x = radius * std::cos(angle(k));
                double y = radius * std::sin(angle(k));
                if (hexagonal) {
                    x = wrapped(x - y * std::numbers::inv_sqrt3);
                    y = wrapped(y * 2.0 * std::numbers::inv_sqrt3);
                }
                add_point(((y + 1.0) * side - 1.0) / 2.0, ((x + 1.0) * side - 1.0) / 2.0);
            }
        }
    }

    [[nodiscard]] int side() const noexcept { return side_; }
    [[nodiscard]] int radii() const noexcept { return side_ / 2; }
    [[nodiscard]] int angles() const noexcept { return static_cast<int>(std::numbers::pi * side_) + 1; }
    /// The k-th angle in radians.
    [[nodiscard]] double angle(int k) const noexcept { return 2.0 * k / side_; }

    /// Overwrites `polar` [angles, radii, channels] with the samples of a picture [side, side].
    void sample(const image::FeatureMaps<const T>& picture, T* polar) const noexcept {
        const int channels = picture.channels;
        for (std::size_t point = 0; point + 1 < starts_.size(); ++point, polar += channels) {
            std::fill_n(polar, channels, T(0));
            for (std::size_t i = starts_[point]; i < starts_[point + 1]; ++i) {
                const T* const from = picture.pixel(entries_[i].pixel);
                for (int c = 0; c < channels; ++c) polar[c] += entries_[i].weight * from[c];
            }
        }
    }

    /// The pullback of sample(): overwrites the channels of `adjoint` [side, side].
    void pull_back(const T* polar_adjoint, const image::FeatureMaps<T>& adjoint) const noexcept {
        const int channels = adjoint.channels;
        for (int i = 0; i < adjoint.pixels(); ++i) std::fill_n(adjoint.pixel(i), channels, T(0));
        for (std::size_t point = 0; point + 1 < starts_.size(); ++point, polar_adjoint += channels) {
            for (std::size_t i = starts_[point]; i < starts_[point + 1]; ++i) {
                T* const to = adjoint.pixel(entries_[i].pixel);
                for (int c = 0; c < channels; ++c) to[c] += entries_[i].weight * polar_adjoint[c];
            }
        }
    }

private:
    struct Entry {
        std::int32_t pixel;
        T weight;
    };

    /// `value` moved into [-1, 1) by a multiple of 2.
    [[nodiscard]] static double wrapped(double value) noexcept { return value - 2.0 * std::floor((value + 1.0) / 2.0); }

    /// Appends the row of the matrix that samples at a place, in pixels from the centre of the first.
    void add_point(double row, double column) {
        const int top = static_cast<int>(std::floor(row));
        const int left = static_cast<int>(std::floor(column));
        for (int y = top; y <= top + 1; ++y) {
            for (int x = left; x <= left + 1; ++x) {
                if (y < 0 || y >= side_ || x < 0 || x >= side_) continue;
                const double weight = (1.0 - std::abs(row - y)) * (1.0 - std::abs(column - x));
                entries_.push_back({y * side_ + x, static_cast<T>(weight)});
            }
        }
        starts_.push_back(entries_.size());
    }

    int side_;
    std::vector<std::size_t> starts_{0}; ///< of the rows in entries_
    std::vector<Entry> entries_{};
};

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_POLAR_SAMPLING_HPP

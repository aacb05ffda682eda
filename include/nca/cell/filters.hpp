// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_FILTERS_HPP
#define NCA_CELL_FILTERS_HPP

#include <nca/core/config.hpp>

namespace nca {

/// The cells of a neighbourhood of three cells along every dimension.
[[nodiscard]] constexpr int neighbourhood_size(int rank) noexcept {
    return rank == 1 ? 3 : (rank == 2 ? 9 : 27);
}

/// The offset (-1, 0 or 1) of a neighbour along an axis; axis 0 is the last dimension (x, to the right), axis 1 the one
/// before (y, downwards), axis 2 the one before that (z). Neighbours are counted in row-major order.
[[nodiscard]] constexpr int neighbour_offset(int neighbour, int axis) noexcept {
    for (int i = 0; i < axis; ++i) neighbour /= 3;
    return neighbour % 3 - 1;
}

namespace detail {

[[nodiscard]] constexpr double binomial(int offset) noexcept {
    return offset == 0 ? 2.0 : 1.0;
}

/// Smoothing [1 2 1] along every axis but `skip`, divided so that a unit slope gives a response of one.
[[nodiscard]] constexpr double smooth_derivative(int rank, int neighbour, int skip) noexcept {
    double weight = 0.5 * neighbour_offset(neighbour, skip);
    for (int axis = 0; axis < rank; ++axis) {
        if (axis != skip) weight *= binomial(neighbour_offset(neighbour, axis)) / 4.0;
    }
    return weight;
}

} // namespace detail

/// A fixed perception filter is a type with the function `weight(rank, neighbour)`, which gives the entry of its
/// kernel; kernels are correlated with the state (no flip), each channel by itself. Any type of this form serves.

/// The cell itself.
struct Identity {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return neighbour == neighbourhood_size(rank) / 2 ? 1.0 : 0.0;
    }
};

/// The Sobel filter along x, divided by 8 in two dimensions: positive where the state grows to the right.
struct SobelX {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::smooth_derivative(rank, neighbour, 0);
    }
};

/// The Sobel filter along y, divided by 8 in two dimensions: positive where the state grows downwards.
struct SobelY {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return rank < 2 ? 0.0 : detail::smooth_derivative(rank, neighbour, 1);
    }
};

/// The Sobel filter along z, divided by 32: positive where the state grows with the slowest coordinate.
struct SobelZ {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return rank < 3 ? 0.0 : detail::smooth_derivative(rank, neighbour, 2);
    }
};

/// The nine-point Laplacian of Self-Organising Textures, [1 2 1; 2 -12 2; 1 2 1] / 8 in two dimensions.
struct Laplacian {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        double product = 1.0;
        double total = 1.0;
        for (int axis = 0; axis < rank; ++axis) {
            product *= detail::binomial(neighbour_offset(neighbour, axis));
            total *= 4.0;
        }
        return 2.0 * (product - (neighbour == neighbourhood_size(rank) / 2 ? total : 0.0)) / total;
    }
};

/// A multiple of another filter: Times<8, SobelX> is the Sobel filter with the integers that articles draw.
template <int Factor, class Filter>
struct Times {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return Factor * Filter::weight(rank, neighbour);
    }
};

namespace detail {

/// The entry of a filter on a hexagonal grid in axial coordinates: a cell (column, row) stands at (column + row / 2,
/// row * sqrt(3) / 2), so that its six neighbours are those of the square grid without the upper left and the lower
/// right one.
[[nodiscard]] constexpr double hex_weight(int rank, int neighbour, const double (&weights)[9]) noexcept {
    return rank == 2 ? weights[neighbour] / 8.0 : 0.0;
}

} // namespace detail

/// SobelX on a hexagonal grid (Self-Organising Textures), for rules that were trained with it on a square one; of two
/// dimensions only.
struct HexSobelX {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::hex_weight(rank, neighbour, {0, -1, 1, -2, 0, 2, -1, 1, 0});
    }
};

/// SobelY on a hexagonal grid; of two dimensions only.
struct HexSobelY {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::hex_weight(rank, neighbour, {0, -2, -2, 0, 0, 0, 2, 2, 0});
    }
};

/// Laplacian on a hexagonal grid; of two dimensions only.
struct HexLaplacian {
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::hex_weight(rank, neighbour, {0, 2, 2, 2, -12, 2, 2, 2, 0});
    }
};

/// The axis along which a filter takes the derivative that rotations of perception mix: 0 (x), 1 (y), or -1 for none.
/// Specialise it for a filter of your own.
template <class Filter>
inline constexpr int derivative_axis = -1;
template <>
inline constexpr int derivative_axis<SobelX> = 0;
template <>
inline constexpr int derivative_axis<SobelY> = 1;
template <>
inline constexpr int derivative_axis<HexSobelX> = 0;
template <>
inline constexpr int derivative_axis<HexSobelY> = 1;
template <int Factor, class Filter>
inline constexpr int derivative_axis<Times<Factor, Filter>> = derivative_axis<Filter>;

/// Perception by fixed filters. The values of a cell are in banded order: filter * channels + channel. Where there is a
/// derivative along x and one along y (SobelX and SobelY, or multiples), a rotation of perception by an angle a turns
/// them into cos(a) SobelX - sin(a) SobelY and sin(a) SobelX + cos(a) SobelY (Growing NCA, experiment 4).
template <class... Filters>
struct Perception {
    static_assert(sizeof...(Filters) > 0, "nca::Perception: at least one filter");

    /// The values that a cell perceives.
    [[nodiscard]] static constexpr int outputs(int channels, int /*rank*/) noexcept {
        return static_cast<int>(sizeof...(Filters)) * channels;
    }
};

/// Perception by one fixed filter per channel, and by magnitudes: the values x of a cell, then its filtered values K x,
/// then |x|, then |K x|, [channels] each (the ultra-compact rules of muNCA). Not rotated.
template <class... Filters>
struct FilterPerChannel {
    /// The values that a cell perceives.
    [[nodiscard]] static constexpr int outputs(int channels, int /*rank*/) noexcept { return 4 * channels; }
};

/// Perception of the raw neighbourhood: all channels of all neighbours, in the order neighbour * channels + channel.
/// The first dense layer on top of it is a learned 3x3 convolution (Self-classifying MNIST), computed for active cells
/// only.
struct LearnedPerception {
    [[nodiscard]] static constexpr int outputs(int channels, int rank) noexcept {
        return neighbourhood_size(rank) * channels;
    }
};

} // namespace nca

#endif // NCA_CELL_FILTERS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_FILTERS_HPP
#define NCA_CELL_FILTERS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <string_view>

namespace nca::inline NCA_ABI {

/// The largest radius of a neighbourhood that is known only at run time.
inline constexpr int max_radius = 3;

/// The number of cells in a neighbourhood that is 2 radius + 1 cells wide along every dimension.
[[nodiscard]] constexpr int neighbourhood_size(int rank, int radius = 1) noexcept {
    const int width = 2 * radius + 1;
    return rank == 1 ? width : (rank == 2 ? width * width : width * width * width);
}

/// The offset (-radius to radius) of a neighbour, in row-major order, along an axis: 0 is x (the last dimension), 1 y,
/// 2 z.
[[nodiscard]] constexpr int neighbour_offset(int neighbour, int axis, int radius = 1) noexcept {
    const int width = 2 * radius + 1;
    for (int i = 0; i < axis; ++i) neighbour /= width;
    return neighbour % width - radius;
}

/// The neighbour at `factor` times the offsets of another one, `neighbour` within `radius`, in a neighbourhood of
/// radius `wide`; -1 outside.
[[nodiscard]] constexpr int wider_neighbour(int rank, int neighbour, int radius, int wide, int factor = 1) noexcept {
    int result = 0;
    int step = 1;
    for (int axis = 0; axis < rank; ++axis) {
        const int offset = factor * neighbour_offset(neighbour, axis, radius);
        if (offset < -wide || offset > wide) return -1;
        result += (offset + wide) * step;
        step *= 2 * wide + 1;
    }
    return result;
}

namespace detail {

[[nodiscard]] constexpr double binomial(int offset) noexcept {
    return offset == 0 ? 2.0 : 1.0;
}

/// The central difference along `skip`, smoothed by [1 2 1] along every other axis; a unit slope gives a response of 1.
[[nodiscard]] constexpr double smooth_derivative(int rank, int neighbour, int skip) noexcept {
    double weight = 0.5 * neighbour_offset(neighbour, skip);
    for (int axis = 0; axis < rank; ++axis) {
        if (axis != skip) weight *= binomial(neighbour_offset(neighbour, axis)) / 4.0;
    }
    return weight;
}

} // namespace detail

/// A list of types.
template <class... Types>
struct TypeList {};

/// The derivative that a filter states as `derivative`: 0 along x, 1 along y (rotations mix the two), or -1 for none.
template <class Filter>
inline constexpr int derivative_axis = [] {
    if constexpr (requires { Filter::derivative; }) {
        return Filter::derivative;
    } else {
        return -1;
    }
}();

/// The radius of a filter's kernel, which it states as `radius`; by default 1.
template <class Filter>
inline constexpr int filter_radius = [] {
    if constexpr (requires { Filter::radius; }) {
        static_assert(Filter::radius >= 1, "nca: the radius of a filter is at least 1");
        return Filter::radius;
    } else {
        return 1;
    }
}();

/// The entry of a filter's kernel at a neighbour within `radius`, which is at least its own; 0 beyond its own.
template <class Filter>
[[nodiscard]] constexpr double filter_weight_within(int rank, int neighbour, int radius) noexcept {
    const int own = wider_neighbour(rank, neighbour, radius, filter_radius<Filter>);
    return own < 0 ? 0.0 : Filter::weight(rank, own);
}

// A fixed perception filter is a type with a function `weight(rank, neighbour)`, an entry of its kernel; kernels are
// correlated with the state (no flip). The kernel of a filter with a `radius` is 2 radius + 1 cells wide, row-major,
// else 3. Saving and exporting need `name` and `spelling`, as for activations:
//
//     struct Ridge {
//         static constexpr std::string_view name = "ridge";
//         static constexpr std::string_view spelling = "coral::Ridge";
//         static constexpr int radius = 2; // 25 weights in two dimensions
//         static constexpr double weight(int rank, int neighbour) noexcept;
//     };

/// The cell itself.
struct Identity {
    static constexpr std::string_view name = "identity";
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return neighbour == neighbourhood_size(rank) / 2 ? 1.0 : 0.0;
    }
};

/// The Sobel filter along x, divided by 8 in two dimensions: positive where the state increases to the right.
struct SobelX {
    static constexpr std::string_view name = "sobel_x";
    static constexpr int derivative = 0;
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::smooth_derivative(rank, neighbour, 0);
    }
};

/// The Sobel filter along y, divided by 8 in two dimensions: positive where the state increases downwards.
struct SobelY {
    static constexpr std::string_view name = "sobel_y";
    static constexpr int derivative = 1;
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return rank < 2 ? 0.0 : detail::smooth_derivative(rank, neighbour, 1);
    }
};

/// The Sobel filter along z, divided by 32: positive where the state increases with z.
struct SobelZ {
    static constexpr std::string_view name = "sobel_z";
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return rank < 3 ? 0.0 : detail::smooth_derivative(rank, neighbour, 2);
    }
};

/// The nine-point Laplacian of Self-Organising Textures, [1 2 1; 2 -12 2; 1 2 1] / 8 in two dimensions.
struct Laplacian {
    static constexpr std::string_view name = "laplacian";
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

/// A multiple of another filter: Times<8, SobelX> is the Sobel filter with integer weights, as articles print it.
template <int Factor, class Filter>
struct Times {
    static constexpr int derivative = derivative_axis<Filter>;
    static constexpr int radius = filter_radius<Filter>;
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return Factor * Filter::weight(rank, neighbour);
    }
};

/// A filter with its weights Factor cells apart (dilated, or a trous): Dilated<2, SobelX> reads cells at distance 2.
template <int Factor, class Filter>
struct Dilated {
    static_assert(Factor >= 2, "nca::Dilated: a factor of at least 2");
    static constexpr int derivative = derivative_axis<Filter>;
    static constexpr int radius = Factor * filter_radius<Filter>;
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        int own = 0;
        int step = 1;
        for (int axis = 0; axis < rank; ++axis) {
            const int offset = neighbour_offset(neighbour, axis, radius);
            if (offset % Factor != 0) return 0.0;
            own += (offset / Factor + filter_radius<Filter>)*step;
            step *= 2 * filter_radius<Filter> + 1;
        }
        return Filter::weight(rank, own);
    }
};

namespace detail {

/// The entry of a filter on a hexagonal grid in axial coordinates, with cell (column, row) at (column + row / 2, row *
/// sqrt(3) / 2): neighbours are those of the square grid but the upper left and the lower right.
[[nodiscard]] constexpr double hex_weight(int rank, int neighbour, const double (&weights)[9]) noexcept {
    return rank == 2 ? weights[neighbour] / 8.0 : 0.0;
}

} // namespace detail

/// SobelX on a hexagonal grid (Self-Organising Textures), for rules trained on a square one. Two dimensions only.
struct HexSobelX {
    static constexpr std::string_view name = "hex_sobel_x";
    static constexpr int derivative = 0;
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::hex_weight(rank, neighbour, {0, -1, 1, -2, 0, 2, -1, 1, 0});
    }
};

/// SobelY on a hexagonal grid. Two dimensions only.
struct HexSobelY {
    static constexpr std::string_view name = "hex_sobel_y";
    static constexpr int derivative = 1;
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::hex_weight(rank, neighbour, {0, -2, -2, 0, 0, 0, 2, 2, 0});
    }
};

/// Laplacian on a hexagonal grid. Two dimensions only.
struct HexLaplacian {
    static constexpr std::string_view name = "hex_laplacian";
    [[nodiscard]] static constexpr double weight(int rank, int neighbour) noexcept {
        return detail::hex_weight(rank, neighbour, {0, 2, 2, 2, -12, 2, 2, 2, 0});
    }
};

/// The filters of the library. Their names are reserved.
using LibraryFilters = TypeList<Identity, SobelX, SobelY, SobelZ, Laplacian, HexSobelX, HexSobelY, HexLaplacian>;

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_FILTERS_HPP

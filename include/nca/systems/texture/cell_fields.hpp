// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_CELL_FIELDS_HPP
#define NCA_SYSTEMS_TEXTURE_CELL_FIELDS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/policies.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

/// Positions of cells in the plane, and per-cell fields in row-major order for the experiments of Self-Organising
/// Textures: angles and fire rates for Simulation, masks for Graft.
namespace nca::inline NCA_ABI::texture {

using nca::Lattice; ///< the article's section on hexagonal grids

inline constexpr double hex_row_height = 0.86602540378443865; ///< sqrt(3) / 2

/// The centre (x, y) of a cell, in cell widths; y points down.
[[nodiscard]] constexpr std::array<double, 2> centre_of(Lattice lattice, int column, int row) noexcept {
    if (lattice == Lattice::square) return {column + 0.5, row + 0.5};
    return {column + 0.5 * row + 0.5, (row + 0.5) * hex_row_height};
}

/// A cell by its column and row.
struct CellIndex {
    int column = 0;
    int row = 0;

    friend bool operator==(const CellIndex&, const CellIndex&) = default;
};

/// The cell whose centre is nearest to a point of the infinite lattice; its indices may be negative. Precondition: the
/// point lies within the range of int.
[[nodiscard]] inline CellIndex cell_at(Lattice lattice, double x, double y) noexcept {
    if (lattice == Lattice::square) return {static_cast<int>(std::floor(x)), static_cast<int>(std::floor(y))};
    // Cube coordinates sum to zero: round all three, then recompute the one with the largest rounding error.
    const double r = y / hex_row_height - 0.5;
    const double q = x - 0.5 - 0.5 * r;
    double column = std::round(q);
    double row = std::round(r);
    const double third = std::round(-q - r);
    const double off_column = std::abs(column - q);
    const double off_row = std::abs(row - r);
    const double off_third = std::abs(third - (-q - r));
    if (off_column > off_row && off_column > off_third) {
        column = -row - third;
    } else if (off_row > off_third) {
        row = -column - third;
    }
    return {static_cast<int>(column), static_cast<int>(row)};
}

/// A cell of the infinite lattice, wrapped onto a torus.
[[nodiscard]] constexpr CellIndex on_torus(CellIndex cell, int height, int width) noexcept {
    const auto wrap = [](int value, int size) { return (value % size + size) % size; };
    return {wrap(cell.column, width), wrap(cell.row, height)};
}

/// Calls visit(column, row) for the cells of a torus whose centres are closer than `radius` to a point; each once if
/// the disc is no wider than the torus.
template <class Visit>
void for_each_cell_within(Lattice lattice, double x, double y, double radius, int height, int width, Visit&& visit) {
    if (!(radius > 0.0) || !(std::abs(x) < 1e9) || !(std::abs(y) < 1e9)) return;
    const CellIndex middle = cell_at(lattice, x, y);
    const int rows = static_cast<int>(std::fmin(radius / hex_row_height + 2.0, height));
    const int columns =
        static_cast<int>(std::fmin(radius + 2.0, width)) + (lattice == Lattice::square ? 0 : rows / 2 + 1);
    for (int row = middle.row - rows; row <= middle.row + rows; ++row) {
        for (int column = middle.column - columns; column <= middle.column + columns; ++column) {
            const auto centre = centre_of(lattice, column, row);
            if (std::hypot(centre[0] - x, centre[1] - y) >= radius) continue;
            const CellIndex cell = on_torus({column, row}, height, width);
            visit(cell.column, cell.row);
        }
    }
}

namespace cell_fields_detail {

/// value(row, column) of every cell.
template <class T, class ValueOf>
[[nodiscard]] std::vector<T> per_cell(int height, int width, ValueOf&& value) {
    std::vector<T> values;
    values.reserve(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) values.push_back(static_cast<T>(value(row, column)));
    }
    return values;
}

} // namespace cell_fields_detail

/// The direction field by which cells are oriented (the article's section on rotating perception).
enum class Alignment {
    cartesian, ///< all cells point down
    polar,     ///< away from the centre of the grid
    bipolar    ///< along the field lines from a pole at (1/4, 1/4) of the grid to one at (3/4, 3/4)
};

/// The angle of each cell in radians, counter-clockwise, for Simulation::set_angles(). `rotation` is added to each: it
/// is the angle of a cell that points down. On a torus, polar and bipolar fields have a seam at the border.
template <class T = float>
[[nodiscard]] std::vector<T> alignment_angles(Alignment alignment, int height, int width, double rotation = 0.0) {
    return cell_fields_detail::per_cell<T>(height, width, [&](int row, int column) {
        const double x = column + 0.5;
        const double y = row + 0.5;
        std::array<double, 2> direction{0.0, 1.0};
        if (alignment == Alignment::polar) direction = {x - 0.5 * width, y - 0.5 * height};
        if (alignment == Alignment::bipolar) {
            const auto cubed = [](double a, double b) { return std::max(std::pow(std::hypot(a, b), 3.0), 1e-9); };
            const std::array<double, 2> from{x - 0.25 * width, y - 0.25 * height};
            const std::array<double, 2> to{0.75 * width - x, 0.75 * height - y};
            const double near_from = 1.0 / cubed(from[0], from[1]);
            const double near_to = 1.0 / cubed(to[0], to[1]);
            direction = {from[0] * near_from + to[0] * near_to, from[1] * near_from + to[1] * near_to};
        }
        return std::atan2(direction[0], direction[1]) + rotation;
    });
}

/// Fire rates that differ between the left and the right half of the grid (the article's unsynchronised clocks).
template <class T = float>
[[nodiscard]] std::vector<T> two_speeds(int height, int width, double left, double right) {
    return cell_fields_detail::per_cell<T>(height, width,
                                           [&](int, int column) { return column < width / 2 ? left : right; });
}

/// Fire rates of `rate` in a centred square of half the side, and zero around it.
template <class T = float>
[[nodiscard]] std::vector<T> inner_square(int height, int width, double rate) {
    const auto inside = [](int at, int size) { return at >= size / 4 && at < size - size / 4; };
    return cell_fields_detail::per_cell<T>(
        height, width, [&](int row, int column) { return inside(row, height) && inside(column, width) ? rate : 0.0; });
}

/// A mask for Graft: a disc, 1 / (1 + exp(-8 (0.6 - r))), where r is the distance from the centre, 1 at the middle of
/// each edge (the grafting notebook).
template <class T = float>
[[nodiscard]] std::vector<T> disc_mask(int height, int width) {
    return cell_fields_detail::per_cell<T>(height, width, [&](int row, int column) {
        const double r = std::hypot(2.0 * (column + 0.5) / width - 1.0, 2.0 * (row + 0.5) / height - 1.0);
        return 1.0 / (1.0 + std::exp(-8.0 * (0.6 - r)));
    });
}

/// A mask for Graft: a vertical strip, 1/2 - 1/2 cos(2 pi x / (width - 1)) (the grafting notebook).
template <class T = float>
[[nodiscard]] std::vector<T> strip_mask(int height, int width) {
    return cell_fields_detail::per_cell<T>(height, width, [&](int, int column) {
        const double angle = 6.283185307179586 * column / std::max(width - 1, 1);
        return 0.5 - 0.5 * std::cos(angle);
    });
}

} // namespace nca::inline NCA_ABI::texture

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_CELL_FIELDS_HPP

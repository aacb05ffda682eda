// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_LATTICE_HPP
#define NCA_SYSTEMS_TEXTURE_LATTICE_HPP

#include <array>
#include <cmath>

/// Positions of cells in the plane, on a square or a hexagonal lattice.
namespace nca::texture {

/// The lattice of a grid (the article's section on hexagonal grids).
enum class Lattice {
    square,   ///< cell (column, row) is centred at (column + 1/2, row + 1/2)
    hexagonal ///< at (column + row / 2 + 1/2, (row + 1/2) sqrt(3) / 2): axial coordinates
};

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
    const double s = -q - r;
    double column = std::round(q);
    double row = std::round(r);
    const double third = std::round(s);
    const double off_column = std::abs(column - q);
    const double off_row = std::abs(row - r);
    const double off_third = std::abs(third - s);
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

} // namespace nca::texture

#endif // NCA_SYSTEMS_TEXTURE_LATTICE_HPP

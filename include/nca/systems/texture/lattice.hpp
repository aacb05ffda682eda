// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_LATTICE_HPP
#define NCA_SYSTEMS_TEXTURE_LATTICE_HPP

#include <array>
#include <cmath>

/// Where cells stand in the plane: on squares, or on hexagons.
namespace nca::texture {

/// How cells stand.
enum class Lattice {
    square,   ///< cell (column, row) in the middle of its square: (column + 1/2, row + 1/2)
    hexagonal ///< (column + row / 2 + 1/2, (row + 1/2) * sqrt(3) / 2): rows are shifted by half a cell each
};

inline constexpr double hex_row_height = 0.86602540378443865; ///< sqrt(3) / 2

/// The x and y of the middle of a cell, in widths of a cell; y points down.
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

/// The cell whose middle is the nearest to a place; on an endless lattice, so indices may be negative. Precondition:
/// the place lies within the range of int.
[[nodiscard]] inline CellIndex cell_at(Lattice lattice, double x, double y) noexcept {
    if (lattice == Lattice::square) return {static_cast<int>(std::floor(x)), static_cast<int>(std::floor(y))};
    // Hexagons are the cells of three coordinates whose sum is zero: the one that was rounded most follows from the
    // others.
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

/// The cell of a torus that a cell of the endless lattice is.
[[nodiscard]] constexpr CellIndex on_torus(CellIndex cell, int height, int width) noexcept {
    const auto wrap = [](int value, int size) { return (value % size + size) % size; };
    return {wrap(cell.column, width), wrap(cell.row, height)};
}

/// Calls visit(column, row) for the cells of a torus closer than `radius` to a place, each once if the disc is no wider
/// than the torus.
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

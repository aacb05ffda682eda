// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_CELL_FIELDS_HPP
#define NCA_SYSTEMS_TEXTURE_CELL_FIELDS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

/// Per-cell fields for the experiments of Self-Organising Textures, in row-major order: angles and fire rates for
/// Simulation, masks for Graft. Every function allocates its result.
namespace nca::texture {

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

} // namespace nca::texture

#endif // NCA_SYSTEMS_TEXTURE_CELL_FIELDS_HPP

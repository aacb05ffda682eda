// SPDX-License-Identifier: Apache-2.0
// Pictures of hexagonal grids.
#ifndef NCA_EXAMPLES_PROGRAM_HEXAGONS_HPP
#define NCA_EXAMPLES_PROGRAM_HEXAGONS_HPP

#include <array>
#include <support/image.hpp>

namespace program {

/// The hexagons of a torus, row below row, with the cell in the middle of the grid in the middle of the picture.
/// `cells`: one pixel per cell; `scale`: the width of a cell in pixels.
[[nodiscard]] support::Image hexagons(const support::Image& cells, int scale);

/// The point of the lattice (systems/texture/cell_fields.hpp) that a point (x, y) of the picture shows, both in cell
/// widths.
[[nodiscard]] constexpr std::array<double, 2> lattice_point(double x, double y, int rows) noexcept {
    return {x + 0.25 * rows, y};
}

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_HEXAGONS_HPP

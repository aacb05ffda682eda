// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_RENDER_VOXELS_HPP
#define NCA_EXAMPLES_SUPPORT_RENDER_VOXELS_HPP

#include "class_grid.hpp"
#include "image.hpp"

#include <array>
#include <optional>

namespace support {

/// An isometric picture of a grid on white, seen from above between south (z, to the lower left) and east (x, to the
/// lower right). Each face of a cell is `cell_size` pixels across, of even brightness: top, then south, then east.
/// From 6 pixels on, cells are set off by lines. Air is not drawn; the alpha of `colours`, those of the classes, does
/// not matter. The size of the picture depends on the extents and `cell_size` alone: (width + depth) * cell_size pixels
/// wide. Preconditions: `cell_size` is even and positive, every class of the grid has a colour, no side is longer than
/// max_image_side.
[[nodiscard]] Image render_voxels(const ClassGrid& grid, std::span<const Rgba8> colours, int cell_size);

/// The cell (d, h, w) that the picture of render_voxels shows at a pixel; nothing where it shows none. Precondition:
/// `cell_size` is even and positive.
[[nodiscard]] std::optional<std::array<int, 3>> voxel_at(const ClassGrid& grid, int cell_size, int x, int y);

/// The largest cell size for which the picture of a grid has no side longer than `pixels`; at least 2.
[[nodiscard]] int voxel_cell_size(const ClassGrid& grid, int pixels) noexcept;

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_RENDER_VOXELS_HPP

// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_CLASS_GRID_HPP
#define NCA_EXAMPLES_SUPPORT_CLASS_GRID_HPP

#include <nca/core/extents.hpp>
#include <nca/core/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

/// The class of every cell of a 3-D grid, [depth][height][width]: depth is z (south), height y (up), width x (east), as
/// in a right-handed world. Class 0 is air.
struct ClassGrid {
    /// Air everywhere. Precondition: sizes are positive.
    explicit ClassGrid(const std::array<int, 3>& sizes);

    nca::Extents<nca::Dynamic, nca::Dynamic, nca::Dynamic> extents;
    std::vector<std::uint8_t> cells;

    [[nodiscard]] int depth() const noexcept { return extents[0]; }
    [[nodiscard]] int height() const noexcept { return extents[1]; }
    [[nodiscard]] int width() const noexcept { return extents[2]; }

    /// The class of a cell. Precondition: (d, h, w) lies inside.
    [[nodiscard]] std::uint8_t& at(int d, int h, int w) noexcept { return cells[offset(d, h, w)]; }
    [[nodiscard]] std::uint8_t at(int d, int h, int w) const noexcept { return cells[offset(d, h, w)]; }

    friend bool operator==(const ClassGrid&, const ClassGrid&) = default;

private:
    [[nodiscard]] std::size_t offset(int d, int h, int w) const noexcept {
        return static_cast<std::size_t>(extents.index(d, h, w));
    }
};

/// The bounding box of all that is not air; one cell of air if that is all there is.
[[nodiscard]] ClassGrid cropped(const ClassGrid& grid);

/// A grid on the floor of a larger one, in the middle of its depth and width; the odd cell of air lies at the upper
/// end. Errors: `sizes` are smaller.
[[nodiscard]] nca::Result<ClassGrid> padded(const ClassGrid& grid, const std::array<int, 3>& sizes);

/// A grid padded to a cube, whose side is the longest one rounded up to a multiple of ten: the loading rule of
/// Sudhakaran et al. 2021, arXiv:2103.08737.
[[nodiscard]] ClassGrid padded_to_cube(const ClassGrid& grid);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_CLASS_GRID_HPP

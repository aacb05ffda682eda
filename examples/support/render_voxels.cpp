// SPDX-License-Identifier: Apache-2.0
#include "render_voxels.hpp"

#include <algorithm>
#include <utility>

namespace support {
namespace {

// The projection: a step along x goes cell_size pixels to the right and half as many down, one along z as much to the
// left, and one along y `rise` pixels up. Seen at 30 degrees, edges of a cube have this ratio: sqrt(3 / 2).
int rise_of(int cell_size) {
    return (cell_size * 49 + 20) / 40;
}

struct Size {
    int width;
    int height;
};

Size picture_size(const ClassGrid& grid, int cell_size) {
    const int across = grid.width() + grid.depth();
    return {across * cell_size, across * (cell_size / 2) + grid.height() * rise_of(cell_size)};
}

// In percent of the colour.
struct Shade {
    int face;
    int line;
};
constexpr Shade top{100, 88};
constexpr Shade south{80, 70};
constexpr Shade east{62, 54};

class Painter {
public:
    Painter(const ClassGrid& grid, int cell_size)
        : size_{cell_size}, rise_{rise_of(cell_size)}, left_{grid.depth() * cell_size}, base_{grid.height() * rise_},
          image_{picture_size(grid, cell_size).width, picture_size(grid, cell_size).height, {255, 255, 255, 255}} {}

    // Draws the faces of a cell that are visible from outside.
    void cell(const std::array<int, 3>& place, Rgba8 colour, bool has_top, bool has_south, bool has_east) {
        const auto [d, h, w] = place;
        const int x = left_ + (w - d) * size_;
        const int y = base_ + (w + d) * (size_ / 2) - (h + 1) * rise_;
        for (int column = 0; column < size_; ++column) {
            // The rows of the top's upper and lower edge in this column to the left and to the right of its middle. A
            // pixel belongs to the face that holds its centre, so that faces neither overlap nor leave gaps.
            const int upper = (column + 1) / 2;
            const int lower = size_ - upper;
            const int right = x + column;
            const int left = x - 1 - column;
            if (has_top) {
                span(left, y + upper, y + lower, top, colour, false);
                span(right, y + upper, y + lower, top, colour, false);
            }
            if (has_south) span(left, y + lower, y + lower + rise_, south, colour, column == 0);
            if (has_east) span(right, y + lower, y + lower + rise_, east, colour, column == size_ - 1);
        }
    }

    [[nodiscard]] Image image() && noexcept { return std::move(image_); }

private:
    // Rows from `first` to before `last` of a column; the lowest is a line, or all.
    void span(int x, int first, int last, Shade shade, Rgba8 colour, bool is_line) {
        const bool has_lines = size_ >= 6;
        for (int y = first; y < last; ++y) {
            const int percent = has_lines && (is_line || y == last - 1) ? shade.line : shade.face;
            std::uint8_t* const pixel = image_.at(x, y);
            for (std::size_t c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>((colour[c] * percent + 50) / 100);
        }
    }

    int size_;
    int rise_;
    int left_; // the column of the corner where x and z are 0
    int base_; // the row of that corner, at the floor
    Image image_;
};

} // namespace

Image render_voxels(const ClassGrid& grid, std::span<const Rgba8> colours, int cell_size) {
    NCA_ASSERT(cell_size >= 2 && cell_size % 2 == 0, "support::render_voxels: the cell size must be even");
    Painter painter{grid, cell_size};
    // From back to front: nearer cells cover those behind them.
    for (int d = 0; d < grid.depth(); ++d)
        for (int h = 0; h < grid.height(); ++h)
            for (int w = 0; w < grid.width(); ++w) {
                const std::size_t cell = grid.at(d, h, w);
                if (cell == 0) continue;
                NCA_ASSERT(cell < colours.size(), "support::render_voxels: a class without a colour");
                painter.cell({d, h, w}, colours[cell], h + 1 == grid.height() || grid.at(d, h + 1, w) == 0,
                             d + 1 == grid.depth() || grid.at(d + 1, h, w) == 0,
                             w + 1 == grid.width() || grid.at(d, h, w + 1) == 0);
            }
    return std::move(painter).image();
}

int voxel_cell_size(const ClassGrid& grid, int pixels) noexcept {
    int cell_size = 2;
    const auto longest = [&](int size) {
        const Size picture = picture_size(grid, size);
        return std::max(picture.width, picture.height);
    };
    while (longest(cell_size + 2) <= pixels) cell_size += 2;
    return cell_size;
}

} // namespace support

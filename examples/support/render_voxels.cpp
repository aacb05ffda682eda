// SPDX-License-Identifier: Apache-2.0
#include "render_voxels.hpp"

#include <algorithm>

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

// A column of a face: rows from `first` to before `last`, of which the lowest, or all, is a line.
struct Span {
    int x;
    int first;
    int last;
    Shade shade;
    bool is_line;
};

// The spans of the faces of a cell that are visible from outside.
template <class Visit>
void for_each_span(const ClassGrid& grid, int size, const std::array<int, 3>& place, Visit&& visit) {
    const auto [d, h, w] = place;
    const bool has_top = h + 1 == grid.height() || grid.at(d, h + 1, w) == 0;
    const bool has_south = d + 1 == grid.depth() || grid.at(d + 1, h, w) == 0;
    const bool has_east = w + 1 == grid.width() || grid.at(d, h, w + 1) == 0;
    const int rise = rise_of(size);
    const int x = (grid.depth() + w - d) * size;
    const int y = (w + d) * (size / 2) + (grid.height() - h - 1) * rise;
    for (int column = 0; column < size; ++column) {
        // The rows of the top's upper and lower edge in this column to the left and to the right of its middle. A
        // pixel belongs to the face that holds its centre, so that faces neither overlap nor leave gaps.
        const int upper = (column + 1) / 2;
        const int lower = size - upper;
        const int right = x + column;
        const int left = x - 1 - column;
        if (has_top) {
            visit(Span{left, y + upper, y + lower, top, false});
            visit(Span{right, y + upper, y + lower, top, false});
        }
        if (has_south) visit(Span{left, y + lower, y + lower + rise, south, column == 0});
        if (has_east) visit(Span{right, y + lower, y + lower + rise, east, column == size - 1});
    }
}

// From back to front: nearer cells cover those behind them.
template <class Visit>
void for_each_voxel(const ClassGrid& grid, Visit&& visit) {
    for (int d = 0; d < grid.depth(); ++d)
        for (int h = 0; h < grid.height(); ++h)
            for (int w = 0; w < grid.width(); ++w) {
                if (grid.at(d, h, w) != 0) visit(std::array{d, h, w});
            }
}

void paint(Image& image, const Span& span, Rgba8 colour, bool has_lines) {
    for (int y = span.first; y < span.last; ++y) {
        const bool is_line = has_lines && (span.is_line || y == span.last - 1);
        const int percent = is_line ? span.shade.line : span.shade.face;
        std::uint8_t* const pixel = image.at(span.x, y);
        for (std::size_t c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>((colour[c] * percent + 50) / 100);
    }
}

} // namespace

Image render_voxels(const ClassGrid& grid, std::span<const Rgba8> colours, int cell_size) {
    NCA_ASSERT(cell_size >= 2 && cell_size % 2 == 0, "support::render_voxels: the cell size must be even");
    const Size size = picture_size(grid, cell_size);
    Image image{size.width, size.height, {255, 255, 255, 255}};
    for_each_voxel(grid, [&](const std::array<int, 3>& place) {
        const std::size_t cell = grid.at(place[0], place[1], place[2]);
        NCA_ASSERT(cell < colours.size(), "support::render_voxels: a class without a colour");
        for_each_span(grid, cell_size, place,
                      [&](const Span& span) { paint(image, span, colours[cell], cell_size >= 6); });
    });
    return image;
}

std::optional<std::array<int, 3>> voxel_at(const ClassGrid& grid, int cell_size, int x, int y) {
    NCA_ASSERT(cell_size >= 2 && cell_size % 2 == 0, "support::voxel_at: the cell size must be even");
    std::optional<std::array<int, 3>> found;
    for_each_voxel(grid, [&](const std::array<int, 3>& place) {
        for_each_span(grid, cell_size, place, [&](const Span& span) {
            if (span.x == x && span.first <= y && y < span.last) found = place;
        });
    });
    return found;
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

// SPDX-License-Identifier: Apache-2.0
#include "class_grid.hpp"

#include <algorithm>
#include <string>

namespace support {
namespace {

// Copies what lies in `into` when `from` is moved by `offset`.
void copy(const ClassGrid& from, const std::array<int, 3>& offset, ClassGrid& into) {
    for (int d = 0; d < from.depth(); ++d)
        for (int h = 0; h < from.height(); ++h)
            for (int w = 0; w < from.width(); ++w) {
                const std::array<int, 3> to{d + offset[0], h + offset[1], w + offset[2]};
                bool inside = true;
                for (int i = 0; i < 3; ++i) {
                    const int place = to[static_cast<std::size_t>(i)];
                    inside = inside && place >= 0 && place < into.extents[i];
                }
                if (inside) into.at(to[0], to[1], to[2]) = from.at(d, h, w);
            }
}

std::string size_text(const std::array<int, 3>& sizes) {
    return std::to_string(sizes[0]) + " x " + std::to_string(sizes[1]) + " x " + std::to_string(sizes[2]);
}

} // namespace

ClassGrid::ClassGrid(const std::array<int, 3>& sizes)
    : extents{sizes}, cells(static_cast<std::size_t>(sizes[0]) * static_cast<std::size_t>(sizes[1]) *
                            static_cast<std::size_t>(sizes[2])) {}

ClassGrid cropped(const ClassGrid& grid) {
    std::array<int, 3> first = grid.extents.sizes();
    std::array<int, 3> last{};
    for (int d = 0; d < grid.depth(); ++d)
        for (int h = 0; h < grid.height(); ++h)
            for (int w = 0; w < grid.width(); ++w) {
                if (grid.at(d, h, w) == 0) continue;
                const std::array<int, 3> place{d, h, w};
                for (std::size_t i = 0; i < 3; ++i) {
                    first[i] = std::min(first[i], place[i]);
                    last[i] = std::max(last[i], place[i]);
                }
            }
    if (first[0] > last[0]) return ClassGrid{{1, 1, 1}};
    ClassGrid box{{last[0] - first[0] + 1, last[1] - first[1] + 1, last[2] - first[2] + 1}};
    copy(grid, {-first[0], -first[1], -first[2]}, box);
    return box;
}

nca::Result<ClassGrid> padded(const ClassGrid& grid, const std::array<int, 3>& sizes) {
    const std::array<int, 3>& inner = grid.extents.sizes();
    for (std::size_t i = 0; i < 3; ++i) {
        if (sizes[i] < inner[i]) {
            return nca::Error{size_text(inner) + " cells (depth, height, width) do not fit into a grid of " +
                              size_text(sizes)};
        }
    }
    ClassGrid outer{sizes};
    copy(grid, {(sizes[0] - inner[0]) / 2, 0, (sizes[2] - inner[2]) / 2}, outer);
    return outer;
}

ClassGrid padded_to_cube(const ClassGrid& grid) {
    const int longest = std::ranges::max(grid.extents.sizes());
    const int side = (longest + 9) / 10 * 10;
    return padded(grid, {side, side, side}).value();
}

} // namespace support

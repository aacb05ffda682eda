// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PLACEMENT_HPP
#define NCA_SYSTEMS_GROWING_PLACEMENT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/systems/growing/cuts.hpp>
#include <nca/systems/growing/metrics.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>

/// Where a picture lies on its grid. The seed stands in the middle, and has to be part of the picture: where a target
/// is empty, its loss kills cells, and once the seed is dead nothing has a gradient any more.
namespace nca::inline NCA_ABI::growing {

/// A distance in cells per axis, rows first, as extents.
template <class R>
using Offset = std::array<int, static_cast<std::size_t>(R::rank)>;

namespace placement_detail {

/// The coordinates of a cell, as those of extents.
template <std::size_t Rank>
[[nodiscard]] std::array<int, Rank> coordinates(int cell, const std::array<int, Rank>& sizes) noexcept {
    std::array<int, Rank> at{};
    for (std::size_t axis = Rank; axis-- > 0; cell /= sizes[axis]) at[axis] = cell % sizes[axis];
    return at;
}

} // namespace placement_detail

/// The way from the visible cell nearest to the middle of a target to the middle: how far its picture has to move to
/// lie under the seed. Zero if the seed or one of its neighbours is visible, or nothing is.
template <class R>
[[nodiscard]] NCA_COLD Offset<R> offset_to_seed(const Target<R>& target) {
    const Offset<R>& sizes = target.extents().sizes();
    Offset<R> nearest{};
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (int cell = 0; cell < target.extents().cells(); ++cell) {
        if (!is_visible(target.view().cell(cell))) continue;
        const Offset<R> at = placement_detail::coordinates(cell, sizes);
        Offset<R> way{};
        std::int64_t square = 0;
        bool neighbour = true;
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            way[axis] = sizes[axis] / 2 - at[axis];
            square += static_cast<std::int64_t>(way[axis]) * way[axis];
            neighbour = neighbour && std::abs(way[axis]) <= 1;
        }
        if (neighbour) return {};
        if (square < least) {
            least = square;
            nearest = way;
        }
    }
    return nearest;
}

/// A target with its picture moved. The grid grows by twice the offset, so that no margin gets smaller.
template <class R>
[[nodiscard]] NCA_COLD Target<R> moved(const Target<R>& target, const Offset<R>& offset) {
    const Offset<R>& from = target.extents().sizes();
    Offset<R> sizes = from;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) sizes[axis] += 2 * std::abs(offset[axis]);
    Target<R> result{typename Target<R>::Shape{sizes}};
    for (int cell = 0; cell < target.extents().cells(); ++cell) {
        const Offset<R> at = placement_detail::coordinates(cell, from);
        int to = 0;
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            to = to * sizes[axis] + at[axis] + offset[axis] + std::abs(offset[axis]);
        }
        std::copy_n(target.view().cell(cell).begin(), 4, result.view().cell(to).begin());
    }
    return result;
}

} // namespace nca::inline NCA_ABI::growing

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_PLACEMENT_HPP

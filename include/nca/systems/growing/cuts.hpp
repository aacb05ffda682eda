// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_CUTS_HPP
#define NCA_SYSTEMS_GROWING_CUTS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/cell_mask.hpp>
#include <nca/core/extents.hpp>
#include <nca/systems/growing/metrics.hpp>
#include <nca/systems/growing/rule.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

/// The damage by which regeneration is measured: discs at places that the target decides.
namespace nca::inline NCA_ABI::growing {

/// The discs that are cut: their centres are those of the 3 x 3 (3 x 3 x 3) equal parts of the bounding box of what is
/// visible of a target, and their radius is a quarter of the box's longest side.
template <class R>
struct Cuts {
    static constexpr auto rank = static_cast<std::size_t>(R::rank);
    std::array<double, rank> first{}; ///< where the box begins, x first
    std::array<double, rank> size{};
    double radius = 0.0;

    static constexpr int places = R::rank == 1 ? 3 : R::rank == 2 ? 9 : 27;
    static constexpr int middle = places / 2;

    /// x, y, z of a place.
    [[nodiscard]] std::array<double, rank> centre(int place) const noexcept {
        std::array<double, rank> at{};
        for (std::size_t axis = 0; axis < rank; ++axis, place /= 3) {
            at[axis] = first[axis] + size[axis] * (2.0 * (place % 3) + 1.0) / 6.0 - 0.5;
        }
        return at;
    }
};

/// True for a cell whose alpha exceeds 0.1, as it has to for its neighbourhood to live.
template <class Cell>
[[nodiscard]] bool is_visible(const Cell& cell) noexcept {
    const auto alpha = cell[static_cast<std::size_t>(alpha_channel)];
    return alpha > static_cast<std::remove_const_t<decltype(alpha)>>(0.1);
}

/// The visible cells of a target.
template <class R>
[[nodiscard]] NCA_COLD CellMask visible_cells(const Target<R>& target) {
    const int columns = target.extents().sizes().back();
    CellMask visible{target.extents().cells() / columns, columns};
    for (int cell = 0; cell < target.extents().cells(); ++cell) {
        if (is_visible(target.view().cell(cell))) visible.set(cell / columns, cell % columns);
    }
    return visible;
}

/// The number of cells of a target that live: those that are visible, and their neighbours. Training time is
/// proportional to it.
template <class R>
[[nodiscard]] NCA_COLD int living_cells(const Target<R>& target) {
    const CellMask visible = visible_cells<R>(target);
    CellMask living{visible.rows(), visible.columns()};
    CellMask scratch{visible.rows(), visible.columns()};
    visible.dilate(target.extents().sizes(), Boundary::zero, living, scratch);
    return living.count();
}

/// The cuts of a target; all of an empty box if nothing of it is visible.
template <class R>
[[nodiscard]] NCA_COLD Cuts<R> cuts_of(const Target<R>& target) {
    constexpr std::size_t rank = Cuts<R>::rank;
    std::array<double, rank> last{};
    Cuts<R> cuts;
    bool found = false;
    for (int cell = 0; cell < target.extents().cells(); ++cell) {
        if (!is_visible(target.view().cell(cell))) continue;
        for (std::size_t axis = 0, rest = static_cast<std::size_t>(cell); axis < rank; ++axis) {
            const auto length = static_cast<std::size_t>(target.extents().sizes()[rank - 1 - axis]);
            const auto at = static_cast<double>(rest % length);
            rest /= length;
            cuts.first[axis] = found ? std::min(cuts.first[axis], at) : at;
            last[axis] = found ? std::max(last[axis], at) : at;
        }
        found = true;
    }
    if (!found) return cuts;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        cuts.size[axis] = last[axis] - cuts.first[axis] + 1.0;
        cuts.radius = std::max(cuts.radius, cuts.size[axis] / 4.0);
    }
    return cuts;
}

} // namespace nca::inline NCA_ABI::growing

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_CUTS_HPP

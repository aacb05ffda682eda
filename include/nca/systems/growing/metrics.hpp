// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_METRICS_HPP
#define NCA_SYSTEMS_GROWING_METRICS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/field.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/growing/presets.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// The error of a creature, and the damage that training does to it.
namespace nca::inline NCA_ABI::growing {

namespace target_detail {
template <class T, int... Axis>
Grid<T, 4, (Axis >= 0 ? Dynamic : 0)...> target_of(std::integer_sequence<int, Axis...>);
} // namespace target_detail

/// What a creature shall look like: premultiplied RGBA on the whole training grid, padding included.
template <class R>
using Target = decltype(target_detail::target_of<typename R::Value>(std::make_integer_sequence<int, R::rank>{}));

/// The mean squared error of a state's red, green, blue and alpha against a target, over all cells and channels.
template <class R>
class ColourLoss {
public:
    using T = typename R::Value;

    explicit ColourLoss(Target<R> target) : target_{std::move(target)}, geometry_{target_.extents().sizes()} {
        for (const T t : target_.values()) energy_ += static_cast<double>(t) * static_cast<double>(t);
    }

    [[nodiscard]] const Target<R>& target() const noexcept { return target_; }

    /// The loss of a state on the target's grid.
    [[nodiscard]] NCA_NOINLINE double operator()(const SparseState<T>& state) const {
        double total = energy_;
        const std::size_t channels = state.positions.empty() ? 0 : state.values.size() / state.positions.size();
        geometry_.for_each_position(state.positions.data(), state.count(), [&](int row, int column, int i) {
            const auto wanted = target_.view().cell(row * geometry_.columns() + column);
            for (std::size_t c = 0; c < 4; ++c) {
                const auto t = static_cast<double>(wanted[c]);
                const double error = static_cast<double>(state.values[static_cast<std::size_t>(i) * channels + c]) - t;
                total += error * error - t * t;
            }
        });
        return total / static_cast<double>(target_.values().size());
    }

private:
    Target<R> target_;
    Field<T, 1, R::rank> geometry_; ///< of the grid: where the cells of a state lie
    double energy_ = 0.0;           ///< the sum of the target's squares: what an empty state would add up to
};

/// Sorts slots by descending loss(slot); those with equal losses keep their order.
template <class LossOf>
NCA_COLD void sort_by_descending_loss(std::vector<int>& slots, LossOf&& loss) {
    std::vector<double> losses;
    for (const int slot : slots) losses.push_back(loss(slot));
    for (std::size_t i = 1; i < losses.size(); ++i) { // an insertion sort: a batch is small
        for (std::size_t j = i; j > 0 && losses[j - 1] < losses[j]; --j) {
            std::swap(losses[j - 1], losses[j]);
            std::swap(slots[j - 1], slots[j]);
        }
    }
}
/// Of sorted slots, swaps the first, which starts anew, with any that is not one of the `damaged` last ones.
inline void draw_first(std::vector<int>& slots, int damaged, const Philox& random) {
    const auto healthy = static_cast<std::uint32_t>(static_cast<int>(slots.size()) - damaged);
    std::swap(slots[0], slots[random.below(0, healthy)]);
}

/// Erases a random disc (ball) from a state, so that the hole of a grid that is not square is an ellipse (Growing NCA,
/// experiment 3; notebook, make_circle_masks). Takes rank + 1 random numbers, those from (rank + 1) * draw on.
template <class R>
NCA_COLD void cut_disc(SparseState<typename R::Value>& state, const typename FieldOf<R>::Sizes& sizes,
                       const Philox& random, int draw, const Discs& discs = {}) {
    constexpr auto rank = static_cast<std::size_t>(R::rank);
    const auto first = static_cast<std::uint64_t>((R::rank + 1) * draw);
    if (state.positions.empty()) return;
    const std::size_t channels = state.values.size() / state.positions.size();
    double centre[rank];
    for (std::size_t axis = 0; axis < rank; ++axis) {
        centre[axis] = discs.centre * (2.0 * random.uniform(first + axis) - 1.0);
    }
    const double radius = discs.min_radius + discs.radius_range * random.uniform(first + rank);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < state.positions.size(); ++i) {
        double square = 0.0;
        std::int32_t rest = state.positions[i];
        for (std::size_t axis = 0; axis < rank; ++axis) { // x first
            const int size = sizes[rank - 1 - axis];
            const std::int32_t at = rest % (size + 2) - 1;
            rest /= size + 2;
            const double distance = (2.0 * at / (size - 1.0) - 1.0 - centre[axis]) / radius;
            square += distance * distance;
        }
        if (square < 1.0) continue;
        state.positions[kept] = state.positions[i];
        std::copy_n(state.values.begin() + static_cast<std::ptrdiff_t>(i * channels), channels,
                    state.values.begin() + static_cast<std::ptrdiff_t>(kept * channels));
        ++kept;
    }
    state.positions.resize(kept);
    state.values.resize(kept * channels);
}

} // namespace nca::inline NCA_ABI::growing

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_METRICS_HPP

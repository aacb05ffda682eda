// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_SAMPLES_HPP
#define NCA_SYSTEMS_GROWING_SAMPLES_HPP

#include <nca/cell/sparse_state.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/growing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// What happens to the states of a batch of creatures before they are run: seeds, the order by loss, damage.
namespace nca::growing::inline NCA_ISA {

/// The seed on an empty grid; see `plant_seed`.
template <class R>
[[nodiscard]] SparseState<typename R::Value> seed_state(const typename FieldOf<R>::Sizes& sizes) {
    Grid<typename R::Value, R::channels, Dynamic, Dynamic> grid{Extents<Dynamic, Dynamic>{sizes}};
    plant_seed(grid.view());
    FieldOf<R> field{sizes};
    field.load(grid.values().data());
    SparseState<typename R::Value> seed;
    save_cells(field, seed);
    return seed;
}

/// The mean squared error of a state's colour against a target, over all cells and the four channels.
template <class R>
class ColourLoss {
public:
    using T = typename R::Value;
    using Target = Grid<T, 4, Dynamic, Dynamic>;

    /// target: premultiplied RGBA, which outlives this object.
    explicit ColourLoss(const Target& target) : target_{&target}, geometry_{target.extents().sizes()} {
        for (const T t : target.values()) energy_ += static_cast<double>(t) * static_cast<double>(t);
    }

    /// The loss of a state on the target's grid.
    [[nodiscard]] double operator()(const SparseState<T>& state) const {
        double total = energy_;
        geometry_.for_each_position(state.positions.data(), state.count(), [&](int row, int column, int i) {
            const auto wanted = (*target_)(row, column);
            for (std::size_t c = 0; c < 4; ++c) {
                const auto t = static_cast<double>(wanted[c]);
                const double error =
                    static_cast<double>(state.values[static_cast<std::size_t>(i) * R::channels + c]) - t;
                total += error * error - t * t;
            }
        });
        return total / static_cast<double>(target_->values().size());
    }

private:
    const Target* target_;
    FieldOf<R> geometry_;
    double energy_ = 0.0; ///< the sum of the target's squares: what an empty state would add up to
};

/// Orders slots by falling loss(slot); those with equal losses keep their order.
template <class LossOf>
void sort_by_falling_loss(std::vector<int>& slots, LossOf&& loss) {
    std::vector<std::pair<double, int>> ranked;
    for (const int slot : slots) ranked.emplace_back(loss(slot), slot);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = ranked[i].second;
}

/// Cuts a random disc out of a state: in coordinates from -1 to 1 along both axes the centre lies in [-0.5, 0.5)^2 and
/// the radius in [0.1, 0.4), so that the hole of a grid that is not square is an ellipse. Of the random numbers it
/// takes those with the indices 3 * draw to 3 * draw + 2.
template <class R>
void cut_disc(SparseState<typename R::Value>& state, const typename FieldOf<R>::Sizes& sizes, const Philox& random,
              int draw) {
    const auto first = static_cast<std::uint64_t>(3 * draw);
    const double x = random.uniform(first) - 0.5;
    const double y = random.uniform(first + 1) - 0.5;
    const double radius = 0.1 + 0.3 * random.uniform(first + 2);
    const double rows = sizes[0] - 1;
    const double columns = sizes[1] - 1;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < state.positions.size(); ++i) {
        const std::int32_t row = state.positions[i] / (sizes[1] + 2) - 1;
        const std::int32_t column = state.positions[i] % (sizes[1] + 2) - 1;
        const double dx = (2.0 * column / columns - 1.0 - x) / radius;
        const double dy = (2.0 * row / rows - 1.0 - y) / radius;
        if (dx * dx + dy * dy < 1.0) continue;
        state.positions[kept] = state.positions[i];
        std::copy_n(state.values.begin() + static_cast<std::ptrdiff_t>(i * R::channels), R::channels,
                    state.values.begin() + static_cast<std::ptrdiff_t>(kept * R::channels));
        ++kept;
    }
    state.positions.resize(kept);
    state.values.resize(kept * R::channels);
}

} // namespace nca::growing::inline NCA_ISA

#endif // NCA_SYSTEMS_GROWING_SAMPLES_HPP

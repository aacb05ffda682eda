// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_INITIAL_STATE_HPP
#define NCA_TRAIN_INITIAL_STATE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/grid.hpp>

#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI {

/// The seed of Growing NCA: the cell at size / 2 along every axis, with 1 from the life channel on. Allocates.
template <class R>
[[nodiscard]] NCA_COLD SparseState<typename R::Value> seed_state(const typename FieldOf<R>::Sizes& sizes,
                                                                 const ArchitectureOf<R>& rule = {}) {
    static_assert(R::may_have_life, "nca::seed_state: the rule has no life mask, so nothing grows from a seed");
    NCA_ASSERT(rule.has_life(), "nca::seed_state: the rule has no life mask, so nothing grows from a seed");
    SparseState<typename R::Value> seed;
    std::int32_t position = 0;
    for (const int size : sizes) position = position * (size + 2) + size / 2 + 1;
    seed.positions = {position};
    seed.values.resize(static_cast<std::size_t>(rule.channels()));
    for (auto c = static_cast<std::size_t>(rule.life_channel()); c < seed.values.size(); ++c) seed.values[c] = 1;
    return seed;
}

/// A state of the rule R from a dense grid, as a sample pool holds it. Allocates.
template <class R, class Element, int Channels, int... Sizes>
[[nodiscard]] SparseState<typename R::Value> sparse_state(const GridView<Element, Channels, Sizes...>& grid) {
    static_assert(Channels == R::channels, "nca::sparse_state: the grid has another number of channels than the rule");
    Field<typename R::Value, R::channels, R::rank> field{grid.extents().sizes(), grid.channels()};
    field.load(grid.data());
    SparseState<typename R::Value> state;
    save_cells(field, state);
    return state;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_INITIAL_STATE_HPP

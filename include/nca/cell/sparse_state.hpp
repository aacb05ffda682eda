// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_SPARSE_STATE_HPP
#define NCA_CELL_SPARSE_STATE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/field.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::inline NCA_ABI {

/// The occupied cells of a state: ascending positions in the bordered grid, and values [count, channels], no padding.
template <class T>
struct SparseState {
    std::vector<std::int32_t> positions{};
    std::vector<T> values{};

    [[nodiscard]] int count() const noexcept { return static_cast<int>(positions.size()); }
};

/// Copies the occupied cells of a field.
template <class T, int Channels, int Rank>
void save_cells(const Field<T, Channels, Rank>& field, SparseState<T>& state) {
    const auto count = static_cast<std::size_t>(field.occupied().count());
    state.positions.resize(count);
    state.values.resize(count * Channels);
    std::size_t i = 0;
    field.occupied().for_each([&](int row, int column) {
        const std::int32_t position = field.position(row, column);
        state.positions[i] = position;
        copy_values<Channels>(field.at(position), state.values.data() + i * Channels);
        ++i;
    });
}

/// Replaces the content of a field by listed cells of Width values each. Precondition: positions are ascending.
template <int Width, class T, int Channels, int Rank>
void load_cells(const std::int32_t* positions, const T* values, int count, Field<T, Channels, Rank>& field) {
    static_assert(Width == Channels || Width == Field<T, Channels, Rank>::stride,
                  "nca::load_cells: the values of a cell are its channels, with or without padding");
    field.clear();
    field.for_each_position(positions, count, [&](int row, int column, int i) {
        copy_values<Width>(values + static_cast<std::ptrdiff_t>(i) * Width, field.at(positions[i]));
        field.occupied().set(row, column);
    });
}
/// Replaces the content of a field. Precondition: `state` was saved from a field of the same extents.
template <class T, int Channels, int Rank>
void load_cells(const SparseState<T>& state, Field<T, Channels, Rank>& field) {
    load_cells<Channels>(state.positions.data(), state.values.data(), state.count(), field);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_SPARSE_STATE_HPP

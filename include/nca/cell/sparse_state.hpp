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

/// The occupied cells of a state: ascending positions in a grid with a border of one cell, whatever the rule's radius,
/// and values [count, channels], no padding.
template <class T>
struct SparseState {
    std::vector<std::int32_t> positions{};
    std::vector<T> values{};

    [[nodiscard]] int count() const noexcept { return static_cast<int>(positions.size()); }
};

/// Copies the occupied cells of a field.
template <class T, int Channels, int Rank, int Radius>
void save_cells(const Field<T, Channels, Rank, Radius>& field, SparseState<T>& state) {
    const auto count = static_cast<std::size_t>(field.occupied().count());
    state.positions.resize(count);
    const int channels = field.channels();
    state.values.resize(count * static_cast<std::size_t>(channels));
    std::size_t i = 0;
    field.occupied().for_each([&](int row, int column) {
        state.positions[i] = field.portable_position(row, column);
        copy_values(field.at(field.position(row, column)), state.values.data() + i * static_cast<std::size_t>(channels),
                    channels);
        ++i;
    });
}

/// Replaces the content of a field by cells at listed positions in it, of `width` values each. Preconditions: positions
/// are ascending; width is the number of channels, with or without padding.
template <class T, int Channels, int Rank, int Radius>
void load_cells(const std::int32_t* positions, const T* values, int count, int width,
                Field<T, Channels, Rank, Radius>& field) {
    NCA_ASSERT(width == field.channels() || width == field.stride(), "nca::load_cells: the values of another rule");
    field.clear();
    field.for_each_position(positions, count, [&](int row, int column, int i) {
        copy_values(values + static_cast<std::ptrdiff_t>(i) * width, field.at(positions[i]), width);
        field.occupied().set(row, column);
    });
}
/// Replaces the content of a field. Precondition: `state` was saved from a field of the same extents.
template <class T, int Channels, int Rank, int Radius>
void load_cells(const SparseState<T>& state, Field<T, Channels, Rank, Radius>& field) {
    field.clear();
    const T* values = state.values.data();
    field.for_each_portable(state.positions.data(), state.count(), [&](int row, int column, int /*i*/) {
        copy_values(values, field.at(field.position(row, column)), field.channels());
        field.occupied().set(row, column);
        values += field.channels();
    });
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_SPARSE_STATE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_SAMPLES_HPP
#define NCA_SYSTEMS_MNIST_SAMPLES_HPP

#include <nca/cell/sparse_state.hpp>
#include <nca/cell/step.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

/// The states of a batch of digits before they are run.
namespace nca::mnist::inline NCA_ISA {

/// Another picture [28][28]: cells that have ink in both keep what they hold, all others are empty. geometry: a field
/// of 28 x 28.
template <class R>
void change_picture(SparseState<typename R::Value>& state, const FieldOf<R>& geometry, std::span<const float> grey) {
    constexpr auto channels = static_cast<std::size_t>(R::channels);
    const SparseState<typename R::Value>& old = state;
    SparseState<typename R::Value> changed;
    std::size_t next_old = 0;
    for (std::size_t cell = 0; cell < grey.size(); ++cell) {
        const auto column = static_cast<int>(cell % picture_side);
        const std::int32_t position = geometry.position(static_cast<int>(cell / picture_side), column);
        while (next_old < old.positions.size() && old.positions[next_old] < position) ++next_old;
        if (grey[cell] == 0.0F) continue;
        changed.positions.push_back(position);
        const std::size_t at = changed.values.size();
        changed.values.resize(at + channels);
        if (grey[cell] > ink && next_old < old.positions.size() && old.positions[next_old] == position) {
            std::copy_n(old.values.begin() + static_cast<std::ptrdiff_t>(next_old * channels), channels,
                        changed.values.begin() + static_cast<std::ptrdiff_t>(at));
        }
        changed.values[at] = static_cast<typename R::Value>(grey[cell]);
    }
    state = std::move(changed);
}

/// A picture [28][28] whose cells hold nothing yet.
template <class R>
void put_picture(SparseState<typename R::Value>& state, const FieldOf<R>& geometry, std::span<const float> grey) {
    state.positions.clear();
    state.values.clear();
    change_picture<R>(state, geometry, grey);
}

} // namespace nca::mnist::inline NCA_ISA

#endif // NCA_SYSTEMS_MNIST_SAMPLES_HPP

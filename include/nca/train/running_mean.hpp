// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_RUNNING_MEAN_HPP
#define NCA_TRAIN_RUNNING_MEAN_HPP

#include <nca/core/push_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nca::inline NCA_ABI {

/// Updates a running mean: mean += (values - mean) / n, n growing by one every four iterations from 1 to `window`.
/// Preconditions: equal sizes, a positive window. Allocates nothing.
template <class T>
void update_running_mean(std::span<T> mean, std::span<const T> values, std::int64_t iteration, int window) noexcept {
    const auto share = static_cast<T>(1.0 / static_cast<double>(std::min<std::int64_t>(window, 1 + iteration / 4)));
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += (values[i] - mean[i]) * share;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_RUNNING_MEAN_HPP

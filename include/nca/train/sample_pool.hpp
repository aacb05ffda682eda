// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_SAMPLE_POOL_HPP
#define NCA_TRAIN_SAMPLE_POOL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/sparse_state.hpp>
#include <nca/core/philox.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::inline NCA_ABI {

/// The sample pool of Growing NCA (experiment 2): states that training starts from and writes back to, stored sparsely.
template <class T>
class SamplePool {
public:
    /// `size` copies of the seed, labelled 0.
    NCA_COLD SamplePool(int size, const SparseState<T>& seed)
        : states_(static_cast<std::size_t>(size), seed), labels_(static_cast<std::size_t>(size)) {}

    [[nodiscard]] int size() const noexcept { return static_cast<int>(states_.size()); }
    [[nodiscard]] SparseState<T>& operator[](int index) noexcept { return states_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] const SparseState<T>& operator[](int index) const noexcept {
        return states_[static_cast<std::size_t>(index)];
    }

    /// A number that goes with a state: its class, or the draw of its adversaries.
    [[nodiscard]] std::int32_t& label(int index) noexcept { return labels_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] std::int32_t label(int index) const noexcept { return labels_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return labels_; }

    /// Draws `count` distinct indices, uniformly. Precondition: count <= size().
    [[nodiscard]] NCA_COLD std::vector<int> draw(int count, const Philox& random) const {
        NCA_ASSERT(count <= size(), "nca::SamplePool: the batch is larger than the pool");
        std::vector<int> drawn;
        for (std::uint64_t i = 0; static_cast<int>(drawn.size()) < count; ++i) {
            const auto index = static_cast<int>(random.below(i, static_cast<std::uint32_t>(size())));
            if (std::find(drawn.begin(), drawn.end(), index) == drawn.end()) drawn.push_back(index);
        }
        return drawn;
    }

private:
    std::vector<SparseState<T>> states_;
    std::vector<std::int32_t> labels_;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_SAMPLE_POOL_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_SAMPLE_SHARING_HPP
#define NCA_TRAIN_SAMPLE_SHARING_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/sparse_state.hpp>
#include <nca/core/config.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

/// Trainings that several processes share, each of which computes some samples of every batch.
namespace nca::inline NCA_ABI {

/// How processes share the samples of a batch. All of them run the same trainer with the same options, so that they
/// have the same pool, parameters and random numbers; a sample's results are those of the process that computes it.
class SampleSharing {
public:
    SampleSharing() = default;
    SampleSharing(const SampleSharing&) = delete;
    SampleSharing& operator=(const SampleSharing&) = delete;
    virtual ~SampleSharing() = default;

    /// True if this process computes a sample; of every sample exactly one does.
    [[nodiscard]] virtual bool computes(int sample) const noexcept = 0;
    /// Fills in the bytes of the samples that other processes compute. All processes call it, once per iteration.
    virtual void exchange(std::span<std::vector<std::byte>> samples) = 0;
};

namespace detail {

/// What one sample of an iteration leaves behind, as the processes send it.
template <class T>
struct SampleResult {
    double loss = 0.0;
    int steps = 0;
    std::span<T> gradient{};
    SparseState<T>* state = nullptr;

    [[nodiscard]] std::vector<std::byte> to_bytes() const {
        std::vector<std::byte> bytes;
        const auto put = [&](const auto* values, std::size_t count) {
            const auto* const from = reinterpret_cast<const std::byte*>(values);
            bytes.insert(bytes.end(), from, from + count * sizeof(*values));
        };
        const std::size_t cells = state->positions.size();
        const std::size_t values = state->values.size();
        put(&loss, 1);
        put(&steps, 1);
        put(&cells, 1);
        put(&values, 1);
        put(gradient.data(), gradient.size());
        put(state->positions.data(), cells);
        put(state->values.data(), values);
        return bytes;
    }
    /// Precondition: the bytes are those of a sample of the same trainer.
    void assign(std::span<const std::byte> bytes) {
        const auto take = [&](auto* values, std::size_t count) {
            const std::size_t size = count * sizeof(*values);
            if (size == 0) return;
            NCA_ASSERT(size <= bytes.size(), "nca::SampleSharing: the bytes of a sample are incomplete");
            std::memcpy(values, bytes.data(), size);
            bytes = bytes.subspan(size);
        };
        std::size_t cells = 0;
        std::size_t values = 0;
        take(&loss, 1);
        take(&steps, 1);
        take(&cells, 1);
        take(&values, 1);
        take(gradient.data(), gradient.size());
        state->positions.resize(cells);
        state->values.resize(values);
        take(state->positions.data(), cells);
        take(state->values.data(), values);
    }
};

} // namespace detail

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_SAMPLE_SHARING_HPP

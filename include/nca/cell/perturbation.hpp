// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_PERTURBATION_HPP
#define NCA_CELL_PERTURBATION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace nca::inline NCA_ABI {

/// The bound to which perturbed states are clamped (notebook of Adversarial Reprogramming).
inline constexpr double perturbation_bound = 3.0;

/// A symmetric matrix A over the channels of a rule, which perturbs the state of every cell: x -> clamp(x A, -3, 3)
/// (Adversarial Reprogramming of NCA, "Perturbing the states of Growing CAs"). The parameters are an upper triangle U:
/// A = triu(U) + triu(U)^T - diag(U). k A + (1 - k) I scales the distance of every eigenvalue from 1 by k.
template <class R>
class Perturbation {
public:
    static_assert(R::channels != Dynamic, "nca::Perturbation: the channels of the rule are known at compile time");
    using Value = typename R::Value;
    static constexpr int channels = R::channels;
    static constexpr int rank = R::rank;
    /// Values per row, padding included.
    static constexpr int stride = padded(channels);
    /// Values in the parameter block, and in a matrix: [channels, padded(channels)].
    static constexpr std::size_t block_size = static_cast<std::size_t>(channels) * static_cast<std::size_t>(stride);

    /// The identity. Allocates once.
    Perturbation() : upper_(block_size) {
        for (int c = 0; c < channels; ++c) upper_[index(c, c)] = Value(1);
    }

    /// U: [channels, padded(channels)].
    [[nodiscard]] std::span<Value> parameters() noexcept { return {upper_.data(), upper_.size()}; }
    [[nodiscard]] std::span<const Value> parameters() const noexcept { return {upper_.data(), upper_.size()}; }

    /// An entry of A; (row, column) and (column, row) are the same.
    [[nodiscard]] Value& operator()(int row, int column) noexcept {
        return upper_[index(std::min(row, column), std::max(row, column))];
    }
    [[nodiscard]] const Value& operator()(int row, int column) const noexcept {
        return upper_[index(std::min(row, column), std::max(row, column))];
    }
    /// Writes A as [channels, padded(channels)], with zeros in the padding.
    void store(Value* matrix) const noexcept {
        std::fill_n(matrix, block_size, Value(0));
        for (int row = 0; row < channels; ++row) {
            for (int column = 0; column < channels; ++column) matrix[index(row, column)] = (*this)(row, column);
        }
    }

    /// A += k (B - I) with B the other: k = 1 has its effect, -1 the opposite. Any number of them combine.
    void add(const Perturbation& other, double k) noexcept {
        const auto factor = static_cast<double>(static_cast<Value>(k));
        for (int row = 0; row < channels; ++row) {
            for (int column = row; column < channels; ++column) {
                const Value displacement = other(row, column) - (row == column ? Value(1) : Value(0));
                // The product of floats is exact in double, so that the sum is the same whether a compiler fuses them
                // or not: the same bits on every processor.
                Value& entry = (*this)(row, column);
                entry = static_cast<Value>(static_cast<double>(entry) + factor * static_cast<double>(displacement));
            }
        }
    }

private:
    [[nodiscard]] static constexpr std::size_t index(int row, int column) noexcept {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(stride) + static_cast<std::size_t>(column);
    }

    AlignedArray<Value> upper_;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_PERTURBATION_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_GRAFT_HPP
#define NCA_SYSTEMS_TEXTURE_GRAFT_HPP

#include <nca/core/executor.hpp>
#include <nca/core/extents.hpp>
#include <nca/run/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace nca::texture::inline NCA_ISA {

/// Two textures on one grid: after every step x = a + (b - a) * share, cell by cell, where a and b are what two rules
/// make of the same state with independent fire masks. Rules that were trained from a common ancestor pass into each
/// other through a meaningful zone.
template <class R>
class Graft {
public:
    using Value = typename R::Value;
    using World = Simulation<R, Dynamic, Dynamic>;
    using StateGrid = typename World::StateGrid;

    /// A grid of zeros on which both rules work, which outlive this object. All shares are zero: the first rule alone.
    /// Allocates; later calls do not.
    Graft(Borrowed<R> first, Borrowed<R> second, const typename World::Shape& extents, std::uint64_t seed = 0,
          const Reserve& reserve = {})
        : first_{first, extents, seed, reserve}, second_{second, extents, Philox{seed}.split(1).key(), reserve},
          state_{extents}, other_{extents}, shares_(static_cast<std::size_t>(extents.cells())) {}

    /// The share of the second rule in every cell, in row-major order; to be changed at any time.
    [[nodiscard]] std::span<Value> shares() noexcept { return shares_; }
    /// The share of the second rule in every cell.
    [[nodiscard]] std::span<const Value> shares() const noexcept { return shares_; }

    /// The state: [height, width, channels].
    [[nodiscard]] const StateGrid& state() const noexcept { return state_; }
    /// Replaces the state. Precondition: the extents are those of the grid.
    void load(const StateGrid& state) noexcept {
        NCA_ASSERT(state.extents() == state_.extents(), "nca::texture::Graft: a state of other extents");
        std::copy(state.values().begin(), state.values().end(), state_.values().begin());
        share_state();
    }

    /// Steps done.
    [[nodiscard]] std::uint64_t steps() const noexcept { return first_.steps(); }

    /// The simulation of the first rule, for its options and angles. Its state is that of the graft.
    [[nodiscard]] World& first() noexcept { return first_; }
    /// The simulation of the second rule.
    [[nodiscard]] World& second() noexcept { return second_; }

    /// One step of both rules.
    template <class E>
    void step(E&& executor) {
        first_.step(executor);
        second_.step(executor);
        first_.store(state_);
        second_.store(other_);
        for (std::size_t cell = 0; cell < shares_.size(); ++cell) {
            for (std::size_t c = cell * R::channels; c < (cell + 1) * R::channels; ++c) {
                Value& value = state_.values()[c];
                value += (other_.values()[c] - value) * shares_[cell];
            }
        }
        share_state();
    }

private:
    void share_state() noexcept {
        first_.load(state_);
        second_.load(state_);
    }

    World first_;
    World second_;
    StateGrid state_;
    StateGrid other_;
    std::vector<Value> shares_;
};

/// Shares of a disc in the middle: 1 / (1 + exp(-8 (0.6 - r))), where r is the distance from the centre, 1 at the
/// edges.
template <class T = float>
[[nodiscard]] std::vector<T> disc_shares(int height, int width) {
    std::vector<T> shares;
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) {
            const double r = std::hypot(2.0 * (column + 0.5) / width - 1.0, 2.0 * (row + 0.5) / height - 1.0);
            shares.push_back(static_cast<T>(1.0 / (1.0 + std::exp(-8.0 * (0.6 - r)))));
        }
    }
    return shares;
}

/// Shares of a strip: 0 at the left and the right edge, 1 in the middle, by a cosine.
template <class T = float>
[[nodiscard]] std::vector<T> strip_shares(int height, int width) {
    std::vector<T> shares;
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) {
            const double turn = 6.283185307179586 * column / std::max(width - 1, 1);
            shares.push_back(static_cast<T>(0.5 - 0.5 * std::cos(turn)));
        }
    }
    return shares;
}

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_GRAFT_HPP

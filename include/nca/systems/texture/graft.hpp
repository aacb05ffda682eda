// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_GRAFT_HPP
#define NCA_SYSTEMS_TEXTURE_GRAFT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/extents.hpp>
#include <nca/run/simulation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// Two rules on one grid, blended by a mask (the grafting notebook of Self-Organising Textures): after every step
/// x = a + (b - a) * mask, cell by cell, where the rules compute a and b from the same state with independent fire
/// masks. Rules that were fine-tuned from a common ancestor give a coherent transition zone.
template <class R>
class Graft {
public:
    using Value = typename R::Value;
    using World = Simulation<R, Dynamic, Dynamic>;
    using StateGrid = typename World::StateGrid;

    /// A grid of zeros with a mask of zeros, under which only the first rule counts. The rules must outlive this
    /// object. Allocates; later calls do not.
    Graft(Borrowed<R> first, Borrowed<R> second, const typename World::Shape& extents, std::uint64_t seed = 0,
          const Reserve& reserve = {})
        : first_{first, extents, seed, reserve}, second_{second, extents, Philox{seed}.split(1).key(), reserve},
          state_{extents}, other_{extents}, mask_(static_cast<std::size_t>(extents.cells())) {}

    /// The weight of the second rule in each cell, 0 to 1, in row-major order. It may be changed between steps.
    [[nodiscard]] std::span<Value> mask() noexcept { return mask_; }

    /// The state: [height, width, channels].
    [[nodiscard]] const StateGrid& state() const noexcept { return state_; }
    /// Replaces the state. Precondition: the extents are those of the grid.
    void load(const StateGrid& state) noexcept {
        NCA_ASSERT(state.extents() == state_.extents(), "nca::texture::Graft: a state of other extents");
        std::copy(state.values().begin(), state.values().end(), state_.values().begin());
        load_state();
    }

    [[nodiscard]] std::uint64_t steps() const noexcept { return first_.steps(); }

    /// The simulations of the two rules, for their options and angles; both hold the blended state.
    [[nodiscard]] World& first() noexcept { return first_; }
    [[nodiscard]] World& second() noexcept { return second_; }

    template <class E>
    void step(E&& executor) {
        first_.step(executor);
        second_.step(executor);
        first_.store(state_);
        second_.store(other_);
        for (std::size_t cell = 0; cell < mask_.size(); ++cell) {
            for (std::size_t c = cell * R::channels; c < (cell + 1) * R::channels; ++c) {
                Value& value = state_.values()[c];
                value += (other_.values()[c] - value) * mask_[cell];
            }
        }
        load_state();
    }

private:
    void load_state() noexcept {
        first_.load(state_);
        second_.load(state_);
    }

    World first_;
    World second_;
    StateGrid state_;
    StateGrid other_;
    std::vector<Value> mask_;
};

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_GRAFT_HPP

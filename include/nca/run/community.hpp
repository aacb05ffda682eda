// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_COMMUNITY_HPP
#define NCA_RUN_COMMUNITY_HPP

#include <nca/cell/species_step.hpp>
#include <nca/core/cell_mask.hpp>
#include <nca/core/config.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/species_map.hpp>
#include <nca/run/simulation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::inline NCA_ISA {

/// A living world in which each cell follows one of several rules of the same type: adversaries in a creature, a graft,
/// competitors.
///
/// The state, its options and its picture are those of `world()`, a simulation of species 0, to which every cell
/// belongs at first; with no other cells the film is that of the simulation. A cell keeps its state when it changes its
/// species. The film depends neither on the executor nor on the number of threads. After construction a step allocates
/// nothing. One thread at a time per community.
template <class R, int... Sizes>
class Community {
public:
    using World = Simulation<R, Sizes...>;

    /// An empty world of species 0. The rules outlive it and are not changed meanwhile. Precondition: there is at least
    /// one rule. Allocates.
    Community(const std::vector<Borrowed<R>>& rules, const typename World::Shape& extents, std::uint64_t seed = 0,
              int concurrency = 1)
        : world_{rules.front(), extents, seed, {.concurrency = concurrency}}, species_{extents.rows(),
                                                                                       extents.columns(),
                                                                                       static_cast<int>(rules.size())} {
        const FieldOf<R> shape{extents.sizes()};
        for (std::size_t s = 0; s < rules.size(); ++s) {
            rules_.push_back(rules[s].rule);
            if (s > 0) works_.emplace_back(shape, std::max(concurrency, 1));
        }
    }

    /// The world: its state may be changed at any time. Its own step() takes a step in which all cells follow rule 0.
    [[nodiscard]] World& world() noexcept { return world_; }
    [[nodiscard]] const World& world() const noexcept { return world_; }
    /// Which rule every cell follows; may be changed at any time.
    [[nodiscard]] SpeciesMap& species() noexcept { return species_; }
    [[nodiscard]] const SpeciesMap& species() const noexcept { return species_; }

    /// Gives the cells closer than `radius` to a place to a species. What lies outside the grid is clipped.
    void settle(int species, double radius, double x, double y) noexcept requires(R::rank == 2) {
        for (int row = 0; row < world_.extents()[0]; ++row) {
            for (int column = 0; column < world_.extents()[1]; ++column) {
                const double dx = column - x;
                const double dy = row - y;
                if (dx * dx + dy * dy < radius * radius) species_.assign(species, row, column);
            }
        }
    }

    /// One step on the calling thread.
    void step() { step(SerialExecutor{}); }
    /// Steps on the calling thread.
    void step(int count) { step(count, SerialExecutor{}); }
    /// One step on an executor; see `step_species`.
    template <class E>
    requires Executor<std::remove_cvref_t<E>>
    void step(E&& executor) {
        world_.step_with([&](FieldOf<R>& field, StepWorkspace<R>& work) {
            step_species<R>(species_, field, world_.options(), executor, [&](int s) {
                const auto index = static_cast<std::size_t>(s);
                return SpeciesTurn<R>{std::as_const(*rules_[index]).parameters().data(),
                                      world_.fire_mask(species_random(world_.random(), s)),
                                      s == 0 ? &work : &works_[index - 1]};
            });
        });
    }
    /// Steps on an executor.
    template <class E>
    requires Executor<std::remove_cvref_t<E>>
    void step(int count, E&& executor) {
        for (int i = 0; i < count; ++i) step(executor);
    }

private:
    World world_;
    SpeciesMap species_;
    std::vector<const R*> rules_{};
    std::vector<StepWorkspace<R>> works_{};
};

} // namespace nca::inline NCA_ISA

#endif // NCA_RUN_COMMUNITY_HPP

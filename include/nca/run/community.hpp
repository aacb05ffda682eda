// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_COMMUNITY_HPP
#define NCA_RUN_COMMUNITY_HPP

#include <nca/core/push_macros.hpp>

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

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// A simulation in which each cell follows the rule of its species (Adversarial Reprogramming of NCA). State, options
/// and drawing are those of `world()`; cells begin with species 0 and keep their state in another. The trajectory does
/// not depend on the executor. Steps do not allocate. Not thread-safe.
template <class R, int... Sizes>
class Community {
public:
    using World = Simulation<R, Sizes...>;

    /// All cells zero and of species 0; species s follows rules[s]. Preconditions: at least one rule, and
    /// all of the same channels and life. Allocates.
    Community(const std::vector<Borrowed<R>>& rules, const typename World::Shape& extents, std::uint64_t seed = 0,
              int concurrency = 1)
        : Community(rules, extents, seed, Reserve{.concurrency = concurrency}) {}
    /// The same, with memory reserved for more.
    Community(const std::vector<Borrowed<R>>& rules, const typename World::Shape& extents, std::uint64_t seed,
              const Reserve& reserve)
        : world_{rules.front(), extents, seed, reserve}, species_{extents.rows(), extents.columns(),
                                                                  static_cast<int>(rules.size())} {
        const FieldOf<R> shape{extents.sizes(), world_.rule().architecture().channels()};
        for (std::size_t s = 0; s < rules.size(); ++s) {
            rules_.push_back(rules[s].rule);
            if (s > 0) works_.emplace_back(rules[s].rule->architecture(), shape, std::max(reserve.concurrency, 1));
        }
    }

    /// May be edited at any time. Its own step() applies rule 0 to all cells.
    [[nodiscard]] World& world() noexcept { return world_; }
    [[nodiscard]] const World& world() const noexcept { return world_; }
    /// The species of every cell; may be changed at any time.
    [[nodiscard]] SpeciesMap& species() noexcept { return species_; }
    [[nodiscard]] const SpeciesMap& species() const noexcept { return species_; }

    /// Assigns the cells less than `radius` cells from (x, y) to a species.
    void assign(int species, double radius, double x, double y) noexcept requires(R::rank == 2) {
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
    /// One step of all species on an executor; see `step_species`.
    template <class E>
    requires Executor<std::remove_cvref_t<E>>
    void step(E&& executor) {
        world_.step_with([&](FieldOf<R>& field, StepWorkspace<R>& work) {
            step_species<R>(species_, field, world_.options(), executor, [&](int s) {
                const auto index = static_cast<std::size_t>(s);
                return SpeciesStep<R>{std::as_const(*rules_[index]).parameters().data(),
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

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_COMMUNITY_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_SPECIES_STEP_HPP
#define NCA_CELL_SPECIES_STEP_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/cell_mask.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/species_map.hpp>

#include <cstdint>

/// Several rules of one type on one grid, each cell following its own.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// What a species contributes to a step.
template <class R>
struct SpeciesStep {
    const typename R::Value* parameters;
    FireMask fire;
    StepWorkspace<R>* work;
};

/// The generator of a species: that of the simulation for species 0, independent ones for the others.
[[nodiscard]] inline Philox species_random(const Philox& world, int species) noexcept {
    return species == 0 ? world : world.split(0x5BEC1E5U, static_cast<std::uint32_t>(species));
}

/// One step of several rules on one grid, in place: x' = sum over species s of own_s * step_s(x), where step_s is a
/// complete step of species s on all cells, with its own fire mask, noise and alive mask, and own_s is 1 in its cells
/// and 0 in others (Adversarial Reprogramming of NCA, "Adversarial Injections for Growing CA").
///
/// Cells that live and fire are updated by their own rule, and by another one only where a neighbour of that species
/// would otherwise die: this equals the dense computation, and costs hardly more than a step of one rule.
///
/// step(s) returns a SpeciesStep, each with its own workspace; that of species 0 is in sync with the field (`prepare`,
/// or the last step). `observe(s, first, count, tile)` receives the tiles of each species. Otherwise as `step_field`.
template <class R, class E, class StepOf, class Observe = isa_detail::IgnoreTiles>
void step_species(const SpeciesMap& species, FieldOf<R>& field, const StepOptions<R>& options, E&& executor,
                  StepOf&& step, Observe&& observe = {}) {
    StepWorkspace<R>& first = *step(0).work;
    RowRange rows{};
    for (int s = 0; s < species.count(); ++s) {
        const SpeciesStep<R> at = step(s);
        StepWorkspace<R>& work = *at.work;
        work.own = &species.cells(s);
        if (s > 0) {
            work.mature.copy_cells(first.mature);
            work.rows = first.rows;
            work.rotations = first.rotations;
            work.inputs = first.inputs;
        }
        auto observe_own = [&](int start, int count, const Tile<R>& tile) { observe(s, start, count, tile); };
        rows = isa_detail::propose_step<R>(at.parameters, field, options, at.fire, work, executor, observe_own);
    }
    for (int s = 0; s < species.count(); ++s) isa_detail::add_updates<R>(field, options, *step(s).work, executor);
    if (first.rule().has_life()) {
        // Each species decides by its own alive mask which of its cells survive.
        for (int s = 0; s < species.count(); ++s) {
            const StepWorkspace<R>& work = *step(s).work;
            for (int row = rows.first; row < rows.last; ++row) {
                for (int w = 0; w < work.pre.words_per_row(); ++w) {
                    const std::uint64_t own = work.own_word(row, w);
                    const std::uint64_t others = s == 0 ? 0 : ~own;
                    first.post.word(row, w) = (first.post.word(row, w) & others) | (work.post.word(row, w) & own);
                    first.next_mature.word(row, w) =
                        (first.next_mature.word(row, w) & others) | (work.next_mature.word(row, w) & own);
                }
            }
        }
    }
    isa_detail::end_step<R>(field, rows, step(0).fire, first);
    first.own = nullptr;
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_SPECIES_STEP_HPP

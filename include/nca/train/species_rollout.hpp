// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_SPECIES_ROLLOUT_HPP
#define NCA_TRAIN_SPECIES_ROLLOUT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/species_step.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/species_map.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout.hpp>
#include <nca/train/rollout_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

/// Several rules on one grid, on the tape; those of `frozen_parameters` pass the gradient on to the state and get none.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// One step of several rules as one node: weights[s] and fire(s) are those of species s. Does not keep the map.
template <class R, class Keep = keep_states, class FireOf>
[[nodiscard]] State<R> species_step(std::span<const Weights<R>> weights, const SpeciesMap& species,
                                    const State<R>& state, FireOf&& fire, const StepOptions<R>& options = {}) {
    NCA_ASSERT(static_cast<int>(weights.size()) == species.count(), "nca::species_step: parameters for every species");
    using T = typename R::Value;
    BasicTape<T>& tape = state.var().tape();
    RolloutContext<R>& context = state.context();
    const int kept = FusedStep<R>::kept_stride(context.rule());
    const auto work = [&](int s) -> StepWorkspace<R>& { return context.work_of(s, species.count()); };
    context.load(state.var());
    context.field().set_boundary(options.boundary);
    constexpr bool keeps = std::is_same_v<Keep, keep_all>;
    static_assert(keeps || std::is_same_v<Keep, keep_states>, "nca::species_step: keep_states or keep_all");
    T* const staged = keeps ? isa_detail::staging_of<R>(context) : nullptr;
    const auto staged_of = [&](int s) {
        std::ptrdiff_t before = 0;
        for (int other = 0; other < s; ++other) before += work(other).active_count;
        return staged + before * kept;
    };
    step_species<R>(
        species, context.field(), options, SerialExecutor{},
        [&](int s) {
            const T* const parameters = weights[static_cast<std::size_t>(s)].var().value().data();
            work(s).notes_clamped = true;
            return SpeciesStep<R>{parameters, fire(s), &work(s)};
        },
        [&](int s, int first, int count, const Tile<R>& tile) {
            if constexpr (keeps) {
                isa_detail::stage_tile<R>(context.rule(), tile, count,
                                          staged_of(s) + static_cast<std::ptrdiff_t>(first) * kept);
            }
        });
    std::span<StepPart<R>> parts{tape.memory().template take<StepPart<R>>(weights.size()), weights.size()};
    const Weights<R>* differentiated = &weights[0];
    for (std::size_t s = 0; s < weights.size(); ++s) {
        parts[s] = StepPart<R>{};
        isa_detail::list_active<R>(tape, weights[s], work(static_cast<int>(s)), parts[s]);
        if constexpr (keeps) {
            parts[s].kept =
                isa_detail::keep_staged<R>(tape, context.rule(), staged_of(static_cast<int>(s)), parts[s].active_count);
        }
        if (tape.node(weights[s].var()).active) differentiated = &weights[s];
    }
    return isa_detail::record_step<R>(tape, context, parts, *differentiated, state, options, nullptr);
}

/// `steps` steps of several rules, with the random numbers of a Community at the indices first, first + 1, ...
template <class R, class Keep = keep_states>
[[nodiscard]] State<R> species_rollout(std::span<const Weights<R>> weights, const SpeciesMap& species, State<R> state,
                                       int steps, const Philox& random, std::uint64_t first = 0,
                                       const StepOptions<R>& options = {}) {
    NCA_ASSERT(steps >= 0, "nca::species_rollout: a number of steps");
    for (int i = 0; i < steps; ++i) {
        const std::uint64_t t = first + static_cast<std::uint64_t>(i);
        state = species_step<R, Keep>(
            weights, species, state, [&](int s) { return FireMask(species_random(random, s), t, options.fire_rate); },
            options);
    }
    return state;
}

/// What the pullbacks on a tape have computed for grids of these sizes: nothing for the parameters of a frozen rule.
template <class R>
[[nodiscard]] PullbackCount pullback_count(BasicTape<typename R::Value>& tape,
                                           const typename FieldOf<R>::Sizes& sizes) {
    return RolloutContext<R>::of(tape, sizes, architecture_of_type<R>).count();
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_SPECIES_ROLLOUT_HPP

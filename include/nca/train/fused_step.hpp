// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_FUSED_STEP_HPP
#define NCA_TRAIN_FUSED_STEP_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/cell_update_pullback.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// The part of one rule in a step on the tape.
template <class R>
struct StepPart {
    using T = typename R::Value;

    int parameters = -1;                  ///< the node of its parameters
    const std::int32_t* active = nullptr; ///< positions of the cells that it updated: alive and firing
    int active_count = 0;
    /// ClampState: [active_count, padded(channels)], 1 where the sum lay within the limits, else 0.
    const std::uint8_t* inside = nullptr;
    const T* kept = nullptr; ///< [active_count, kept_stride], or null
};

/// One step; inputs are parameters, a state and, of some rules, what cells are told. With g the adjoint of the next
/// state, 0 where that is dead or clamped: a living cell passes g to itself, and the update of a cell that fired has
/// the adjoint step_size * g in channels that are not frozen, propagated to parameters and neighbourhood. Masks, noise
/// and the species map are constants. Kept: the active cells, with `keep_all` also their perception and hidden values,
/// else recomputed tile by tile.
template <class R>
struct FusedStep : StateCells {
    using T = typename R::Value;

    const ArchitectureOf<R>* architecture = nullptr;
    const StepPart<R>* parts = nullptr;
    int part_count = 0;
    StepOptions<R> options{};
    const std::uint64_t* living = nullptr; ///< of the result, where dead cells hold something: [rows, words per row]
    bool has_inputs = false;

    /// Values per cell that `keep_all` keeps: perception and the layers that the pullback reads.
    [[nodiscard]] static constexpr int kept_stride(const ArchitectureOf<R>& rule) noexcept {
        int stride = 0;
        for_each_width(rule, [&](int /*block*/, int width) { stride += width; });
        return stride;
    }

    static constexpr const char* name = "fused step";

    /// Visits the kept parts of a tile: visit(pointer to [rows, width], width, offset in a kept row).
    template <class Visit>
    static void for_each_part(const ArchitectureOf<R>& rule, const Tile<R>& tile, Visit&& visit) {
        int offset = 0;
        for_each_width(rule, [&](int block, int width) {
            const int layers = rule.layer_count();
            visit(block < 0         ? tile.perception()
                  : block >= layers ? tile.activation_input(block - layers)
                                    : tile.output(block),
                  width, offset);
            offset += width;
        });
    }

    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<FusedStep>();
        const ArchitectureOf<R>& rule = *saved.architecture;
        RolloutContext<R>& context = RolloutContext<R>::of(at.tape(), sizes_of<R>(at.input_shape(1)), rule);
        const int stride = context.field().stride();
        FieldOf<R>& adjoint = context.adjoint();
        adjoint.set_boundary(saved.options.boundary);
        const auto limits = Limits<T>::around_zero(rule.clamp_limit(), saved.options.eight_bit);
        const FieldOf<R>* perceived = &context.field();
        if (saved.parts[0].kept == nullptr || rule.pullback_reads_state() || saved.has_inputs) {
            context.load(at.input_var(1));
            context.field().set_boundary(saved.options.boundary);
            context.field().fill_border();
            if (saved.has_inputs) perceived = &context.perceive_with(at.input_var(2));
        }
        for (int i = 0; i < saved.count; ++i) {
            T* const g = adjoint.at(saved.positions[i]);
            copy_values(at.adjoint().data() + static_cast<std::ptrdiff_t>(i) * stride, g, stride);
            if (rule.has_clamp()) {
                clamp_pullback(at.value().data() + static_cast<std::ptrdiff_t>(i) * stride, g, stride, limits);
            }
        }
        if (saved.living != nullptr) { // dead cells are constants, but for their angle
            const int constant = rule.keeps_angle() ? rule.channels() - 1 : stride;
            const int words = context.field().occupied().words_per_row();
            adjoint.for_each_position(saved.positions, saved.count, [&](int row, int column, int i) {
                if ((saved.living[row * words + column / 64] >> static_cast<unsigned>(column % 64) & 1U) != 0) return;
                std::fill_n(adjoint.at(saved.positions[i]), constant, T(0));
            });
        }
        for (int p = 0; rule.has_state_clamp() && p < saved.part_count; ++p) {
            const StepPart<R>& part = saved.parts[p];
            for (int i = 0; i < part.active_count; ++i) {
                const std::uint8_t* const inside = part.inside + static_cast<std::ptrdiff_t>(i) * stride;
                T* const g = adjoint.at(part.active[i]);
                for (int c = 0; c < stride; ++c) g[c] = inside[c] != 0 ? g[c] : T(0);
            }
        }
        // All adjoints of updates are gathered before the pullback of perception adds to the same grid.
        const Vec<T> step_size(saved.options.step_size);
        T* update = context.work().updates.data();
        for (int p = 0; p < saved.part_count; ++p) {
            for (int i = 0; i < saved.parts[p].active_count; ++i, update += stride) {
                const T* const g = adjoint.at(saved.parts[p].active[i]);
                for (int c = 0; c < stride; c += Vec<T>::size) store(update + c, step_size * load(g + c));
                std::fill_n(update, rule.frozen(), T(0));
            }
        }

        const std::span<T> state_adjoint = at.input_adjoint(1);
        const std::span<T> told_adjoint = saved.has_inputs ? at.input_adjoint(2) : std::span<T>{};
        const bool added = rule.input_kind() == InputKind::added && !told_adjoint.empty();
        const bool to_state = !state_adjoint.empty() || added;
        // The adjoint of what cells perceive; with inputs that were added a grid of its own.
        FieldOf<R>& seen = added ? context.seen_adjoint() : adjoint;
        seen.set_boundary(saved.options.boundary);
        const InputAdjoint<T> told = added ? InputAdjoint<T>{} : context.input_adjoint(told_adjoint);
        const T* updates = context.work().updates.data();
        for (int p = 0; p < saved.part_count; ++p) {
            pull_back_part(at.tape(), context, saved.parts[p], saved.options, *perceived, updates,
                           to_state ? &seen : nullptr, told);
            updates += static_cast<std::ptrdiff_t>(saved.parts[p].active_count) * stride;
        }
        if (!told_adjoint.empty()) context.finish_input_adjoint(seen, told, told_adjoint);

        if (!state_adjoint.empty()) {
            if (!added) adjoint.fold_border();
            const auto& before = *static_cast<const StateCells*>(at.tape().node(at.input_var(1).index()).saved);
            for (int i = 0; i < before.count; ++i) {
                T* const to = state_adjoint.data() + static_cast<std::ptrdiff_t>(i) * stride;
                const T* from = adjoint.at(before.positions[i]);
                for (int c = 0; c < stride; c += Vec<T>::size) store(to + c, load(to + c) + load(from + c));
                if (!added) continue;
                from = seen.at(before.positions[i]);
                for (int c = 0; c < stride; c += Vec<T>::size) store(to + c, load(to + c) + load(from + c));
            }
        }
        if (to_state) saved.clear_written(seen);
        for (int i = 0; i < saved.count; ++i) clear_values(adjoint.at(saved.positions[i]), stride);
    }

private:
    /// Makes everything zero that the pullback wrote: the neighbourhoods of active cells and the sources of the border.
    void clear_written(FieldOf<R>& adjoint) const noexcept {
        std::size_t neighbours = 0;
        for (int p = 0; p < part_count; ++p) {
            neighbours += static_cast<std::size_t>(parts[p].active_count) * adjoint.offsets().size();
        }
        if (neighbours >= adjoint.positions()) return adjoint.clear_positions();
        adjoint.clear_border_sources();
        for (int p = 0; p < part_count; ++p) {
            for (int i = 0; i < parts[p].active_count; ++i) {
                for (const std::ptrdiff_t offset : adjoint.offsets()) {
                    clear_values(adjoint.at(parts[p].active[i]) + offset, adjoint.stride());
                }
            }
        }
    }

    /// Calls visit(block, width) for what is kept: block -1 is perception, a layer its output, layers on top of their
    /// number the inputs of activations.
    template <class Visit>
    static constexpr void for_each_width(const ArchitectureOf<R>& rule, Visit&& visit) {
        visit(-1, padded(rule.perceived()));
        for (int l = 0; l < kept_layers(rule); ++l) visit(l, rule.layer(l).stride());
        for (int l = 0; rule.keeps_activation_input() && l + 1 < rule.layer_count(); ++l) {
            visit(rule.layer_count() + l, rule.layer(l).stride());
        }
    }

    /// The pullback of one rule's updates. updates: their adjoints, [active_count, padded(channels)].
    static void pull_back_part(BasicTape<T>& tape, RolloutContext<R>& context, const StepPart<R>& part,
                               const StepOptions<R>& options, const FieldOf<R>& perceived, const T* updates,
                               FieldOf<R>* state_adjoint, const InputAdjoint<T>& told) {
        const ArchitectureOf<R>& rule = context.rule();
        const int stride = context.field().stride();
        const int kept_width = kept_stride(rule);
        const BasicVar<T> weights{&tape, part.parameters};
        T* const gradient = tape.node(weights).active ? tape.adjoint_of(part.parameters) : nullptr;
        const bool to_state = state_adjoint != nullptr;
        if (gradient == nullptr && !to_state && told.values == nullptr) return;
        const T* const parameters = weights.value().data();
        const T* const transposed = context.transposed(weights);
        const Rotation<T> rotation = isa_detail::rotation_by<T>(options.angle);
        PairedWeights paired;
        if constexpr (R::may_be_bfloat16) {
            if (options.bfloat16) paired = context.paired(weights);
        }
        const Tile<R> values = context.values().paired(paired.forward);
        const Tile<R> adjoints = context.adjoints().paired(paired.transposed);
        for (int first = 0; first < part.active_count; first += tile_cells) {
            const int count = std::min(tile_cells, part.active_count - first);
            const std::int32_t* const cells = part.active + first;
            if (part.kept != nullptr) {
                for_each_part(rule, values, [&](T* part_values, int width, int offset) {
                    for (int i = 0; i < count; ++i) {
                        std::copy_n(part.kept + static_cast<std::ptrdiff_t>(first + i) * kept_width + offset, width,
                                    part_values + static_cast<std::ptrdiff_t>(i) * width);
                    }
                });
            } else {
                cell_hidden<R>(rule, parameters, perceived.values(), perceived.offsets(), cells, count,
                               Rotations<T>{rotation}, values, options.eight_bit, context.work().inputs);
            }
            std::copy_n(updates + static_cast<std::ptrdiff_t>(first) * stride,
                        static_cast<std::ptrdiff_t>(count) * stride, adjoints.update());
            cell_update_pullback<R>(rule, parameters, transposed, perceived.values(), perceived.offsets(), cells, count,
                                    rotation, values, adjoints, gradient,
                                    to_state ? state_adjoint->values() : nullptr, options.eight_bit, told.values,
                                    told.stride);
        }
        if (to_state) context.count().to_state += part.active_count;
        if (gradient != nullptr) context.count().to_parameters += part.active_count;
    }
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_FUSED_STEP_HPP

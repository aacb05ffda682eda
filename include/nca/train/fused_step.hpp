// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_FUSED_STEP_HPP
#define NCA_TRAIN_FUSED_STEP_HPP

#include <nca/core/push_macros.hpp>

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
    const T* kept = nullptr; ///< [active_count, kept_stride], or null
};

/// One step; inputs are parameters and a state. With g the adjoint of the next state, 0 where that is dead or clamped:
/// a living cell passes g to itself, and the update of a cell that fired has the adjoint step_size * g in channels that
/// are not frozen, propagated to parameters and neighbourhood. Masks, noise and the species map are constants. Kept:
/// the active cells, with `keep_all` also their perception and hidden values, else recomputed tile by tile.
template <class R>
struct FusedStep : StateCells {
    using T = typename R::Value;

    const StepPart<R>* parts = nullptr;
    int part_count = 0;
    StepOptions<R> options{};

    /// Values per cell that `keep_all` keeps: perception and the layers that the pullback reads.
    static constexpr int kept_stride = [] {
        int stride = perception_stride<R>;
        for (int l = 0; l < kept_layers<R>; ++l) stride += R::layers[static_cast<std::size_t>(l)].stride();
        for (int l = 0; keeps_activation_input<R> && l + 1 < R::layer_count; ++l) {
            stride += R::layers[static_cast<std::size_t>(l)].stride();
        }
        return stride;
    }();

    static constexpr const char* name = "fused step";

    /// Visits the kept parts of a tile: visit(pointer to [rows, width], width, offset in a kept row).
    template <class Visit>
    static void for_each_part(Tile<R> tile, Visit&& visit) {
        visit(tile.perception(), perception_stride<R>, 0);
        int offset = perception_stride<R>;
        for (int l = 0; l < kept_layers<R>; ++l) {
            const int width = R::layers[static_cast<std::size_t>(l)].stride();
            visit(tile.output(l), width, offset);
            offset += width;
        }
        for (int l = 0; keeps_activation_input<R> && l + 1 < R::layer_count; ++l) {
            const int width = R::layers[static_cast<std::size_t>(l)].stride();
            visit(tile.activation_input(l), width, offset);
            offset += width;
        }
    }

    static void pullback(const Pullback<T>& at) {
        constexpr int stride = FieldOf<R>::stride;
        const auto& saved = at.template saved<FusedStep>();
        RolloutContext<R>& context = RolloutContext<R>::of(at.tape(), sizes_of<R>(at.input_shape(1)));
        FieldOf<R>& adjoint = context.adjoint();
        adjoint.set_boundary(saved.options.boundary);
        [[maybe_unused]] const auto limits = Limits<T>::around_zero(R::clamp_limit, saved.options.eight_bit);
        if (saved.parts[0].kept == nullptr) {
            context.load(at.input_var(1));
            context.field().set_boundary(saved.options.boundary);
            context.field().fill_border();
        }
        for (int i = 0; i < saved.count; ++i) {
            T* const g = adjoint.at(saved.positions[i]);
            copy_values<stride>(at.adjoint().data() + static_cast<std::ptrdiff_t>(i) * stride, g);
            if constexpr (R::has_clamp) {
                clamp_pullback(at.value().data() + static_cast<std::ptrdiff_t>(i) * stride, g, stride, limits);
            }
        }
        // All adjoints of updates are gathered before the pullback of perception adds to the same grid.
        T* update = context.work().updates.data();
        for (int p = 0; p < saved.part_count; ++p) {
            for (int i = 0; i < saved.parts[p].active_count; ++i, update += stride) {
                const T* const g = adjoint.at(saved.parts[p].active[i]);
                std::fill_n(update, R::frozen, T(0));
                for (int c = R::frozen; c < stride; ++c) update[c] = saved.options.step_size * g[c];
            }
        }

        const std::span<T> state_adjoint = at.input_adjoint(1);
        const T* updates = context.work().updates.data();
        for (int p = 0; p < saved.part_count; ++p) {
            pull_back_part(at.tape(), context, saved.parts[p], saved.options, updates, !state_adjoint.empty());
            updates += static_cast<std::ptrdiff_t>(saved.parts[p].active_count) * stride;
        }

        if (!state_adjoint.empty()) {
            adjoint.fold_border();
            const auto& before = *static_cast<const StateCells*>(at.tape().node(at.input_var(1).index()).saved);
            for (int i = 0; i < before.count; ++i) {
                const T* const from = adjoint.at(before.positions[i]);
                T* const to = state_adjoint.data() + static_cast<std::ptrdiff_t>(i) * stride;
                for (int c = 0; c < stride; ++c) to[c] += from[c];
            }
            // Clears everything written: the neighbourhoods and the sources of the border.
            adjoint.clear_border_sources();
            for (int p = 0; p < saved.part_count; ++p) {
                for (int i = 0; i < saved.parts[p].active_count; ++i) {
                    for (const std::ptrdiff_t offset : adjoint.offsets()) {
                        std::fill_n(adjoint.at(saved.parts[p].active[i]) + offset, stride, T(0));
                    }
                }
            }
        }
        for (int i = 0; i < saved.count; ++i) std::fill_n(adjoint.at(saved.positions[i]), stride, T(0));
    }

private:
    /// The pullback of one rule's updates. updates: their adjoints, [active_count, padded(channels)].
    static void pull_back_part(BasicTape<T>& tape, RolloutContext<R>& context, const StepPart<R>& part,
                               const StepOptions<R>& options, const T* updates, bool to_state) {
        constexpr int stride = FieldOf<R>::stride;
        const BasicVar<T> weights{&tape, part.parameters};
        T* const gradient = tape.node(weights).active ? tape.adjoint_of(part.parameters) : nullptr;
        if (gradient == nullptr && !to_state) return;
        const T* const parameters = weights.value().data();
        const T* const transposed = context.transposed(weights);
        const Rotation<T> rotation = isa_detail::rotation_by<T>(options.angle);
        for (int first = 0; first < part.active_count; first += tile_cells) {
            const int count = std::min(tile_cells, part.active_count - first);
            const std::int32_t* const cells = part.active + first;
            if (part.kept != nullptr) {
                for_each_part(context.values(), [&](T* values, int width, int offset) {
                    for (int i = 0; i < count; ++i) {
                        std::copy_n(part.kept + static_cast<std::ptrdiff_t>(first + i) * kept_stride + offset, width,
                                    values + static_cast<std::ptrdiff_t>(i) * width);
                    }
                });
            } else {
                cell_hidden<R>(parameters, context.field().values(), context.field().offsets(), cells, count,
                               Rotations<T>{rotation}, context.values(), options.eight_bit);
            }
            std::copy_n(updates + static_cast<std::ptrdiff_t>(first) * stride,
                        static_cast<std::ptrdiff_t>(count) * stride, context.adjoints().update());
            cell_update_pullback<R>(transposed, context.adjoint().offsets(), cells, count, rotation, context.values(),
                                    context.adjoints(), gradient, to_state ? context.adjoint().values() : nullptr,
                                    options.eight_bit);
        }
        if (to_state) context.count().to_state += part.active_count;
        if (gradient != nullptr) context.count().to_parameters += part.active_count;
    }
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_FUSED_STEP_HPP

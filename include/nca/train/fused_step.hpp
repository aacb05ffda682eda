// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_FUSED_STEP_HPP
#define NCA_TRAIN_FUSED_STEP_HPP

#include <nca/train/rollout_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nca::inline NCA_ISA {

/// The operation of one step of a rule: inputs are its parameters and a state, the result is the next state.
///
/// With g the adjoint of the next state (zero in dead cells): the adjoint of the update of a cell that fired is
/// step_size * g in the channels that are not frozen; it goes through the pullback of the fused cell update to the
/// parameters and to the neighbourhoods, and every living cell passes g on to itself. Where the next state stands at a
/// limit of the rule, g is zero. Fire and life masks and noise are constants. Kept: the active cells, and with `keep_all` their perception and hidden values; without, these are
/// recomputed tile by tile from the stored state.
template <class R>
struct FusedStep : StateCells {
    using T = typename R::Value;

    const std::int32_t* active = nullptr; ///< positions of the cells that lived and fired
    int active_count = 0;
    const T* kept = nullptr; ///< [active_count, kept_stride], or null
    StepOptions<R> options{};

    /// Values per cell that `keep_all` keeps: perception and the layers that the pullback reads.
    static constexpr int kept_stride = [] {
        int stride = perception_stride<R>;
        for (int l = 0; l < kept_layers<R>; ++l) stride += R::layers[static_cast<std::size_t>(l)].stride();
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
    }

    static void pullback(const Pullback<T>& at) {
        constexpr int stride = FieldOf<R>::stride;
        const auto& saved = at.template saved<FusedStep>();
        RolloutContext<R>& context = RolloutContext<R>::of(at.tape(), sizes_of<R>(at.input_shape(1)));
        FieldOf<R>& adjoint = context.adjoint();
        adjoint.set_boundary(saved.options.boundary);
        [[maybe_unused]] const auto limits = Limits<T>::around_zero(R::clamp_limit, saved.options.eight_bit);
        if (saved.kept == nullptr) {
            context.load(at.input_var(1));
            context.field().set_boundary(saved.options.boundary);
            context.field().fill_border();
        }
        for (int i = 0; i < saved.count; ++i) {
            T* const g = adjoint.at(saved.positions[i]);
            copy_values<stride>(at.adjoint().data() + static_cast<std::ptrdiff_t>(i) * stride, g);
            if constexpr (R::has_clamp) {
                limit_pullback(at.value().data() + static_cast<std::ptrdiff_t>(i) * stride, g, stride, limits);
            }
        }
        // All updates' adjoints are gathered before perception adds to the same grid.
        T* const updates = context.work().updates.data();
        for (int i = 0; i < saved.active_count; ++i) {
            const T* const g = adjoint.at(saved.active[i]);
            T* const update = updates + static_cast<std::ptrdiff_t>(i) * stride;
            std::fill_n(update, R::frozen, T(0));
            for (int c = R::frozen; c < stride; ++c) update[c] = saved.options.step_size * g[c];
        }

        const std::span<T> gradient = at.input_adjoint(0);
        const std::span<T> state_adjoint = at.input_adjoint(1);
        const T* const parameters = at.input(0).data();
        const T* const transposed = context.transposed(at.input_var(0));
        const Rotation<T> rotation = isa_detail::rotation_by<T>(saved.options.angle);
        for (int first = 0; first < saved.active_count; first += tile_cells) {
            const int count = std::min(tile_cells, saved.active_count - first);
            const std::int32_t* const cells = saved.active + first;
            if (saved.kept != nullptr) {
                for_each_part(context.values(), [&](T* part, int width, int offset) {
                    for (int i = 0; i < count; ++i) {
                        std::copy_n(saved.kept + static_cast<std::ptrdiff_t>(first + i) * kept_stride + offset, width,
                                    part + static_cast<std::ptrdiff_t>(i) * width);
                    }
                });
            } else {
                cell_hidden<R>(parameters, context.field().values(), context.field().offsets(), cells, count,
                               Turn<T>{rotation}, context.values(), saved.options.eight_bit);
            }
            std::copy_n(updates + static_cast<std::ptrdiff_t>(first) * stride,
                        static_cast<std::ptrdiff_t>(count) * stride, context.adjoints().update());
            cell_update_pullback<R>(transposed, adjoint.offsets(), cells, count, rotation, context.values(),
                                    context.adjoints(), gradient.data(),
                                    state_adjoint.empty() ? nullptr : adjoint.values(), saved.options.eight_bit);
        }

        if (!state_adjoint.empty()) {
            adjoint.fold_border();
            const auto& before = *static_cast<const StateCells*>(at.tape().node(at.input_var(1).index()).saved);
            for (int i = 0; i < before.count; ++i) {
                const T* const from = adjoint.at(before.positions[i]);
                T* const to = state_adjoint.data() + static_cast<std::ptrdiff_t>(i) * stride;
                for (int c = 0; c < stride; ++c) to[c] += from[c];
            }
            // All that was written becomes zero again: the neighbourhoods, and what the border folded back.
            adjoint.clear_border_sources();
            for (int i = 0; i < saved.active_count; ++i) {
                for (const std::ptrdiff_t offset : adjoint.offsets()) {
                    std::fill_n(adjoint.at(saved.active[i]) + offset, stride, T(0));
                }
            }
        }
        for (int i = 0; i < saved.count; ++i) std::fill_n(adjoint.at(saved.positions[i]), stride, T(0));
    }
};

} // namespace nca::inline NCA_ISA

#endif // NCA_TRAIN_FUSED_STEP_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_PERTURB_HPP
#define NCA_RUN_PERTURB_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perturb_cells.hpp>
#include <nca/cell/perturbation.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/memory.hpp>
#include <nca/run/simulation.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI {

/// When a state is perturbed (Adversarial Reprogramming of NCA, code). The orders differ only in which state is shown.
enum class PerturbationOrder {
    before_step, ///< training notebook and figures: perturb the cells that are alive, zero the others, then step
    after_step   ///< demo: step, then perturb all cells, so that the state shown is within the bound
};

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// x = clamp(x A, -bound, bound) in every cell (Adversarial Reprogramming of NCA); with `before_step` in living cells,
/// 0 in others. A: [channels, padded(channels)], aligned to 64 bytes. `work` stays in sync. Does not allocate.
template <PerturbationOrder Order, class R>
void perturb_field(const typename R::Value* matrix, typename R::Value bound, FieldOf<R>& field,
                   StepWorkspace<R>& work) noexcept {
    using T = typename R::Value;
    constexpr int stride = padded(R::channels);
    if constexpr (R::has_life && Order == PerturbationOrder::before_step) {
        const RowRange rows = isa_detail::reach_of<R>(field, work.rows, field.boundary(), work.rule());
        isa_detail::dilate_life<R>(work.mature, field, rows, work.pre, work);
        field.occupied().for_each(work.rows, [&](int row, int column) {
            if (work.pre.test(row, column)) return;
            std::fill_n(field.at(field.position(row, column)), stride, T(0));
            field.occupied().reset(row, column);
        });
    }
    isa_detail::CellRows<T, stride> before{};
    isa_detail::CellRows<T, stride> after;
    std::array<std::int32_t, tile_cells> cells;
    int count = 0;
    const auto flush = [&] {
        perturb_cells<R::channels>(before.values, count, matrix, bound, after.values);
        for (int i = 0; i < count; ++i) {
            copy_values(after.values + static_cast<std::ptrdiff_t>(i) * stride,
                        field.at(cells[static_cast<std::size_t>(i)]), stride);
        }
        count = 0;
    };
    field.occupied().for_each(work.rows, [&](int row, int column) {
        const std::int32_t cell = field.position(row, column);
        copy_values(field.at(cell), before.values + static_cast<std::ptrdiff_t>(count) * stride, stride);
        cells[static_cast<std::size_t>(count++)] = cell;
        if (count == tile_cells) flush();
    });
    if (count > 0) flush();
    prepare<R>(field, work);
}

/// A step with perturbed cells; step() does the step itself, of `world` or its community. Does not allocate.
template <class R, int... Sizes, class Step>
void perturbed_step(Simulation<R, Sizes...>& world, const Perturbation<R>& perturbation, PerturbationOrder order,
                    Step&& step) {
    using T = typename R::Value;
    struct alignas(block_alignment) Matrix {
        T values[Perturbation<R>::block_size];
    } matrix;
    perturbation.store(matrix.values);
    constexpr auto bound = static_cast<T>(perturbation_bound);
    if (order == PerturbationOrder::before_step) {
        world.change([&](FieldOf<R>& field, StepWorkspace<R>& work) {
            perturb_field<PerturbationOrder::before_step, R>(matrix.values, bound, field, work);
        });
    }
    step();
    if (order == PerturbationOrder::after_step) {
        world.change([&](FieldOf<R>& field, StepWorkspace<R>& work) {
            perturb_field<PerturbationOrder::after_step, R>(matrix.values, bound, field, work);
        });
    }
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_PERTURB_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_PERTURB_HPP
#define NCA_TRAIN_PERTURB_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perturb_cells.hpp>
#include <nca/cell/perturbation.hpp>
#include <nca/run/perturb.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout.hpp>
#include <nca/train/rollout_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// A = triu(U) + triu(U)^T - diag(U). The adjoint of U_ij is g_ij + g_ji for i < j, g_ii for i = j, else 0.
template <class R>
struct SymmetricMatrix {
    using T = typename R::Value;
    static constexpr const char* name = "symmetric matrix";

    static void pullback(const Pullback<T>& at) {
        constexpr auto stride = static_cast<std::size_t>(Perturbation<R>::stride);
        const std::span<T> upper = at.input_adjoint(0);
        const std::span<const T> g = at.adjoint();
        for (std::size_t i = 0; i < std::size_t{R::channels}; ++i) {
            upper[i * stride + i] += g[i * stride + i];
            for (std::size_t j = i + 1; j < std::size_t{R::channels}; ++j) {
                upper[i * stride + j] += g[i * stride + j] + g[j * stride + i];
            }
        }
    }
};

/// y = clip(x A, -bound, bound) in living cells, else 0 (constant mask); inputs A, x. Keeps y's cells, recomputes x A.
template <class R>
struct Perturb : StateCells {
    using T = typename R::Value;
    T bound = T(0);

    static constexpr const char* name = "perturb";

    static void pullback(const Pullback<T>& at) {
        constexpr int stride = padded(R::channels);
        const auto& saved = at.template saved<Perturb>();
        const auto& before = *static_cast<const StateCells*>(at.tape().node(at.input_var(1).index()).saved);
        const T* const matrix = at.input(0).data();
        const T* const x = at.input(1).data();
        const std::span<T> matrix_adjoint = at.input_adjoint(0);
        const std::span<T> x_adjoint = at.input_adjoint(1);
        CellRows<T, stride> values{};
        CellRows<T, stride> g{};
        CellRows<T, stride> adjoints;
        struct alignas(block_alignment) Matrix {
            T values[Perturbation<R>::block_size];
        } transposed;
        transpose_padded(matrix, R::channels, R::channels, transposed.values);
        std::ptrdiff_t source[tile_cells];
        std::ptrdiff_t next = 0; // of the cells before
        for (int first = 0; first < saved.count; first += tile_cells) {
            const int count = std::min(tile_cells, saved.count - first);
            for (int i = 0; i < count; ++i, ++next) {
                while (before.positions[next] != saved.positions[first + i]) ++next;
                source[i] = next * stride;
                copy_values(x + source[i], values.values + static_cast<std::ptrdiff_t>(i) * stride, stride);
                copy_values(at.adjoint().data() + static_cast<std::ptrdiff_t>(first + i) * stride,
                            g.values + static_cast<std::ptrdiff_t>(i) * stride, stride);
            }
            perturb_cells_pullback<R::channels>(values.values, count, matrix, transposed.values, saved.bound, g.values,
                                                matrix_adjoint.data(), x_adjoint.empty() ? nullptr : adjoints.values);
            for (int i = 0; i < count && !x_adjoint.empty(); ++i) {
                T* const to = x_adjoint.data() + source[i];
                const T* const from = adjoints.values + static_cast<std::ptrdiff_t>(i) * stride;
                for (int c = 0; c < stride; ++c) to[c] += from[c];
            }
        }
    }
};

} // namespace isa_detail

/// The matrix A of a perturbation's parameters U on the tape: [channels, padded(channels)].
template <class R>
[[nodiscard]] BasicVar<typename R::Value> symmetric_matrix(const Weights<Perturbation<R>>& upper) {
    using T = typename R::Value;
    BasicTape<T>& tape = upper.var().tape();
    const BasicVar<T> matrix = tape.template record<isa_detail::SymmetricMatrix<R>>(
        Shape{R::channels, Perturbation<R>::stride}, {upper.var()});
    constexpr auto stride = static_cast<std::size_t>(Perturbation<R>::stride);
    const std::span<const T> from = upper.var().value();
    const std::span<T> to = matrix.value();
    std::fill(to.begin(), to.end(), T(0));
    for (std::size_t i = 0; i < std::size_t{R::channels}; ++i) {
        for (std::size_t j = 0; j < std::size_t{R::channels}; ++j) {
            to[i * stride + j] = from[std::min(i, j) * stride + std::max(i, j)];
        }
    }
    return matrix;
}

/// A state that is perturbed as before a step (PerturbationOrder::before_step) with this boundary: one node.
template <class R>
[[nodiscard]] State<R> perturb(const BasicVar<typename R::Value>& matrix, const State<R>& state,
                               Boundary boundary = R::boundary,
                               typename R::Value bound = static_cast<typename R::Value>(perturbation_bound)) {
    using T = typename R::Value;
    BasicTape<T>& tape = state.var().tape();
    RolloutContext<R>& context = state.context();
    context.load(state.var());
    context.field().set_boundary(boundary);
    perturb_field<PerturbationOrder::before_step, R>(matrix.value().data(), bound, context.field(), context.work());
    isa_detail::Perturb<R> saved;
    saved.bound = bound;
    return record_state<R>(
        tape, context, state.architecture(), [&](const Shape& shape, std::size_t size, const StateCells& cells) {
            static_cast<StateCells&>(saved) = cells;
            return tape.template record_sized<isa_detail::Perturb<R>>(shape, size, {matrix, state.var()}, saved);
        });
}

/// As rollout(), with the state perturbed before each step.
template <class R>
[[nodiscard]] State<R> perturbed_rollout(const Weights<R>& weights, const Weights<Perturbation<R>>& upper,
                                         State<R> state, int steps, const Philox& random, std::uint64_t first = 0,
                                         const StepOptions<R>& options = {}) {
    const BasicVar<typename R::Value> matrix = symmetric_matrix<R>(upper);
    for (int i = 0; i < steps; ++i) {
        state = step(weights, perturb<R>(matrix, state, options.boundary),
                     FireMask(random, first + static_cast<std::uint64_t>(i), options.fire_rate), options);
    }
    return state;
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_PERTURB_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_PERTURB_CELLS_HPP
#define NCA_CELL_PERTURB_CELLS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/cell_update.hpp>
#include <nca/cell/dense.hpp>
#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <cstddef>

/// Perturbation of cells by a matrix over their channels (Adversarial Reprogramming of NCA); see nca::Perturbation.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// A buffer for one tile of cells of `Stride` values, on a 64-byte boundary.
template <class T, int Stride>
struct alignas(block_alignment) CellRows {
    T values[static_cast<std::size_t>(padded_rows(tile_cells)) * static_cast<std::size_t>(Stride)];
};

} // namespace isa_detail

/// y[i] = x[i] A, clamped to [-bound, bound]; the bound may be infinite. x, y [count, padded(Channels)], not aliased,
/// with room for padded_rows(count) rows; matrix [Channels, padded(Channels)]; count <= tile_cells. Lanes run over the
/// channels; 16 cost 3% of a cell's update in Growing NCA. Allocates nothing.
template <int Channels, class T>
void perturb_cells(const T* x, int count, const T* matrix, T bound, T* y) noexcept {
    constexpr int stride = padded(Channels);
    dense_rows<Channels, Channels, ForwardEpilogue<>, T>(x, stride, count, matrix, nullptr, nullptr, y);
    for (int k = 0; k < count * stride; ++k) y[k] = y[k] < -bound ? -bound : (y[k] > bound ? bound : y[k]);
}

/// The pullback of `perturb_cells`, recomputing x A. With g the adjoint of y, zeroed in place where y was clamped:
/// matrix_adjoint += x^T g, x_adjoint = g A^T (room for padded_rows(count) rows), each unless null. transposed: the
/// matrix transposed by `transpose_padded`. Allocates nothing.
template <int Channels, class T>
void perturb_cells_pullback(const T* x, int count, const T* matrix, const T* transposed, T bound, T* g,
                            T* matrix_adjoint, T* x_adjoint) noexcept {
    constexpr int stride = padded(Channels);
    isa_detail::CellRows<T, stride> product;
    dense_rows<Channels, Channels, ForwardEpilogue<>, T>(x, stride, count, matrix, nullptr, nullptr, product.values);
    for (int k = 0; k < count * stride; ++k) {
        if (!(product.values[k] >= -bound && product.values[k] <= bound)) g[k] = T(0);
    }
    if (matrix_adjoint != nullptr) {
        T bias_adjoint[static_cast<std::size_t>(stride)] = {};
        dense_weight_pullback<Channels, Channels, T>(x, stride, g, count, matrix_adjoint, bias_adjoint);
    }
    if (x_adjoint != nullptr) {
        dense_rows<Channels, Channels, ForwardEpilogue<>, T>(g, stride, count, transposed, nullptr, nullptr, x_adjoint);
    }
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_PERTURB_CELLS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_MATMUL_HPP
#define NCA_IMAGE_MATMUL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/simd/batch.hpp>

#include <algorithm>
#include <cstddef>

/// Products of matrices whose sizes are known only at run time, as those of image features: one row per pixel, channels
/// last. Lanes run over the columns of the result, never over the summed index, and every sum runs in index order, so
/// results do not depend on the register width except for the fused rounding of `fma`.
///
/// Why not Eigen: at the sizes of VGG and SqueezeNet on 128 x 128 pixels its products take 0.9 to 2.5 times as long
/// (median 1.2, less than 1 only in some cases of 128 channels and more; AVX-512, GCC 12), and their order of summation
/// depends on the size, which would change the results of existing trainings.
namespace nca::inline NCA_ABI::image::inline NCA_ISA {

namespace isa_detail {

/// The most registers of a panel.
inline constexpr int panel_registers = vector_registers >= 32 ? 4 : 2;

/// Calls panel.operator()<width>(first column) for panels of registers that cover `columns` values: panel_registers
/// registers wide while that many are left, then one panel of the rest.
template <class T, class Panel>
NCA_INLINE void for_each_panel(int columns, Panel&& panel) noexcept {
    constexpr int lanes = Vec<T>::size;
    int column = 0;
    for (; column + panel_registers * lanes <= columns; column += panel_registers * lanes) {
        panel.template operator()<panel_registers>(column);
    }
    const int rest = (columns - column) / lanes;
    if constexpr (panel_registers > 2) {
        if (rest == 3) panel.template operator()<3>(column);
        if (rest == 2) panel.template operator()<2>(column);
    }
    if (rest == 1) panel.template operator()<1>(column);
}

/// A block of accumulators that stays in registers: [Height rows, Width registers].
template <class T, int Height, int Width>
using RegisterBlock = Vec<T>[std::size_t{Height}][std::size_t{Width}];

/// Calls use(row, register) for a whole block.
template <int Height, int Width, class Use>
NCA_INLINE void for_each_register(Use&& use) noexcept {
    NCA_UNROLL
    for (int m = 0; m < Height; ++m) {
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) use(m, v);
    }
}

/// sum[m][v] += factor(m, k) * matrix[k, lanes of v] for k = 0, 1, ... count - 1.
template <int Height, int Width, class T, class Factor>
NCA_INLINE void accumulate(RegisterBlock<T, Height, Width>& sum, const T* matrix, std::ptrdiff_t stride, int count,
                           Factor&& factor) noexcept {
    for (int k = 0; k < count; ++k, matrix += stride) {
        Vec<T> w[std::size_t{Width}];
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) w[v] = load(matrix + v * Vec<T>::size);
        NCA_UNROLL
        for (int m = 0; m < Height; ++m) {
            const Vec<T> x(factor(m, k));
            NCA_UNROLL
            for (int v = 0; v < Width; ++v) sum[m][v] = fma(x, w[v], sum[m][v]);
        }
    }
}

/// Height rows from `row` on of out = a * matrix, or of out += a * matrix if Add, for Width registers; a is read as
/// element(row, k).
template <int Height, int Width, bool Add, class T, class Element>
NCA_INLINE void multiply_block(Element&& element, int row, int inner, const T* matrix, std::ptrdiff_t matrix_stride,
                               T* out, std::ptrdiff_t out_stride) noexcept {
    const auto place = [&](int m, int v) { return out + (row + m) * out_stride + v * Vec<T>::size; };
    RegisterBlock<T, Height, Width> sum;
    for_each_register<Height, Width>([&](int m, int v) { sum[m][v] = Add ? load(place(m, v)) : Vec<T>(T(0)); });
    accumulate<Height, Width>(sum, matrix, matrix_stride, inner, [&](int m, int k) { return element(row + m, k); });
    for_each_register<Height, Width>([&](int m, int v) { store(place(m, v), sum[m][v]); });
}

/// All of out = a * matrix, or of out += a * matrix if Add. Blocks of 4 rows x 4 registers: sixteen accumulators hide
/// the latency of the multiply-add, and an inner step costs 4 loads and 4 broadcasts for 16 of them.
template <bool Add, class T, class Element>
NCA_INLINE void multiply(Element&& element, int rows, int inner, const T* matrix, std::ptrdiff_t matrix_stride,
                         int columns, T* out, std::ptrdiff_t out_stride) noexcept {
    for_each_panel<T>(columns, [&]<int Width>(int column) {
        constexpr int height = Width == 1 ? 8 : 4;
        int row = 0;
        for (; row + height <= rows; row += height) {
            multiply_block<height, Width, Add>(element, row, inner, matrix + column, matrix_stride, out + column,
                                               out_stride);
        }
        for (; row < rows; ++row) {
            multiply_block<1, Width, Add>(element, row, inner, matrix + column, matrix_stride, out + column,
                                          out_stride);
        }
    });
}

} // namespace isa_detail

/// out = a * matrix.
///
/// a [rows, inner] with `a_stride` values per row; matrix [inner, columns] and out [rows, columns] with `columns` a
/// multiple of lane_padding, and strides of their own. Overwrites `out`. Allocates nothing.
template <class T>
void matmul(const T* a, std::ptrdiff_t a_stride, int rows, int inner, const T* matrix, std::ptrdiff_t matrix_stride,
            int columns, T* out, std::ptrdiff_t out_stride) noexcept {
    isa_detail::multiply<false>([&](int row, int k) { return a[row * a_stride + k]; }, rows, inner, matrix,
                                matrix_stride, columns, out, out_stride);
}

/// out += a^T * b, summed over the rows.
///
/// a [rows, inner], b [rows, columns] and out [inner, columns] with strides of their own, `columns` a multiple of
/// lane_padding. The rows come in pieces of 256, which stay in the second-level cache while all blocks of the result
/// pass over them. Adds to `out`. Allocates nothing.
template <class T>
void add_transposed_matmul(const T* a, std::ptrdiff_t a_stride, const T* b, std::ptrdiff_t b_stride, int rows,
                           int inner, int columns, T* out, std::ptrdiff_t out_stride) noexcept {
    constexpr int piece = 256;
    for (int first = 0; first < rows; first += piece) {
        isa_detail::multiply<true>([&](int row, int k) { return a[(first + k) * a_stride + row]; }, inner,
                                   std::min(piece, rows - first), b + first * b_stride, b_stride, columns, out,
                                   out_stride);
    }
}

} // namespace nca::inline NCA_ABI::image::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_MATMUL_HPP

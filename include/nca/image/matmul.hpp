// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_MATMUL_HPP
#define NCA_IMAGE_MATMUL_HPP

#include <nca/simd/batch.hpp>

#include <algorithm>
#include <cstddef>

/// Products of matrices whose sizes are known at run time only, as those of features of pictures: one row per position,
/// channels last. Lanes run over the columns of the result, never over the summed index, and every sum runs in index
/// order, so that a result does not depend on the width of the registers except for the fused rounding of `fma`.
namespace nca::image::inline NCA_ISA {

namespace isa_detail {

/// Calls panel(std::integral_constant-like width, first column) for panels of registers that cover `columns` values:
/// four registers wide (two with 16 registers) as long as that many are left, then two, then one.
template <class T, class Panel>
NCA_INLINE void for_each_panel(int columns, Panel&& panel) noexcept {
    constexpr int lanes = Vec<T>::size;
    int column = 0;
    if constexpr (vector_registers >= 32) {
        for (; column + 4 * lanes <= columns; column += 4 * lanes) panel.template operator()<4>(column);
    }
    for (; column + 2 * lanes <= columns; column += 2 * lanes) panel.template operator()<2>(column);
    for (; column + lanes <= columns; column += lanes) panel.template operator()<1>(column);
}

/// Calls block(height, first row) for blocks of `Height` rows, and for single ones at the end.
template <int Height, class Block>
NCA_INLINE void for_each_block(int rows, Block&& block) noexcept {
    int row = 0;
    for (; row + Height <= rows; row += Height) block.template operator()<Height>(row);
    for (; row < rows; ++row) block.template operator()<1>(row);
}

} // namespace isa_detail

/// out = a * matrix.
///
/// a [rows, inner] with `a_stride` values per row; matrix [inner, columns] and out [rows, columns] with `columns` a
/// multiple of lane_padding, and strides of their own. Blocks of 4 rows x 4 registers: sixteen accumulators hide the
/// latency of the multiply-add, and an inner step costs 4 loads and 4 broadcasts for 16 of them. Overwrites `out`.
/// Allocates nothing.
template <class T>
void matmul(const T* a, std::ptrdiff_t a_stride, int rows, int inner, const T* matrix, std::ptrdiff_t matrix_stride,
            int columns, T* out, std::ptrdiff_t out_stride) noexcept {
    constexpr int lanes = Vec<T>::size;
    isa_detail::for_each_panel<T>(columns, [&]<int Width>(int column) {
        isa_detail::for_each_block<(Width == 1 ? 8 : 4)>(rows, [&]<int Height>(int row) {
            Vec<T> sum[std::size_t{Height}][std::size_t{Width}];
            NCA_UNROLL
            for (int m = 0; m < Height; ++m) {
                NCA_UNROLL
                for (int v = 0; v < Width; ++v) sum[m][v] = Vec<T>(T(0));
            }
            const T* const a_block = a + row * a_stride;
            const T* matrix_row = matrix + column;
            for (int k = 0; k < inner; ++k, matrix_row += matrix_stride) {
                Vec<T> w[std::size_t{Width}];
                NCA_UNROLL
                for (int v = 0; v < Width; ++v) w[v] = load(matrix_row + v * lanes);
                NCA_UNROLL
                for (int m = 0; m < Height; ++m) {
                    const Vec<T> x(a_block[m * a_stride + k]);
                    NCA_UNROLL
                    for (int v = 0; v < Width; ++v) sum[m][v] = fma(x, w[v], sum[m][v]);
                }
            }
            NCA_UNROLL
            for (int m = 0; m < Height; ++m) {
                NCA_UNROLL
                for (int v = 0; v < Width; ++v) store(out + (row + m) * out_stride + column + v * lanes, sum[m][v]);
            }
        });
    });
}

/// out += a^T * b, summed over the rows.
///
/// a [rows, inner], b [rows, columns] and out [inner, columns] with strides of their own, `columns` a multiple of
/// lane_padding. The rows come in pieces of 256, which stay in the second-level cache while all blocks of the result,
/// 4 rows x 4 registers, pass over them. Adds to `out`. Allocates nothing.
template <class T>
void add_transposed_matmul(const T* a, std::ptrdiff_t a_stride, const T* b, std::ptrdiff_t b_stride, int rows,
                           int inner, int columns, T* out, std::ptrdiff_t out_stride) noexcept {
    constexpr int lanes = Vec<T>::size;
    constexpr int piece = 256;
    for (int first = 0; first < rows; first += piece) {
        const int count = std::min(piece, rows - first);
        const T* const a_piece = a + first * a_stride;
        const T* const b_piece = b + first * b_stride;
        isa_detail::for_each_panel<T>(columns, [&]<int Width>(int column) {
            isa_detail::for_each_block<(Width == 1 ? 8 : 4)>(inner, [&]<int Height>(int row) {
                Vec<T> sum[std::size_t{Height}][std::size_t{Width}];
                T* const target = out + row * out_stride + column;
                NCA_UNROLL
                for (int m = 0; m < Height; ++m) {
                    NCA_UNROLL
                    for (int v = 0; v < Width; ++v) sum[m][v] = load(target + m * out_stride + v * lanes);
                }
                const T* a_row = a_piece + row;
                const T* b_row = b_piece + column;
                for (int k = 0; k < count; ++k, a_row += a_stride, b_row += b_stride) {
                    Vec<T> w[std::size_t{Width}];
                    NCA_UNROLL
                    for (int v = 0; v < Width; ++v) w[v] = load(b_row + v * lanes);
                    NCA_UNROLL
                    for (int m = 0; m < Height; ++m) {
                        const Vec<T> x(a_row[m]);
                        NCA_UNROLL
                        for (int v = 0; v < Width; ++v) sum[m][v] = fma(x, w[v], sum[m][v]);
                    }
                }
                NCA_UNROLL
                for (int m = 0; m < Height; ++m) {
                    NCA_UNROLL
                    for (int v = 0; v < Width; ++v) store(target + m * out_stride + v * lanes, sum[m][v]);
                }
            });
        });
    }
}

} // namespace nca::image::inline NCA_ISA

#endif // NCA_IMAGE_MATMUL_HPP

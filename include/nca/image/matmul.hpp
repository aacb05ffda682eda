// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_MATMUL_HPP
#define NCA_IMAGE_MATMUL_HPP

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
namespace nca::image::inline NCA_ISA {

namespace isa_detail {

/// Calls panel.operator()<width>(first column) for panels of registers that cover `columns` values: four registers wide
/// (two where there are 16 registers) while that many are left, then two, then one.
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

/// Height rows of out = a * matrix for Width registers.
template <int Height, int Width, class T>
NCA_INLINE void matmul_block(const T* a, std::ptrdiff_t a_stride, int inner, const T* matrix,
                             std::ptrdiff_t matrix_stride, T* out, std::ptrdiff_t out_stride) noexcept {
    RegisterBlock<T, Height, Width> sum;
    for_each_register<Height, Width>([&](int m, int v) { sum[m][v] = Vec<T>(T(0)); });
    accumulate<Height, Width>(sum, matrix, matrix_stride, inner, [&](int m, int k) { return a[m * a_stride + k]; });
    for_each_register<Height, Width>([&](int m, int v) { store(out + m * out_stride + v * Vec<T>::size, sum[m][v]); });
}

/// Height rows of out += a^T * b for Width registers.
template <int Height, int Width, class T>
NCA_INLINE void transposed_matmul_block(const T* a, std::ptrdiff_t a_stride, int rows, const T* b,
                                        std::ptrdiff_t b_stride, T* out, std::ptrdiff_t out_stride) noexcept {
    RegisterBlock<T, Height, Width> sum;
    for_each_register<Height, Width>([&](int m, int v) { sum[m][v] = load(out + m * out_stride + v * Vec<T>::size); });
    accumulate<Height, Width>(sum, b, b_stride, rows, [&](int m, int k) { return a[k * a_stride + m]; });
    for_each_register<Height, Width>([&](int m, int v) { store(out + m * out_stride + v * Vec<T>::size, sum[m][v]); });
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
    isa_detail::for_each_panel<T>(columns, [&]<int Width>(int column) {
        constexpr int height = Width == 1 ? 8 : 4;
        int row = 0;
        for (; row + height <= rows; row += height) {
            isa_detail::matmul_block<height, Width>(a + row * a_stride, a_stride, inner, matrix + column, matrix_stride,
                                                    out + row * out_stride + column, out_stride);
        }
        for (; row < rows; ++row) {
            isa_detail::matmul_block<1, Width>(a + row * a_stride, a_stride, inner, matrix + column, matrix_stride,
                                               out + row * out_stride + column, out_stride);
        }
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
    constexpr int piece = 256;
    for (int first = 0; first < rows; first += piece) {
        const int count = std::min(piece, rows - first);
        const T* const a_piece = a + first * a_stride;
        const T* const b_piece = b + first * b_stride;
        isa_detail::for_each_panel<T>(columns, [&]<int Width>(int column) {
            constexpr int height = Width == 1 ? 8 : 4;
            int row = 0;
            for (; row + height <= inner; row += height) {
                isa_detail::transposed_matmul_block<height, Width>(a_piece + row, a_stride, count, b_piece + column,
                                                                   b_stride, out + row * out_stride + column,
                                                                   out_stride);
            }
            for (; row < inner; ++row) {
                isa_detail::transposed_matmul_block<1, Width>(a_piece + row, a_stride, count, b_piece + column,
                                                              b_stride, out + row * out_stride + column, out_stride);
            }
        });
    }
}

} // namespace nca::image::inline NCA_ISA

#endif // NCA_IMAGE_MATMUL_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_DENSE_HPP
#define NCA_CELL_DENSE_HPP

#include <nca/cell/limits.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <cstddef>

/// Dense layers on a tile of cells: one row per cell, channels last.
///
/// All matrices have rows of `padded(columns)` values, and lanes run over the columns of the result, never over the
/// summed index, so a result depends neither on the width of the registers nor on how cells are cut into tiles, except
/// for the fused rounding of `fma`.
///
/// A block of M rows by V registers is kept in accumulators; each summand costs V loads of the matrix and M broadcasts
/// for M * V multiply-adds. With 32 registers 6 x 4 (24 accumulators, 10 loads for 24 multiply-adds) is the block that
/// hides the latency of four cycles and stays below two loads per cycle. With 16 registers it is 6 x 2 (12
/// accumulators, 8 loads for 12 multiply-adds); one register is left, so that nothing else may live across the loop
/// over the summands: with the limits of a rule in registers, sums went through memory, at 54% of the speed.
namespace nca::inline NCA_ISA {

namespace isa_detail {

/// Registers of a result that one block spans: as many as divide the row evenly, at most four (two with 16 registers);
/// five for rows of five, as of the 80 values of Self-classifying MNIST, where blocks of one register would read two
/// operands per multiply-add (a training iteration took 7% longer).
template <class T, int Columns>
[[nodiscard]] constexpr int block_width() noexcept {
    constexpr int registers = padded(Columns) / Vec<T>::size;
    if (vector_registers >= 32 && registers == 5) return 5;
    for (int width = vector_registers >= 32 ? 4 : 2; width > 1; --width) {
        if (registers % width == 0) return width;
    }
    return 1;
}

/// Rows of one block: what the accumulator budget leaves, at most 12.
template <int Width>
[[nodiscard]] constexpr int block_height() noexcept {
    return std::min((vector_registers - (vector_registers >= 32 ? 8 : 4)) / Width, 12);
}

/// The same pointer, of which the compiler knows nothing: it reads what is there again, and cannot keep it in registers
/// that a loop before needs. Costs no instruction.
template <class T>
[[nodiscard]] NCA_INLINE const T* reread(const T* pointer) noexcept {
#if defined(__GNUC__)
    __asm__ volatile("" : "+r"(pointer));
#endif
    return pointer;
}

/// The padding of the number of rows that any block height of this instruction set may touch.
inline constexpr int row_padding = 12;

} // namespace isa_detail

/// Rows that a buffer of `rows` results needs: kernels compute whole blocks, and what stands in the surplus rows has no
/// meaning.
[[nodiscard]] constexpr int padded_rows(int rows) noexcept {
    return rows + isa_detail::row_padding;
}

/// What a dense kernel does with a finished block before it is stored.
enum class Finish {
    none,          ///< the sum itself
    relu,          ///< max(sum, 0)
    relu_pullback, ///< the sum where the gate is greater than zero, else zero
    limit,         ///< the sum, cut off at the limits but not rounded
    limit_pullback ///< the sum where the gate lies strictly between the limits, else zero
};

/// out = finish(start + a * matrix).
///
/// a [rows, Inner] with `a_stride` values per row; matrix [Inner, padded(Columns)]; start is a row [padded(Columns)] (a
/// bias) or null for zero; gate [rows, padded(Columns)] is read by the pullbacks only; out [rows, padded(Columns)].
/// Lanes run over the columns. Overwrites `out`, up to padded_rows(rows) rows of it. Allocates nothing.
template <int Inner, int Columns, Finish Kind, class T>
void dense_rows(const T* a, std::ptrdiff_t a_stride, int rows, const T* matrix, const T* start, const T* gate, T* out,
                [[maybe_unused]] const Limits<T>& limits = {}) noexcept {
    constexpr int width = isa_detail::block_width<T, Columns>();
    constexpr int height = isa_detail::block_height<width>();
    constexpr int lanes = Vec<T>::size;
    constexpr int stride = padded(Columns);
    // A panel of the matrix (Inner x width registers, 12 KiB for 48 x 64 floats) stays in the first-level cache while
    // all cells of the tile pass.
    for (int column = 0; column < stride; column += width * lanes) {
        for (int row = 0; row < rows; row += height) {
            Vec<T> sum[std::size_t{height}][std::size_t{width}];
            for (int v = 0; v < width; ++v) {
                const Vec<T> first = start != nullptr ? load(start + column + v * lanes) : Vec<T>(T(0));
                NCA_UNROLL
                for (int m = 0; m < height; ++m) sum[m][v] = first;
            }
            const T* const a_block = a + row * a_stride;
            const T* m_row = matrix + column;
            for (int k = 0; k < Inner; ++k, m_row += stride) {
                Vec<T> w[std::size_t{width}];
                NCA_UNROLL
                for (int v = 0; v < width; ++v) w[v] = load(m_row + v * lanes);
                NCA_UNROLL
                for (int m = 0; m < height; ++m) {
                    const Vec<T> x(a_block[m * a_stride + k]);
                    NCA_UNROLL
                    for (int v = 0; v < width; ++v) sum[m][v] = fma(x, w[v], sum[m][v]);
                }
            }
            [[maybe_unused]] const Limits<T>& bounds = *isa_detail::reread(&limits);
            T* out_row = out + static_cast<std::ptrdiff_t>(row) * stride + column;
            const std::ptrdiff_t gate_offset = static_cast<std::ptrdiff_t>(row) * stride + column;
            NCA_UNROLL
            for (int m = 0; m < height; ++m) {
                NCA_UNROLL
                for (int v = 0; v < width; ++v) {
                    Vec<T> value = sum[m][v];
                    if constexpr (Kind == Finish::relu) value = max(value, Vec<T>(T(0)));
                    if constexpr (Kind == Finish::relu_pullback) {
                        value = keep_where_positive(load(gate + gate_offset + m * stride + v * lanes), value);
                    }
                    if constexpr (Kind == Finish::limit) value = bounds.cut_off(value);
                    if constexpr (Kind == Finish::limit_pullback) {
                        value = keep_inside(load(gate + gate_offset + m * stride + v * lanes), Vec<T>(bounds.low),
                                            Vec<T>(bounds.high), value);
                    }
                    store(out_row + m * stride + v * lanes, value);
                }
            }
        }
    }
}

/// matrix_adjoint += a^T * out_adjoint, bias_adjoint += the sum of the rows of out_adjoint.
///
/// The pullback of a dense layer to its weights: a [rows, Inner] with `a_stride` values per row is the layer's input;
/// out_adjoint [rows, padded(Columns)]; matrix_adjoint [Inner, padded(Columns)]; bias_adjoint [padded(Columns)]. Lanes
/// run over the columns; rows are added one after the other, so the sum does not depend on the tiling. Adds to its
/// results. Allocates nothing.
template <int Inner, int Columns, class T>
void dense_weight_pullback(const T* a, std::ptrdiff_t a_stride, const T* out_adjoint, int rows, T* matrix_adjoint,
                           T* bias_adjoint) noexcept {
    constexpr int width = isa_detail::block_width<T, Columns>();
    constexpr int height = std::min(isa_detail::block_height<width>(), Inner);
    constexpr int lanes = Vec<T>::size;
    constexpr int stride = padded(Columns);
    const auto accumulate = [&]<int Height>(int inner, int column) {
        Vec<T> sum[std::size_t{Height}][std::size_t{width}];
        T* const target = matrix_adjoint + static_cast<std::ptrdiff_t>(inner) * stride + column;
        NCA_UNROLL
        for (int m = 0; m < Height; ++m) {
            NCA_UNROLL
            for (int v = 0; v < width; ++v) sum[m][v] = load(target + m * stride + v * lanes);
        }
        const T* a_row = a + inner;
        const T* g_row = out_adjoint + column;
        for (int row = 0; row < rows; ++row, a_row += a_stride, g_row += stride) {
            Vec<T> g[std::size_t{width}];
            NCA_UNROLL
            for (int v = 0; v < width; ++v) g[v] = load(g_row + v * lanes);
            NCA_UNROLL
            for (int m = 0; m < Height; ++m) {
                const Vec<T> x(a_row[m]);
                NCA_UNROLL
                for (int v = 0; v < width; ++v) sum[m][v] = fma(x, g[v], sum[m][v]);
            }
        }
        NCA_UNROLL
        for (int m = 0; m < Height; ++m) {
            NCA_UNROLL
            for (int v = 0; v < width; ++v) store(target + m * stride + v * lanes, sum[m][v]);
        }
    };
    constexpr int whole = Inner / height * height;
    for (int column = 0; column < stride; column += width * lanes) {
        for (int inner = 0; inner < whole; inner += height) accumulate.template operator()<height>(inner, column);
        if constexpr (Inner > whole) accumulate.template operator()<Inner - whole>(whole, column);
        Vec<T> sum[std::size_t{width}];
        for (int v = 0; v < width; ++v) sum[v] = load(bias_adjoint + column + v * lanes);
        for (int row = 0; row < rows; ++row) {
            NCA_UNROLL
            for (int v = 0; v < width; ++v) {
                sum[v] = sum[v] + load(out_adjoint + static_cast<std::ptrdiff_t>(row) * stride + column + v * lanes);
            }
        }
        for (int v = 0; v < width; ++v) store(bias_adjoint + column + v * lanes, sum[v]);
    }
}

/// out [columns, padded(rows)] = transpose of in [rows, padded(columns)]; the padding of `out` becomes zero.
template <class T>
void transpose_padded(const T* in, int rows, int columns, T* out) noexcept {
    const int in_stride = padded(columns);
    const int out_stride = padded(rows);
    for (int column = 0; column < columns; ++column) {
        for (int row = 0; row < out_stride; ++row) {
            out[column * out_stride + row] = row < rows ? in[row * in_stride + column] : T(0);
        }
    }
}

} // namespace nca::inline NCA_ISA

#endif // NCA_CELL_DENSE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_DENSE_BFLOAT16_HPP
#define NCA_CELL_DENSE_BFLOAT16_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/dense.hpp>
#include <nca/cell/limits.hpp>
#include <nca/simd/batch.hpp>
#include <nca/simd/bfloat16.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

/// Dense layers whose products are of bfloat16 and whose sums are of float: the kernels of dense.hpp, with pairs of
/// summands in place of single ones.
///
/// Lanes run over the columns of the result and pairs are added in order, each as by add_products(), so a result
/// depends neither on the instruction set nor on the tiling.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// Pairs that n summands make; an odd one is paired with zero.
[[nodiscard]] constexpr int pair_count(int n) noexcept {
    return (n + 1) / 2;
}

/// pairs [pair_count(rows), stride]: the values of rows 2k and 2k + 1 of `values` [rows, stride], rounded.
/// Precondition: stride is a multiple of the lanes.
inline void pair_rows(const float* values, int rows, int stride, Bfloat16Pair* pairs) noexcept {
    for (int row = 0; row < rows; row += 2, values += 2 * static_cast<std::ptrdiff_t>(stride), pairs += stride) {
        const bool odd = row + 1 == rows;
        for (int c = 0; c < stride; c += Vec<float>::size) {
            store_pairs(pairs + c, load(values + c), odd ? Vec<float>(0.0F) : load(values + stride + c));
        }
    }
}

/// pairs [rows, pair_count(inner)]: the values 2k and 2k + 1 of each row of `values` [rows, stride], rounded.
inline void pair_columns(const float* values, int rows, int inner, int stride, Bfloat16Pair* pairs) noexcept {
    const int count = pair_count(inner);
    for (int row = 0; row < rows; ++row, values += stride, pairs += count) store_neighbours(pairs, values, inner);
}

namespace isa_detail {

/// with_block_width(), which for a constant takes no decision at run time.
template <class F>
NCA_INLINE void with_pair_width(int columns, F&& f) noexcept {
    with_block_width<float>(columns, f);
}
template <int Columns, class F>
NCA_INLINE void with_pair_width(std::integral_constant<int, Columns> /*columns*/, F&& f) noexcept {
    f(std::integral_constant<int, block_width<float>(Columns)>{});
}

/// The loops of `dense_pairs`, for blocks of Width registers.
template <int Width, class Epilogue>
NCA_INLINE void dense_pair_panels(const Bfloat16Pair* a, int pairs, int stride, int rows, const Bfloat16Pair* matrix,
                                  const float* start, const float* y, float* out,
                                  [[maybe_unused]] Bfloat16Pair* out_pairs,
                                  [[maybe_unused]] const Limits<float>& limits, [[maybe_unused]] float* pre) noexcept {
    constexpr int height = block_height(Width);
    constexpr int lanes = Vec<float>::size;
    for (int column = 0; column < stride; column += Width * lanes) {
        for (int row = 0; row < rows; row += height) {
            Vec<float> sum[std::size_t{height}][std::size_t{Width}];
            for (int v = 0; v < Width; ++v) {
                const Vec<float> first = start != nullptr ? load(start + column + v * lanes) : Vec<float>(0.0F);
                NCA_UNROLL
                for (int m = 0; m < height; ++m) sum[m][v] = first;
            }
            const Bfloat16Pair* const a_block = a + static_cast<std::ptrdiff_t>(row) * pairs;
            const Bfloat16Pair* m_row = matrix + column;
            for (int k = 0; k < pairs; ++k, m_row += stride) {
                PairVec w[std::size_t{Width}];
                NCA_UNROLL
                for (int v = 0; v < Width; ++v) w[v] = load_pairs(m_row + v * lanes);
                NCA_UNROLL
                for (int m = 0; m < height; ++m) {
                    const PairVec x = same_pairs(a_block[m * pairs + k]);
                    NCA_UNROLL
                    for (int v = 0; v < Width; ++v) sum[m][v] = add_products(sum[m][v], x, w[v]);
                }
            }
            const std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(row) * stride + column;
            float* const out_block = out + offset;
            [[maybe_unused]] const Limits<float>& bounds = *launder_pointer(&limits);
            NCA_UNROLL
            for (int m = 0; m < height; ++m) {
                NCA_UNROLL
                for (int v = 0; v < Width; ++v) {
                    const int at = m * stride + v * lanes;
                    const float* const y_at = Epilogue::reads_output ? y + offset + at : nullptr;
                    float* const pre_at = Epilogue::uses_input ? pre + offset + at : nullptr;
                    sum[m][v] = Epilogue::apply(sum[m][v], y_at, pre_at, bounds);
                    store(out_block + at, sum[m][v]);
                }
            }
            if constexpr (stores_neighbours) {
                if (out_pairs == nullptr) continue;
                Bfloat16Pair* const pairs_block = out_pairs + offset / 2;
                NCA_UNROLL
                for (int m = 0; m < height; ++m) {
                    Bfloat16Pair* const to = pairs_block + m * stride / 2;
                    NCA_UNROLL
                    for (int v = 0; v + 1 < Width; v += 2) {
                        store_neighbours(to + v * lanes / 2, sum[m][v], sum[m][v + 1]);
                    }
                    if constexpr (Width % 2 != 0) store_neighbours(to + (Width - 1) * lanes / 2, sum[m][Width - 1]);
                }
            }
        }
    }
}

/// Rows `inner` to inner + Height of the gradient of the weights, in Width registers from `column`.
template <int Height, int Width>
NCA_INLINE void accumulate_pairs(const Bfloat16Pair* a, std::ptrdiff_t a_stride, const Bfloat16Pair* g, int pairs,
                                 int stride, int inner, int column, float* matrix_adjoint) noexcept {
    constexpr int lanes = Vec<float>::size;
    Vec<float> sum[std::size_t{Height}][std::size_t{Width}];
    float* const target = matrix_adjoint + static_cast<std::ptrdiff_t>(inner) * stride + column;
    NCA_UNROLL
    for (int m = 0; m < Height; ++m) {
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) sum[m][v] = load(target + m * stride + v * lanes);
    }
    const Bfloat16Pair* a_row = a + inner;
    const Bfloat16Pair* g_row = g + column;
    for (int k = 0; k < pairs; ++k, a_row += a_stride, g_row += stride) {
        PairVec w[std::size_t{Width}];
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) w[v] = load_pairs(g_row + v * lanes);
        NCA_UNROLL
        for (int m = 0; m < Height; ++m) {
            const PairVec x = same_pairs(a_row[m]);
            NCA_UNROLL
            for (int v = 0; v < Width; ++v) sum[m][v] = add_products(sum[m][v], x, w[v]);
        }
    }
    NCA_UNROLL
    for (int m = 0; m < Height; ++m) {
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) store(target + m * stride + v * lanes, sum[m][v]);
    }
}

template <int Height, int Width>
NCA_INLINE void accumulate_pair_panel(const Bfloat16Pair* a, std::ptrdiff_t a_stride, const Bfloat16Pair* g, int pairs,
                                      int stride, int first, int last, int column, float* matrix_adjoint) noexcept {
    for (; first + Height <= last; first += Height) {
        accumulate_pairs<Height, Width>(a, a_stride, g, pairs, stride, first, column, matrix_adjoint);
    }
    if constexpr (Height > 1) {
        constexpr int half = Height > 8 ? 8 : Height / 2;
        accumulate_pair_panel<half, Width>(a, a_stride, g, pairs, stride, first, last, column, matrix_adjoint);
    }
}

} // namespace isa_detail

/// out = epilogue(start + a * matrix), as dense_rows() computes it, but for a in pairs [rows, pairs] as from
/// pair_columns() and the matrix in pairs [pairs, padded(columns)] as from pair_rows(). Inner and Columns: int, or
/// std::integral_constant for sizes that are known at compile time; the bits are the same. out_pairs: unless null, what
/// pair_columns() makes of the result, up to padded_rows(rows) rows; only of an even number of columns.
template <class Epilogue, class Inner, class Columns>
void dense_pairs(Inner inner, Columns columns, const Bfloat16Pair* a, int rows, const Bfloat16Pair* matrix,
                 const float* start, const float* y, float* out, Bfloat16Pair* out_pairs = nullptr,
                 const Limits<float>& limits = {}, float* pre = nullptr) noexcept {
    const bool fused = stores_neighbours && padded(columns) == columns;
    isa_detail::with_pair_width(columns, [&](auto width) {
        isa_detail::dense_pair_panels<width, Epilogue>(a, pair_count(inner), padded(columns), rows, matrix, start, y,
                                                       out, fused ? out_pairs : nullptr, limits, pre);
    });
    if (!fused && out_pairs != nullptr) pair_columns(out, rows, columns, padded(columns), out_pairs);
}

/// matrix_adjoint += a^T * out_adjoint, as dense_weight_pullback() computes it, of both in pairs of rows:
/// a [pair_count(rows), a_stride], out_adjoint [pair_count(rows), padded(columns)]. Inner and Columns: as
/// dense_pairs().
template <class Inner, class Columns>
void dense_pair_weight_pullback(Inner inner, Columns columns, const Bfloat16Pair* a, std::ptrdiff_t a_stride,
                                const Bfloat16Pair* out_adjoint, int rows, float* matrix_adjoint) noexcept {
    const int stride = padded(columns);
    isa_detail::with_pair_width(columns, [&](auto width) {
        for (int column = 0; column < stride; column += width * Vec<float>::size) {
            isa_detail::accumulate_pair_panel<isa_detail::block_height(width), width>(
                a, a_stride, out_adjoint, pair_count(rows), stride, 0, inner, column, matrix_adjoint);
        }
    });
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_DENSE_BFLOAT16_HPP

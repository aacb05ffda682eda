// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_DENSE_HPP
#define NCA_CELL_DENSE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/activations.hpp>
#include <nca/cell/limits.hpp>
#include <nca/core/static_for.hpp>
#include <nca/simd/batch.hpp>
#include <nca/simd/math.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

/// Dense layers on a tile of cells: one row of `padded(columns)` values per cell.
///
/// Lanes run over the columns of the result, never over the summed index, so a result depends neither on the register
/// width nor on the tiling, except for the fused rounding of `fma`.
///
/// A block of M rows by V registers is kept in accumulators; each summand costs V loads and M broadcasts for M * V
/// multiply-adds. With 32 registers, 6 x 4 hides the latency of four cycles with less than two loads per cycle. With
/// 16, 6 x 2 leaves one register, so nothing else may stay in one across the loop over the summands: with the limits of
/// Clamp there, accumulators were spilled, at 54% of the speed.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Registers of a result that one block spans: a divisor of the row, at most four (two with 16 registers); five for
/// rows of five (the 80 values of Self-classifying MNIST), where blocks of one made training 7% slower.
template <class T>
[[nodiscard]] constexpr int block_width(int columns) noexcept {
    const int registers = padded(columns) / Vec<T>::size;
    if (vector_registers >= 32 && registers == 5) return 5;
    for (int width = vector_registers >= 32 ? 4 : 2; width > 1; --width) {
        if (registers % width == 0) return width;
    }
    return 1;
}

/// Rows of one block: what the accumulator budget leaves, at most 12.
[[nodiscard]] constexpr int block_height(int width) noexcept {
    return std::min((vector_registers - (vector_registers >= 32 ? 8 : 4)) / width, 12);
}

/// The same pointer, hidden from the optimiser, so that loads through it come after this call. Costs no instruction.
template <class T>
[[nodiscard]] NCA_INLINE const T* launder_pointer(const T* pointer) noexcept {
#if defined(__GNUC__)
    __asm__ volatile("" : "+r"(pointer));
#endif
    return pointer;
}

/// Padding of the number of rows: the largest block height of any instruction set.
inline constexpr int row_padding = 12;

/// The activation of a layer that has none.
struct NoActivation {
    template <class V>
    NCA_INLINE static V value(V x) noexcept {
        return x;
    }
};

} // namespace isa_detail

/// Rows that a buffer of `rows` results needs: kernels compute whole blocks, and the surplus rows have no meaning.
[[nodiscard]] constexpr int padded_rows(int rows) noexcept {
    return rows + isa_detail::row_padding;
}

/// The epilogue of a layer, which `dense_rows` applies to each sum x: y = A(x), clamped (but not rounded) if Clamped.
template <class A = isa_detail::NoActivation, bool Clamped = false>
struct ForwardEpilogue {
    static constexpr bool reads_output = false;
    /// True if `pre` is written: the pullback of the activation needs x.
    static constexpr bool uses_input = detail::is_derivative_of_input<A>;

    template <class T>
    NCA_INLINE static Vec<T> apply(Vec<T> x, const T* /*y*/, [[maybe_unused]] T* pre,
                                   [[maybe_unused]] const Limits<T>& limits) noexcept {
        if constexpr (uses_input) store(pre, x);
        // With limits from zero, clamping is ReLU as well.
        if constexpr (!(Clamped && std::is_same_v<A, Relu>)) x = A::value(x);
        if constexpr (Clamped) x = limits.clamp(x);
        return x;
    }
};

/// The epilogue of a pullback to the output y of the layer below: g A'(y) or g A'(x), zero where y was clamped.
template <class A = isa_detail::NoActivation, bool Clamped = false>
struct PullbackEpilogue {
    static constexpr bool has_activation = !std::is_same_v<A, isa_detail::NoActivation>;
    static constexpr bool reads_output = has_activation || Clamped;
    /// True if `pre` is read.
    static constexpr bool uses_input = detail::is_derivative_of_input<A>;

    template <class T>
    NCA_INLINE static Vec<T> apply(Vec<T> g, const T* y, [[maybe_unused]] const T* pre,
                                   const Limits<T>& limits) noexcept {
        if constexpr (Clamped) g = keep_inside(load(y), Vec<T>(limits.low), Vec<T>(limits.high), g);
        // ReLU selects where others multiply, so that infinite adjoints do not become NaN; so do limits from zero.
        if constexpr (std::is_same_v<A, Relu>) {
            if constexpr (!Clamped) g = keep_where_positive(load(y), g);
        } else if constexpr (has_activation) {
            g = g * A::derivative(load(uses_input ? pre : y));
        }
        return g;
    }
};

namespace isa_detail {

/// The loops of `dense_rows`, for blocks of Width registers. Inlined where inner and stride are constants.
template <int Width, class Epilogue, class T>
NCA_INLINE void dense_panels(const T* a, std::ptrdiff_t a_stride, int inner, int stride, int rows, const T* matrix,
                             const T* start, const T* y, T* out, [[maybe_unused]] const Limits<T>& limits,
                             [[maybe_unused]] T* pre) noexcept {
    constexpr int height = block_height(Width);
    constexpr int lanes = Vec<T>::size;
    // A panel of the matrix (12 KiB for 48 x 64 floats) stays in the first-level cache for all cells of the tile.
    for (int column = 0; column < stride; column += Width * lanes) {
        for (int row = 0; row < rows; row += height) {
            Vec<T> sum[std::size_t{height}][std::size_t{Width}];
            for (int v = 0; v < Width; ++v) {
                const Vec<T> first = start != nullptr ? load(start + column + v * lanes) : Vec<T>(T(0));
                NCA_UNROLL
                for (int m = 0; m < height; ++m) sum[m][v] = first;
            }
            const T* const a_block = a + row * a_stride;
            const T* m_row = matrix + column;
            for (int k = 0; k < inner; ++k, m_row += stride) {
                Vec<T> w[std::size_t{Width}];
                NCA_UNROLL
                for (int v = 0; v < Width; ++v) w[v] = load(m_row + v * lanes);
                NCA_UNROLL
                for (int m = 0; m < height; ++m) {
                    const Vec<T> x(a_block[m * a_stride + k]);
                    NCA_UNROLL
                    for (int v = 0; v < Width; ++v) sum[m][v] = fma(x, w[v], sum[m][v]);
                }
            }
            [[maybe_unused]] const Limits<T>& bounds = *launder_pointer(&limits);
            const std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(row) * stride + column;
            T* const out_block = out + offset;
            NCA_UNROLL
            for (int m = 0; m < height; ++m) {
                NCA_UNROLL
                for (int v = 0; v < Width; ++v) {
                    const int at = m * stride + v * lanes;
                    const T* const y_at = Epilogue::reads_output ? y + offset + at : nullptr;
                    T* const pre_at = Epilogue::uses_input ? pre + offset + at : nullptr;
                    store(out_block + at, Epilogue::apply(sum[m][v], y_at, pre_at, bounds));
                }
            }
        }
    }
}

/// Calls f(width) with the width of the blocks of a result whose columns are known only at run time, as a constant.
template <class T, class F>
NCA_INLINE void with_block_width(int columns, F&& f) noexcept {
    const int width = block_width<T>(columns);
    static_for<5>([&](auto w) {
        if constexpr (w + 1 <= (vector_registers >= 32 ? 5 : 2)) {
            if (width == w + 1) f(std::integral_constant<int, w + 1>{});
        }
    });
}

/// `dense_panels` for numbers that are known only at run time.
template <int Width, class Epilogue, class T>
NCA_NOINLINE void dense_panels_of(const T* a, std::ptrdiff_t a_stride, int inner, int stride, int rows, const T* matrix,
                                  const T* start, const T* y, T* out, const Limits<T>& limits, T* pre) noexcept {
    dense_panels<Width, Epilogue>(a, a_stride, inner, stride, rows, matrix, start, y, out, limits, pre);
}

} // namespace isa_detail

/// out = epilogue(start + a * matrix).
///
/// a [rows, Inner] with `a_stride` values per row; matrix [Inner, padded(Columns)]; start: a bias [padded(Columns)] or
/// null; y, out, pre [rows, padded(Columns)]: pullback epilogues read the layer's output y and, for activations with
/// `derivative_of_input`, their input `pre`, which forward epilogues write. Lanes run over the columns. Overwrites
/// `out` (and `pre`), up to padded_rows(rows) rows. Allocates nothing.
template <int Inner, int Columns, class Epilogue, class T>
void dense_rows(const T* a, std::ptrdiff_t a_stride, int rows, const T* matrix, const T* start, const T* y, T* out,
                const Limits<T>& limits = {}, T* pre = nullptr) noexcept {
    isa_detail::dense_panels<isa_detail::block_width<T>(Columns), Epilogue>(a, a_stride, Inner, padded(Columns), rows,
                                                                            matrix, start, y, out, limits, pre);
}
/// The same bits for sizes that are known only at run time.
template <class Epilogue, class T>
void dense_rows(int inner, int columns, const T* a, std::ptrdiff_t a_stride, int rows, const T* matrix, const T* start,
                const T* y, T* out, const Limits<T>& limits = {}, T* pre = nullptr) noexcept {
    isa_detail::with_block_width<T>(columns, [&](auto width) {
        isa_detail::dense_panels_of<width, Epilogue>(a, a_stride, inner, padded(columns), rows, matrix, start, y, out,
                                                     limits, pre);
    });
}

namespace isa_detail {

/// Rows inner to inner + Height of the gradient of the weights, in Width registers from `column`.
template <int Height, int Width, class T>
NCA_INLINE void accumulate_weights(const T* a, std::ptrdiff_t a_stride, const T* out_adjoint, int rows, int stride,
                                   int inner, int column, T* matrix_adjoint) noexcept {
    constexpr int lanes = Vec<T>::size;
    Vec<T> sum[std::size_t{Height}][std::size_t{Width}];
    T* const target = matrix_adjoint + static_cast<std::ptrdiff_t>(inner) * stride + column;
    NCA_UNROLL
    for (int m = 0; m < Height; ++m) {
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) sum[m][v] = load(target + m * stride + v * lanes);
    }
    const T* a_row = a + inner;
    const T* g_row = out_adjoint + column;
    for (int row = 0; row < rows; ++row, a_row += a_stride, g_row += stride) {
        Vec<T> g[std::size_t{Width}];
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) g[v] = load(g_row + v * lanes);
        NCA_UNROLL
        for (int m = 0; m < Height; ++m) {
            const Vec<T> x(a_row[m]);
            NCA_UNROLL
            for (int v = 0; v < Width; ++v) sum[m][v] = fma(x, g[v], sum[m][v]);
        }
    }
    NCA_UNROLL
    for (int m = 0; m < Height; ++m) {
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) store(target + m * stride + v * lanes, sum[m][v]);
    }
}

/// Width registers of the gradient of the biases from `column`.
template <int Width, class T>
NCA_INLINE void accumulate_biases(const T* out_adjoint, int rows, int stride, int column, T* bias_adjoint) noexcept {
    constexpr int lanes = Vec<T>::size;
    Vec<T> sum[std::size_t{Width}];
    for (int v = 0; v < Width; ++v) sum[v] = load(bias_adjoint + column + v * lanes);
    for (int row = 0; row < rows; ++row) {
        NCA_UNROLL
        for (int v = 0; v < Width; ++v) {
            sum[v] = sum[v] + load(out_adjoint + static_cast<std::ptrdiff_t>(row) * stride + column + v * lanes);
        }
    }
    for (int v = 0; v < Width; ++v) store(bias_adjoint + column + v * lanes, sum[v]);
}

/// Rows `first` to before `last` of the gradient of the weights, in blocks of Height rows, then of half the height.
template <int Height, int Width, class T>
NCA_INLINE void accumulate_panel(const T* a, std::ptrdiff_t a_stride, const T* out_adjoint, int rows, int stride,
                                 int first, int last, int column, T* matrix_adjoint) noexcept {
    for (; first + Height <= last; first += Height) {
        accumulate_weights<Height, Width>(a, a_stride, out_adjoint, rows, stride, first, column, matrix_adjoint);
    }
    if constexpr (Height > 1) {
        constexpr int half = Height > 8 ? 8 : Height / 2;
        accumulate_panel<half, Width>(a, a_stride, out_adjoint, rows, stride, first, last, column, matrix_adjoint);
    }
}

/// `dense_weight_pullback` in blocks of Width registers, for sizes that are known only at run time.
template <int Width, class T>
NCA_NOINLINE void weight_panels_of(const T* a, std::ptrdiff_t a_stride, int inner, const T* out_adjoint, int rows,
                                   int stride, T* matrix_adjoint, T* bias_adjoint) noexcept {
    for (int column = 0; column < stride; column += Width * Vec<T>::size) {
        accumulate_panel<block_height(Width), Width>(a, a_stride, out_adjoint, rows, stride, 0, inner, column,
                                                     matrix_adjoint);
        accumulate_biases<Width>(out_adjoint, rows, stride, column, bias_adjoint);
    }
}

} // namespace isa_detail

/// matrix_adjoint += a^T * out_adjoint, bias_adjoint += the sum of the rows of out_adjoint.
///
/// a [rows, Inner] with `a_stride` values per row: the layer's input; out_adjoint [rows, padded(Columns)];
/// matrix_adjoint [Inner, padded(Columns)]; bias_adjoint [padded(Columns)]. Lanes run over the columns; rows are added
/// in order, so the sum does not depend on the tiling. Allocates nothing.
template <int Inner, int Columns, class T>
void dense_weight_pullback(const T* a, std::ptrdiff_t a_stride, const T* out_adjoint, int rows, T* matrix_adjoint,
                           T* bias_adjoint) noexcept {
    if (rows == 0) return; // and a may be null
    constexpr int width = isa_detail::block_width<T>(Columns);
    constexpr int height = std::min(isa_detail::block_height(width), Inner);
    constexpr int stride = padded(Columns);
    constexpr int whole = Inner / height * height;
    for (int column = 0; column < stride; column += width * Vec<T>::size) {
        for (int inner = 0; inner < whole; inner += height) {
            isa_detail::accumulate_weights<height, width>(a, a_stride, out_adjoint, rows, stride, inner, column,
                                                          matrix_adjoint);
        }
        if constexpr (Inner > whole) {
            isa_detail::accumulate_weights<Inner - whole, width>(a, a_stride, out_adjoint, rows, stride, whole, column,
                                                                 matrix_adjoint);
        }
        isa_detail::accumulate_biases<width>(out_adjoint, rows, stride, column, bias_adjoint);
    }
}
/// The same bits for sizes that are known only at run time.
template <class T>
void dense_weight_pullback(int inner, int columns, const T* a, std::ptrdiff_t a_stride, const T* out_adjoint, int rows,
                           T* matrix_adjoint, T* bias_adjoint) noexcept {
    if (rows == 0) return;
    isa_detail::with_block_width<T>(columns, [&](auto width) {
        isa_detail::weight_panels_of<width>(a, a_stride, inner, out_adjoint, rows, padded(columns), matrix_adjoint,
                                            bias_adjoint);
    });
}

/// sum[column] += the values of rows [rows, padded(columns)], in order.
template <class T>
void add_rows(int columns, const T* values, int rows, T* sum) noexcept {
    isa_detail::with_block_width<T>(columns, [&](auto width) {
        for (int column = 0; column < padded(columns); column += width * Vec<T>::size) {
            isa_detail::accumulate_biases<width>(values, rows, padded(columns), column, sum);
        }
    });
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

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_DENSE_HPP

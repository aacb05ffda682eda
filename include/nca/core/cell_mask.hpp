// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_CELL_MASK_HPP
#define NCA_CORE_CELL_MASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI {

/// The half-open range of rows [first, last).
struct RowRange {
    int first = 0;
    int last = 0;

    [[nodiscard]] bool empty() const noexcept { return first >= last; }
    friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// One bit per cell. Each row starts on a new 64-bit word, lowest column in the lowest bit; unused bits are always
/// zero. Every operation costs a few instructions per 64 cells.
class CellMask {
public:
    CellMask() = default;

    /// An empty mask; rows are the flattened leading dimensions. Memory from `region` or, without one, the heap.
    CellMask(int rows, int columns, Region* region = nullptr)
        : rows_{rows}, columns_{columns}, words_per_row_{(columns + 63) / 64},
          words_(word_count(rows, columns), region) {}

    /// Bytes a mask takes from a region.
    [[nodiscard]] static constexpr std::size_t memory_needed(int rows, int columns) noexcept {
        return block_bytes<std::uint64_t>(word_count(rows, columns));
    }

    [[nodiscard]] int rows() const noexcept { return rows_; }
    [[nodiscard]] RowRange all_rows() const noexcept { return {0, rows_}; }
    /// The rows from the first to the last one with a set cell.
    [[nodiscard]] RowRange used_rows() const noexcept {
        RowRange used = all_rows();
        while (used.first < used.last && row_is_empty(used.first)) ++used.first;
        while (used.last > used.first && row_is_empty(used.last - 1)) --used.last;
        return used;
    }
    [[nodiscard]] int columns() const noexcept { return columns_; }
    [[nodiscard]] int words_per_row() const noexcept { return words_per_row_; }

    /// 64 cells of a row, as bits.
    [[nodiscard]] std::uint64_t word(int row, int word) const noexcept { return words_[at(row, word)]; }
    /// 64 cells of a row, for writing. Precondition: unused bits stay zero.
    [[nodiscard]] std::uint64_t& word(int row, int word) noexcept { return words_[at(row, word)]; }

    /// The bits of a row's word that are cells; the others are unused.
    [[nodiscard]] std::uint64_t valid(int word) const noexcept {
        const int left = columns_ - 64 * word;
        return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << static_cast<unsigned>(left)) - 1U;
    }

    [[nodiscard]] bool test(int row, int column) const noexcept {
        return ((words_[at(row, column / 64)] >> static_cast<unsigned>(column % 64)) & 1U) != 0;
    }
    void set(int row, int column) noexcept {
        words_[at(row, column / 64)] |= std::uint64_t{1} << static_cast<unsigned>(column % 64);
    }
    void reset(int row, int column) noexcept {
        words_[at(row, column / 64)] &= ~(std::uint64_t{1} << static_cast<unsigned>(column % 64));
    }

    /// Copies the cells of a mask of the same shape. Unlike assignment it never allocates.
    void copy_cells(const CellMask& other) noexcept {
        NCA_ASSERT(rows_ == other.rows_ && columns_ == other.columns_, "nca::CellMask: masks of different shapes");
        std::copy(other.words_.begin(), other.words_.end(), words_.begin());
    }
    void clear() noexcept { std::fill(words_.begin(), words_.end(), 0U); }
    void clear(RowRange rows) noexcept {
        if (!rows.empty()) std::fill_n(&words_[at(rows.first, 0)], at(rows.last - rows.first, 0), 0U);
    }
    /// Sets every cell.
    void fill() noexcept {
        for (int row = 0; row < rows_; ++row) {
            for (int w = 0; w < words_per_row_; ++w) words_[at(row, w)] = valid(w);
        }
    }

    /// The number of cells that are set.
    [[nodiscard]] int count() const noexcept {
        int total = 0;
        for (const std::uint64_t w : words_) total += std::popcount(w);
        return total;
    }

    /// Calls visit(row, column) for each set cell, in row-major order.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for_each(all_rows(), visit);
    }
    /// Calls visit(row, column) for each set cell of `rows`, in row-major order. `visit` may clear the cell.
    template <class Visit>
    void for_each(RowRange rows, Visit&& visit) const {
        for (int row = rows.first; row < rows.last; ++row) {
            for (int w = 0; w < words_per_row_; ++w) {
                for (std::uint64_t bits = words_[at(row, w)]; bits != 0; bits &= bits - 1U) {
                    visit(row, 64 * w + std::countr_zero(bits));
                }
            }
        }
    }

    /// Dilation by the (2 radius + 1)^Rank neighbourhood: out = the cells of `rows` that are set or have a set
    /// neighbour in `rows`. Cells outside the grid count as unset, except on a torus (replicated or reflected ones
    /// would add no cell). `sizes`: the extents, slowest first. `out` and `scratch` have the shape of this mask; the
    /// three do not alias. Cost: `radius` passes per dimension.
    template <std::size_t Rank>
    void dilate(const std::array<int, Rank>& sizes, Boundary boundary, RowRange rows, CellMask& out, CellMask& scratch,
                int radius) const noexcept {
        if (radius == 1) return dilate(sizes, boundary, rows, out, scratch);
        dilate_wide(sizes, boundary, rows, out, scratch, radius);
    }
    /// The same with a radius of 1.
    template <std::size_t Rank>
    NCA_NOINLINE void dilate(const std::array<int, Rank>& sizes, Boundary boundary, RowRange rows, CellMask& out,
                             CellMask& scratch) const noexcept {
        NCA_ASSERT(sizes[Rank - 1] == columns_, "nca::CellMask: wrong extents");
        constexpr int rank = static_cast<int>(Rank);
        const bool torus = boundary == Boundary::torus;
        // The passes alternate between the two buffers, and the last one must write to `out`.
        CellMask* target = rank == 2 ? &scratch : &out;
        dilate_columns(torus, rows, *target);
        int stride = 1;
        for (int d = rank - 2; d >= 0; --d) {
            CellMask* const next = target == &scratch ? &out : &scratch;
            next->dilate_rows(*target, sizes[static_cast<std::size_t>(d)], stride, torus, rows);
            target = next;
            stride *= sizes[static_cast<std::size_t>(d)];
        }
    }

    /// Writes the cells of some rows that are set, or have a set neighbour on a hexagonal grid in axial coordinates:
    /// left and right, above and to the right of above, below and to the left of below. Unlike dilate(), reads other
    /// rows.
    NCA_NOINLINE void dilate_hexagonal(Boundary boundary, RowRange rows, CellMask& out) const noexcept {
        const bool torus = boundary == Boundary::torus;
        for (int row = rows.first; row < rows.last; ++row) {
            const int above = row > 0 ? row - 1 : (torus ? rows_ - 1 : -1);
            const int below = row + 1 < rows_ ? row + 1 : (torus ? 0 : -1);
            for (int w = 0; w < words_per_row_; ++w) {
                std::uint64_t bits = word(row, w) | right_of(row, w, torus) | left_of(row, w, torus);
                if (above >= 0) bits |= word(above, w) | right_of(above, w, torus);
                if (below >= 0) bits |= word(below, w) | left_of(below, w, torus);
                out.word(row, w) = bits & valid(w);
            }
        }
    }

    /// Dilates all rows.
    template <std::size_t Rank>
    void dilate(const std::array<int, Rank>& sizes, Boundary boundary, CellMask& out, CellMask& scratch,
                int radius = 1) const noexcept {
        dilate(sizes, boundary, all_rows(), out, scratch, radius);
    }

    friend bool operator==(const CellMask& a, const CellMask& b) noexcept {
        return a.rows_ == b.rows_ && a.columns_ == b.columns_ &&
               std::equal(a.words_.begin(), a.words_.end(), b.words_.begin());
    }

private:
    template <std::size_t Rank>
    NCA_NOINLINE void dilate_wide(const std::array<int, Rank>& sizes, Boundary boundary, RowRange rows, CellMask& out,
                                  CellMask& scratch, int radius) const noexcept {
        NCA_ASSERT(sizes[Rank - 1] == columns_, "nca::CellMask: wrong extents");
        constexpr int rank = static_cast<int>(Rank);
        const bool torus = boundary == Boundary::torus;
        // The passes alternate between the two buffers, and the last one must write to `out`.
        CellMask* target = rank * radius % 2 == 0 ? &scratch : &out;
        dilate_columns(torus, rows, *target);
        const auto other = [&] { return target == &scratch ? &out : &scratch; };
        for (int i = 1; i < radius; ++i) {
            target->dilate_columns(torus, rows, *other());
            target = other();
        }
        int stride = 1;
        for (int d = rank - 2; d >= 0; --d) {
            for (int i = 0; i < radius; ++i) {
                CellMask* const next = other();
                next->dilate_rows(*target, sizes[static_cast<std::size_t>(d)], stride, torus, rows);
                target = next;
            }
            stride *= sizes[static_cast<std::size_t>(d)];
        }
    }

    /// The cells to the right of 64 cells of a row.
    [[nodiscard]] std::uint64_t right_of(int row, int w, bool torus) const noexcept {
        std::uint64_t bits = word(row, w) >> 1U;
        if (w + 1 < words_per_row_) return bits | word(row, w + 1) << 63U;
        if (torus) bits |= (word(row, 0) & 1U) << static_cast<unsigned>((columns_ - 1) % 64);
        return bits;
    }
    /// The cells to the left.
    [[nodiscard]] std::uint64_t left_of(int row, int w, bool torus) const noexcept {
        std::uint64_t bits = word(row, w) << 1U;
        if (w > 0) return bits | word(row, w - 1) >> 63U;
        if (torus) bits |= (word(row, words_per_row_ - 1) >> static_cast<unsigned>((columns_ - 1) % 64)) & 1U;
        return bits;
    }

    [[nodiscard]] std::size_t at(int row, int word) const noexcept {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(words_per_row_) +
               static_cast<std::size_t>(word);
    }

    [[nodiscard]] static constexpr std::size_t word_count(int rows, int columns) noexcept {
        return static_cast<std::size_t>(rows) * ((static_cast<std::size_t>(columns) + 63) / 64);
    }
    [[nodiscard]] bool row_is_empty(int row) const noexcept {
        for (int w = 0; w < words_per_row_; ++w) {
            if (words_[at(row, w)] != 0) return false;
        }
        return true;
    }

    void dilate_columns(bool torus, RowRange rows, CellMask& out) const noexcept {
        const auto last_bit = static_cast<unsigned>((columns_ - 1) % 64);
        for (int row = rows.first; row < rows.last; ++row) {
            const std::uint64_t* const in = &words_[at(row, 0)];
            std::uint64_t* const result = &out.words_[at(row, 0)];
            for (int w = 0; w < words_per_row_; ++w) {
                std::uint64_t bits = in[w] | (in[w] << 1U) | (in[w] >> 1U);
                if (w > 0) bits |= in[w - 1] >> 63U;
                if (w + 1 < words_per_row_) bits |= in[w + 1] << 63U;
                result[w] = bits & valid(w);
            }
            if (torus) {
                result[0] |= (in[words_per_row_ - 1] >> last_bit) & 1U;
                result[words_per_row_ - 1] |= (in[0] & 1U) << last_bit;
            }
        }
    }

    void dilate_rows(const CellMask& in, int size, int stride, bool torus, RowRange rows) noexcept {
        // Rows outside the range count as empty: OR-ing the row itself has the same effect.
        const auto in_range = [&](int neighbour, int row) {
            return neighbour >= rows.first && neighbour < rows.last ? neighbour : row;
        };
        for (int row = rows.first; row < rows.last; ++row) {
            const int coordinate = row / stride % size;
            const int before = in_range(coordinate > 0 ? row - stride : (torus ? row + (size - 1) * stride : row), row);
            const int after =
                in_range(coordinate + 1 < size ? row + stride : (torus ? row - (size - 1) * stride : row), row);
            for (int w = 0; w < words_per_row_; ++w) {
                words_[at(row, w)] = in.words_[at(before, w)] | in.words_[at(row, w)] | in.words_[at(after, w)];
            }
        }
    }

    int rows_ = 0;
    int columns_ = 0;
    int words_per_row_ = 0;
    AlignedArray<std::uint64_t> words_{};
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_CELL_MASK_HPP

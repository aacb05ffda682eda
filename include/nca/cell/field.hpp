// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_FIELD_HPP
#define NCA_CELL_FIELD_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perceive.hpp>
#include <nca/core/cell_mask.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI {

/// The state on which kernels work: a grid with a border of Radius cells on every side, padded(channels) values per
/// cell, and the mask of occupied cells. Kernels address cells by their position in the bordered grid. Channels and
/// Radius may be `Dynamic`.
template <class T, int Channels, int Rank, int Radius = 1>
class Field {
public:
    using Sizes = std::array<int, static_cast<std::size_t>(Rank)>;

    /// A field of zeros, with memory from `region` or, without one, the heap. The other members do not allocate.
    NCA_COLD explicit Field(const Sizes& sizes,
                            Region* region = nullptr) requires(Channels != Dynamic && Radius != Dynamic)
        : Field(sizes, Channels, Radius, region) {}
    NCA_COLD Field(const Sizes& sizes, int channels, Region* region = nullptr) requires(Radius != Dynamic)
        : Field(sizes, channels, Radius, region) {}
    /// The field of a rule, by its channels and radius.
    template <class Architecture>
    requires requires(const Architecture& rule) { rule.radius(); }
    Field(const Sizes& sizes, const Architecture& rule, Region* region = nullptr)
        : Field(sizes, rule.channels(), rule.radius(), region) {}
    NCA_COLD Field(const Sizes& sizes, int channels, int radius, Region* region)
        : sizes_{sizes}, rows_{row_count(sizes)}, channels_{channels}, radius_{radius},
          values_(bordered_cells(sizes, radius) * static_cast<std::size_t>(padded(channels)), region),
          occupied_(rows_, columns(), region), row_start_(static_cast<std::size_t>(rows_), region),
          border_(AlignedArray<BorderCell>::uninitialised(border_cells(sizes, radius), region)) {
        for (int row = 0; row < rows_; ++row) {
            Sizes at{};
            int rest = row;
            for (int d = Rank - 2; d >= 0; --d) {
                at[static_cast<std::size_t>(d)] = rest % sizes_[static_cast<std::size_t>(d)];
                rest /= sizes_[static_cast<std::size_t>(d)];
            }
            row_start_[static_cast<std::size_t>(row)] = bordered_position(at);
        }
        if constexpr (Radius == Dynamic) {
            offsets_ = NeighbourOffsets<Rank, Radius>{radius};
            fill_offsets(offsets_.nearest, 1);
        }
        fill_offsets(offsets_, radius);
    }

    /// Bytes a field takes from a region.
    [[nodiscard]] static std::size_t memory_needed(const Sizes& sizes, int channels, int radius) noexcept {
        const int rows = row_count(sizes);
        return block_bytes<T>(bordered_cells(sizes, radius) * static_cast<std::size_t>(padded(channels))) +
               CellMask::memory_needed(rows, sizes.back()) + block_bytes<std::int32_t>(static_cast<std::size_t>(rows)) +
               block_bytes<BorderCell>(border_cells(sizes, radius));
    }
    /// The number of positions in a bordered grid of these extents.
    [[nodiscard]] static std::size_t bordered_cells(const Sizes& sizes, int radius) noexcept {
        std::size_t cells = 1;
        for (const int size : sizes) cells *= static_cast<std::size_t>(size + 2 * radius);
        return cells;
    }

    [[nodiscard]] const Sizes& sizes() const noexcept { return sizes_; }
    [[nodiscard]] int channels() const noexcept { return channels_; }
    /// The width of the border, which is how far a cell perceives.
    [[nodiscard]] int radius() const noexcept { return radius_; }
    /// The positions in a row of the bordered grid.
    [[nodiscard]] int row_length() const noexcept { return columns() + 2 * radius_; }
    /// Values per cell: padded(channels()). Those after the channels are zero.
    [[nodiscard]] int stride() const noexcept { return padded(channels_); }
    [[nodiscard]] int rows() const noexcept { return rows_; }
    [[nodiscard]] int columns() const noexcept { return sizes_[static_cast<std::size_t>(Rank - 1)]; }
    [[nodiscard]] int cells() const noexcept { return rows_ * columns(); }

    /// The position of a cell in the bordered grid; rows are the flattened leading dimensions.
    [[nodiscard]] std::int32_t position(int row, int column) const noexcept {
        return row_start_[static_cast<std::size_t>(row)] + column;
    }
    /// The number of positions in the bordered grid.
    [[nodiscard]] std::size_t positions() const noexcept { return bordered_cells(sizes_, radius_); }
    /// The position of a cell in a grid with a border of one cell, as SparseState counts for every rule.
    [[nodiscard]] std::int32_t portable_position(int row, int column) const noexcept {
        if (radius_ == 1) return position(row, column);
        std::int32_t result = 0;
        std::int32_t step = sizes_.back() + 2;
        for (int d = Rank - 2; d >= 0; --d) {
            const int size = sizes_[static_cast<std::size_t>(d)];
            result += (row % size + 1) * step;
            row /= size;
            step *= size + 2;
        }
        return result + column + 1;
    }
    /// The values of the cell at a position.
    [[nodiscard]] T* at(std::int32_t position) noexcept {
        return values_.data() + static_cast<std::ptrdiff_t>(position) * stride();
    }
    [[nodiscard]] const T* at(std::int32_t position) const noexcept {
        return values_.data() + static_cast<std::ptrdiff_t>(position) * stride();
    }
    /// All values, border included.
    [[nodiscard]] T* values() noexcept { return values_.data(); }
    [[nodiscard]] const T* values() const noexcept { return values_.data(); }
    /// The offsets from a cell to its neighbours, counted in values.
    [[nodiscard]] const NeighbourOffsets<Rank, Radius>& offsets() const noexcept { return offsets_; }

    /// The occupied cells: a superset of the cells that are not zero.
    [[nodiscard]] CellMask& occupied() noexcept { return occupied_; }
    [[nodiscard]] const CellMask& occupied() const noexcept { return occupied_; }

    /// Calls visit(row, column, i) for each of `positions`. Precondition: they are ascending.
    template <class Visit>
    void for_each_position(const std::int32_t* positions, int count, Visit&& visit) const {
        int row = 0;
        for (int i = 0; i < count; ++i) {
            while (positions[i] >= position(row, columns())) ++row;
            visit(row, positions[i] - position(row, 0), i);
        }
    }

    /// The same for portable positions. Precondition: they are ascending.
    template <class Visit>
    void for_each_portable(const std::int32_t* positions, int count, Visit&& visit) const {
        if (radius_ == 1) return for_each_position(positions, count, visit);
        int row = 0;
        for (int i = 0; i < count; ++i) {
            while (positions[i] > portable_position(row, columns() - 1)) ++row;
            visit(row, positions[i] - portable_position(row, 0), i);
        }
    }

    /// Zeroes all cells.
    void clear() noexcept {
        occupied_.for_each([this](int row, int column) { clear_values(at(position(row, column)), stride()); });
        occupied_.clear();
    }

    /// Copies a state, [cells, channels] in row-major order, into the field.
    void load(const T* state) noexcept {
        occupied_.clear();
        for (int row = 0; row < rows_; ++row) {
            for (int column = 0; column < columns(); ++column, state += channels()) {
                copy_values(state, at(position(row, column)), channels());
                if (std::any_of(state, state + channels(), [](T v) { return v != T(0); })) occupied_.set(row, column);
            }
        }
    }

    /// Copies the state to [cells, channels] in row-major order.
    void store(T* state) const noexcept {
        for (int row = 0; row < rows_; ++row) {
            for (int column = 0; column < columns(); ++column, state += channels()) {
                copy_values(at(position(row, column)), state, channels());
            }
        }
    }

    /// Sets the boundary condition, to which fill_border() and fold_border() refer.
    NCA_COLD void set_boundary(Boundary boundary) noexcept {
        if (boundary == boundary_) return;
        for_each_border_cell([this](T* border, const T* /*source*/) { clear_values(border, stride()); });
        border_count_ = 0;
        boundary_ = boundary;
        if (boundary == Boundary::zero) return;
        Sizes at{};
        std::fill(at.begin(), at.end(), -radius_);
        for (;;) {
            Sizes source{};
            bool inside = true;
            for (std::size_t d = 0; d < at.size(); ++d) {
                source[d] = resolve(boundary, at[d], sizes_[d]);
                inside = inside && source[d] == at[d];
            }
            if (!inside) border_[border_count_++] = {bordered_position(at), bordered_position(source)};
            std::size_t d = at.size();
            while (d > 0 && ++at[d - 1] >= sizes_[d - 1] + radius_) at[--d] = -radius_;
            if (d == 0) break;
        }
    }
    [[nodiscard]] Boundary boundary() const noexcept { return boundary_; }

    /// Fills the border cells according to the boundary condition.
    void fill_border() noexcept {
        for_each_border_cell([this](T* border, const T* source) { copy_values(source, border, stride()); });
    }

    /// The pullback of `fill_border`: adds every border cell to its source and zeroes it.
    void fold_border() noexcept {
        for_each_border_cell([this](T* border, T* source) {
            for (int c = 0; c < stride(); ++c) source[c] += border[c];
            clear_values(border, stride());
        });
    }

    /// Zeroes the values of all positions, border included. The mask of occupied cells stays.
    void clear_positions() noexcept { std::fill(values_.begin(), values_.end(), T(0)); }
    /// Zeroes the sources of the border cells.
    void clear_border_sources() noexcept {
        for_each_border_cell([this](T* /*border*/, T* source) { clear_values(source, stride()); });
    }

private:
    struct BorderCell {
        std::int32_t border;
        std::int32_t source;
    };

    [[nodiscard]] static int row_count(const Sizes& sizes) noexcept {
        int rows = 1;
        for (std::size_t d = 0; d + 1 < sizes.size(); ++d) rows *= sizes[d];
        return rows;
    }
    /// Precondition: `offsets` has the size of a neighbourhood of this radius.
    void fill_offsets(auto& offsets, int radius) noexcept {
        for (int n = 0; n < neighbourhood_size(Rank, radius); ++n) {
            std::ptrdiff_t offset = 0;
            std::ptrdiff_t step = 1;
            for (int axis = 0; axis < Rank; ++axis) {
                offset += neighbour_offset(n, axis, radius) * step;
                step *= sizes_[static_cast<std::size_t>(Rank - 1 - axis)] + 2 * radius_;
            }
            offsets[static_cast<std::size_t>(n)] = offset * stride();
        }
    }
    [[nodiscard]] static std::size_t border_cells(const Sizes& sizes, int radius) noexcept {
        return bordered_cells(sizes, radius) -
               static_cast<std::size_t>(row_count(sizes)) * static_cast<std::size_t>(sizes.back());
    }

    template <class Visit>
    void for_each_border_cell(Visit&& visit) noexcept {
        for (std::size_t i = 0; i < border_count_; ++i) visit(at(border_[i].border), at(border_[i].source));
    }

    /// The position of a cell whose coordinates lie in [-radius, size + radius).
    [[nodiscard]] std::int32_t bordered_position(const Sizes& at) const noexcept {
        std::int32_t position = 0;
        for (std::size_t d = 0; d < at.size(); ++d) position = position * (sizes_[d] + 2 * radius_) + at[d] + radius_;
        return position;
    }

    Sizes sizes_;
    int rows_;
    detail::Count<Channels> channels_;
    detail::Count<Radius> radius_;
    AlignedArray<T> values_;
    CellMask occupied_;
    AlignedArray<std::int32_t> row_start_;
    NeighbourOffsets<Rank, Radius> offsets_{};
    Boundary boundary_ = Boundary::zero;
    AlignedArray<BorderCell> border_;
    std::size_t border_count_ = 0;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_FIELD_HPP

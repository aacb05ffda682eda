// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_PERCEIVE_ANY_HPP
#define NCA_CELL_PERCEIVE_ANY_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/any_filters.hpp>
#include <nca/cell/filter_table.hpp>
#include <nca/cell/perceive.hpp>
#include <nca/core/memory.hpp>
#include <nca/simd/batch.hpp>

#include <cstddef>
#include <cstdint>

/// Perception whose filters and channels are known only at run time: the same bits as `perceive`.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Perception of one kind, of `channels` channels.
template <int Rank, class T, class Offsets = NeighbourOffsets<Rank>>
struct AnyPerceptionKernel {
    PerceptionKind kind;
    int channels;
    const FilterTable<T>& table;
    const Offsets& offsets;

    template <SumOrder Order>
    void forward(const T* state, const std::int32_t* cells, int count, const Rotations<T>& rotations, T* out,
                 std::ptrdiff_t out_stride) const noexcept {
        if (kind == PerceptionKind::filters) {
            const AnyFilters<Rank, T, Offsets> filters{table, offsets, channels};
            return filters.template respond<Order>(state, cells, count, rotations, out, out_stride);
        }
        for (int i = 0; i < count; ++i, out += out_stride) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels);
            if (kind == PerceptionKind::filter_per_channel)
                respond_per_channel(cell, out);
            else
                copy_neighbourhood(cell, out);
        }
    }

    void pullback(const T* out, const T* out_adjoint, std::ptrdiff_t out_stride, const std::int32_t* cells, int count,
                  const Rotation<T>& rotation, T* state_adjoint) const noexcept {
        if (kind == PerceptionKind::filters) {
            const AnyFilters<Rank, T, Offsets> filters{table, offsets, channels};
            return filters.scatter(out_adjoint, out_stride, cells, count, rotation, state_adjoint);
        }
        for (int i = 0; i < count; ++i) {
            T* const cell = state_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels);
            const T* const g = out_adjoint + i * out_stride;
            if (kind == PerceptionKind::filter_per_channel)
                scatter_per_channel(out + i * out_stride, g, cell);
            else
                add_neighbourhood(g, cell);
        }
    }

private:
    /// Calls f(first, size) for every register of channels.
    template <class F>
    NCA_INLINE void for_each_register(F&& f) const noexcept {
        for (int first = 0; first < channels; first += Vec<T>::size) f(first, channels - first);
    }

    NCA_INLINE void copy_neighbourhood(const T* cell, T* row) const noexcept {
        for (const std::ptrdiff_t offset : offsets) {
            for_each_register(
                [&](int first, int size) { store_first(row + first, load(cell + offset + first), size); });
            row += channels;
        }
    }
    NCA_INLINE void add_neighbourhood(const T* g, T* cell) const noexcept {
        for (const std::ptrdiff_t offset : offsets) {
            for_each_register([&](int first, int size) {
                T* const target = cell + offset + first;
                store(target, load(target) + load_first(g + first, size));
            });
            g += channels;
        }
    }

    NCA_INLINE void respond_per_channel(const T* cell, T* row) const noexcept {
        for_each_register([&](int first, int size) {
            const T* weights = table.by_neighbour.data() + first;
            const Vec<T> x = load(cell + first);
            Vec<T> response(T(0));
            for (std::size_t n = 0; n < offsets.size(); ++n, weights += padded(channels)) {
                response = fma(load(cell + offsets[n] + first), load(weights), response);
            }
            store_first(row + first, x, size);
            store_first(row + channels + first, response, size);
            store_first(row + 2 * channels + first, abs(x), size);
            store_first(row + 3 * channels + first, abs(response), size);
        });
    }

    NCA_INLINE void scatter_per_channel(const T* row, const T* g, T* cell) const noexcept {
        const Vec<T> zero(T(0));
        for_each_register([&](int first, int size) {
            const auto both = [&](int band) {
                const Vec<T> value = load_first(row + band * channels + first, size);
                const Vec<T> of_absolute = load_first(g + (band + 2) * channels + first, size);
                return load_first(g + band * channels + first, size) + keep_where_positive(value, of_absolute) -
                       keep_where_positive(zero - value, of_absolute);
            };
            store(cell + first, load(cell + first) + both(0));
            const Vec<T> of_response = both(1);
            const T* weights = table.by_neighbour.data() + first;
            for (std::size_t n = 0; n < offsets.size(); ++n, weights += padded(channels)) {
                T* const target = cell + offsets[n] + first;
                store(target, fma(of_response, load(weights), load(target)));
            }
        });
    }
};

} // namespace isa_detail

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_PERCEIVE_ANY_HPP

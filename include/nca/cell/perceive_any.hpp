// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_PERCEIVE_ANY_HPP
#define NCA_CELL_PERCEIVE_ANY_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/filter_table.hpp>
#include <nca/cell/perceive.hpp>
#include <nca/core/memory.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Perception whose filters and channels are known only at run time: the same bits as `perceive`. With 16 channels and
/// three filters it costs 4 times as much, 8% of an update of 128 hidden values.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// The first `count` lanes of p, the others zero.
template <class T>
[[nodiscard]] NCA_INLINE Vec<T> load_some(const T* p, int count) noexcept {
    if (count >= Vec<T>::size) return load(p);
    T lanes[Vec<T>::size] = {};
    std::memcpy(lanes, p, sizeof(T) * static_cast<std::size_t>(count));
    return load(lanes);
}
template <class T>
NCA_INLINE void store_some(T* p, Vec<T> v, int count) noexcept {
    if (count >= Vec<T>::size) return store(p, v);
    T lanes[Vec<T>::size];
    store(lanes, v);
    std::memcpy(p, lanes, sizeof(T) * static_cast<std::size_t>(count));
}

/// The filters of Perception on one register of channels.
template <int Rank, class T>
class AnyFilters {
public:
    using Filter = typename FilterTable<T>::Filter;
    using Term = typename FilterTable<T>::Term;

    AnyFilters(const FilterTable<T>& table, const NeighbourOffsets<Rank>& offsets) noexcept
        : table_{table}, offsets_{offsets} {}

    template <SumOrder Order>
    [[nodiscard]] NCA_INLINE Vec<T> respond(const Filter& filter, const T* cell) const noexcept {
        if constexpr (Order == SumOrder::row_major) {
            Vec<T> response(T(0));
            for (const Term& term : filter.row_major) response = add(term, cell, response);
            return response;
        } else {
            Vec<T> response(T(0));
            for (std::size_t distance = 0; distance < filter.rings.size(); ++distance) {
                Vec<T> ring(T(0));
                for (const auto& pair : filter.rings[distance]) {
                    Vec<T> both = product(pair.first, cell);
                    if (pair.second.neighbour >= 0) both = add(pair.second, cell, both);
                    ring = pair.starts ? both : ring + both;
                }
                response = distance == 0 ? ring : response + ring;
            }
            return filter.own.neighbour >= 0 ? add(filter.own, cell, response) : response;
        }
    }

    /// Adds the adjoints of responses to the neighbourhood; adjoint_of(filter) is a register of them.
    template <class AdjointOf>
    NCA_INLINE void scatter(AdjointOf&& adjoint_of, T* cell) const noexcept {
        for (std::size_t n = 0; n < table_.readers.size(); ++n) {
            if (table_.readers[n].empty()) continue;
            T* const target = cell + offsets_[n];
            Vec<T> sum = load(target);
            for (const auto& reader : table_.readers[n]) {
                sum = fma(adjoint_of(reader.filter), Vec<T>(reader.weight), sum);
            }
            store(target, sum);
        }
    }

private:
    [[nodiscard]] NCA_INLINE Vec<T> add(const Term& term, const T* cell, Vec<T> sum) const noexcept {
        const Vec<T> x = load(cell + offsets_[static_cast<std::size_t>(term.neighbour)]);
        const Vec<T> weight(term.weight);
        return term.exact ? fma(x, weight, sum) : multiply_then_add(x, weight, sum);
    }
    [[nodiscard]] NCA_INLINE Vec<T> product(const Term& term, const T* cell) const noexcept {
        if (!term.exact) return add(term, cell, Vec<T>(T(0)));
        return load(cell + offsets_[static_cast<std::size_t>(term.neighbour)]) * Vec<T>(term.weight);
    }

    const FilterTable<T>& table_;
    const NeighbourOffsets<Rank>& offsets_;
};

/// Perception of one kind, of `channels` channels.
template <int Rank, class T>
struct AnyPerceptionKernel {
    PerceptionKind kind;
    int channels;
    const FilterTable<T>& table;
    const NeighbourOffsets<Rank>& offsets;

    template <SumOrder Order>
    void forward(const T* state, const std::int32_t* cells, int count, const Rotations<T>& rotations, T* out,
                 std::ptrdiff_t out_stride) const noexcept {
        for (int i = 0; i < count; ++i) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels);
            T* const row = out + i * out_stride;
            switch (kind) {
            case PerceptionKind::filters:
                respond<Order>(cell, cells[i], rotations, row);
                break;
            case PerceptionKind::filter_per_channel:
                respond_per_channel(cell, row);
                break;
            case PerceptionKind::depthwise: // see nca::Depthwise
                break;
            case PerceptionKind::neighbourhood:
                for (std::size_t n = 0; n < offsets.size(); ++n) {
                    std::memcpy(row + static_cast<std::ptrdiff_t>(n) * channels, cell + offsets[n],
                                sizeof(T) * static_cast<std::size_t>(channels));
                }
                break;
            }
        }
    }

    void pullback(const T* out, const T* out_adjoint, std::ptrdiff_t out_stride, const std::int32_t* cells, int count,
                  const Rotation<T>& rotation, T* state_adjoint) const noexcept {
        for (int i = 0; i < count; ++i) {
            T* const cell = state_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels);
            const T* const g = out_adjoint + i * out_stride;
            switch (kind) {
            case PerceptionKind::filters:
                scatter(g, rotation, cell);
                break;
            case PerceptionKind::filter_per_channel:
                scatter_per_channel(out + i * out_stride, g, cell);
                break;
            case PerceptionKind::depthwise: // see nca::Depthwise
                break;
            case PerceptionKind::neighbourhood:
                for (std::size_t n = 0; n < offsets.size(); ++n) {
                    for (int c = 0; c < channels; ++c) {
                        cell[offsets[n] + c] += g[static_cast<std::ptrdiff_t>(n) * channels + c];
                    }
                }
                break;
            }
        }
    }

private:
    [[nodiscard]] bool rotates() const noexcept { return table.x_index >= 0 && table.y_index >= 0; }
    /// Calls f(first, size) for every register of channels.
    template <class F>
    NCA_INLINE void for_each_register(F&& f) const noexcept {
        constexpr int lanes = Vec<T>::size;
        for (int first = 0; first < channels; first += lanes) f(first, std::min(lanes, channels - first));
    }

    template <SumOrder Order>
    NCA_INLINE void respond(const T* cell, std::int32_t at, const Rotations<T>& rotations, T* row) const noexcept {
        const AnyFilters<Rank, T> filters{table, offsets};
        const int count = static_cast<int>(table.list.size());
        const bool rotated = rotates() && !rotations.is_identity();
        for_each_register([&](int first, int size) {
            const auto response_of = [&](int k) {
                return filters.template respond<Order>(table.list[static_cast<std::size_t>(k)], cell + first);
            };
            for (int k = 0; k < count; ++k) {
                if (rotated && (k == table.x_index || k == table.y_index)) continue;
                store_some(row + k * channels + first, response_of(k), size);
            }
            if (!rotated) return;
            const auto [cosine, sine] = rotations.at(at);
            const Vec<T> x = response_of(table.x_index);
            const Vec<T> y = response_of(table.y_index);
            store_some(row + table.x_index * channels + first, cosine * x - sine * y, size);
            store_some(row + table.y_index * channels + first, fma(sine, x, cosine * y), size);
        });
    }

    NCA_INLINE void scatter(const T* g, const Rotation<T>& rotation, T* cell) const noexcept {
        const AnyFilters<Rank, T> filters{table, offsets};
        const bool rotated = rotates() && !rotation.is_identity();
        const Vec<T> c(rotation.cosine);
        const Vec<T> s(rotation.sine);
        for_each_register([&](int first, int size) {
            const auto given = [&](int k) { return load_some(g + k * channels + first, size); };
            if (!rotated) return filters.scatter(given, cell + first);
            const Vec<T> x = given(table.x_index);
            const Vec<T> y = given(table.y_index);
            const Vec<T> turned_x = fma(s, y, c * x);
            const Vec<T> turned_y = c * y - s * x;
            filters.scatter(
                [&](int k) { return k == table.x_index ? turned_x : (k == table.y_index ? turned_y : given(k)); },
                cell + first);
        });
    }

    NCA_INLINE void respond_per_channel(const T* cell, T* row) const noexcept {
        for_each_register([&](int first, int size) {
            const T* weights = table.by_neighbour.data() + first;
            const Vec<T> x = load(cell + first);
            Vec<T> response(T(0));
            for (std::size_t n = 0; n < offsets.size(); ++n, weights += padded(channels)) {
                response = fma(load(cell + offsets[n] + first), load(weights), response);
            }
            store_some(row + first, x, size);
            store_some(row + channels + first, response, size);
            store_some(row + 2 * channels + first, abs(x), size);
            store_some(row + 3 * channels + first, abs(response), size);
        });
    }

    NCA_INLINE void scatter_per_channel(const T* row, const T* g, T* cell) const noexcept {
        const Vec<T> zero(T(0));
        for_each_register([&](int first, int size) {
            const auto both = [&](int band) {
                const Vec<T> value = load_some(row + band * channels + first, size);
                const Vec<T> of_absolute = load_some(g + (band + 2) * channels + first, size);
                return load_some(g + band * channels + first, size) + keep_where_positive(value, of_absolute) -
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

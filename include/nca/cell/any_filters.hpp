// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_ANY_FILTERS_HPP
#define NCA_CELL_ANY_FILTERS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/filter_table.hpp>
#include <nca/cell/filters.hpp>
#include <nca/cell/perceive.hpp>
#include <nca/core/memory.hpp>
#include <nca/simd/batch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

/// Fixed filters that are known only at run time: with 16 channels and three filters 1.6 times the cost of a perception
/// whose filters are its type, 2% of an update of 128 hidden values.
namespace nca::inline NCA_ABI::inline NCA_ISA::isa_detail {

/// The kernels of a filter whose weights are known at compile time, for any number of channels.
template <class Filter, int Rank, class T>
struct FilterKernel {
    using Kernel = PerceptionKernel<Perception<Filter>>;

    /// The responses of listed cells, times a power of two, [count, channels].
    template <SumOrder Order>
    NCA_NOINLINE static void respond(const T* state, const NeighbourOffsets<Rank>& offsets, const std::int32_t* cells,
                                     int count, int channels, T scale, T* out, std::ptrdiff_t out_stride) noexcept {
        for (int i = 0; i < count; ++i, out += out_stride) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels);
            for (int first = 0; first < channels; first += Vec<T>::size) {
                typename Kernel::template Responses<T> response;
                if constexpr (Order == SumOrder::by_distance) {
                    Kernel::template add_rings<Rank, T>(cell + first, offsets, response);
                } else {
                    Kernel::template add_reading<Rank, T>(cell + first, offsets, response);
                }
                store_first(out + first, response[0] * Vec<T>(scale), channels - first);
            }
        }
    }

    /// Adds a register of adjoints to the neighbourhood of a cell.
    NCA_NOINLINE static void scatter(Vec<T> g, const NeighbourOffsets<Rank>& offsets, T* cell) noexcept {
        constexpr auto& table = Kernel::template weights<Rank, T>;
        NCA_UNROLL
        for (std::size_t n = 0; n < table.size(); ++n) {
            if (table[n][0] == T(0)) continue;
            T* const target = cell + offsets[n];
            store(target, fma(g, Vec<T>(table[n][0]), load(target)));
        }
    }
};

/// The offsets to the cells within 1 of a cell.
template <std::size_t Size>
[[nodiscard]] constexpr const auto& nearest_of(const std::array<std::ptrdiff_t, Size>& offsets) noexcept {
    return offsets;
}
template <int Rank>
[[nodiscard]] const auto& nearest_of(const AnyNeighbourOffsets<Rank>& offsets) noexcept {
    return offsets.nearest;
}

/// Perception by fixed filters, one after the other. Offsets: NeighbourOffsets of Radius 1 or Dynamic.
template <int Rank, class T, class Offsets = NeighbourOffsets<Rank>>
class AnyFilters {
public:
    using Filter = typename FilterTable<T>::Filter;
    using Term = typename FilterTable<T>::Term;

    AnyFilters(const FilterTable<T>& table, const Offsets& offsets, int channels) noexcept
        : table_{table}, offsets_{offsets}, channels_{channels} {}

    template <SumOrder Order>
    void respond(const T* state, const std::int32_t* cells, int count, const Rotations<T>& rotations, T* out,
                 std::ptrdiff_t out_stride) const noexcept {
        if constexpr (Order == SumOrder::by_distance) {
            if (offsets_.size() > static_cast<std::size_t>(neighbourhood_size(Rank))) {
                return respond<SumOrder::row_major>(state, cells, count, rotations, out, out_stride);
            }
        }
        for (std::size_t k = 0; k < table_.list.size(); ++k) {
            const Filter& filter = table_.list[k];
            T* const to = out + static_cast<std::ptrdiff_t>(k) * channels_;
            if (filter.compiled >= 0) {
                static constexpr auto kernels = responding<Order>(CompiledFilters<Rank>{});
                kernels[static_cast<std::size_t>(filter.compiled)](state, nearest_of(offsets_), cells, count, channels_,
                                                                   filter.scale, to, out_stride);
            } else {
                respond_to<Order>(filter, state, cells, count, to, out_stride);
            }
        }
        if (rotates() && !rotations.is_identity()) rotate(cells, count, rotations, out, out_stride);
    }

    /// Adds the adjoints of responses to the neighbourhoods.
    void scatter(const T* out_adjoint, std::ptrdiff_t out_stride, const std::int32_t* cells, int count,
                 const Rotation<T>& rotation, T* state_adjoint) const noexcept {
        const bool rotated = rotates() && !rotation.is_identity();
        const int filters = static_cast<int>(table_.list.size());
        for (int i = 0; i < count; ++i, out_adjoint += out_stride) {
            T* const cell = state_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels_);
            for (int first = 0; first < channels_; first += Vec<T>::size) {
                for (int k = 0; k < filters; ++k) {
                    const auto given = [&](int filter) {
                        return load_first(out_adjoint + filter * channels_ + first, channels_ - first);
                    };
                    Vec<T> g = given(k);
                    if (rotated) {
                        const Vec<T> c(rotation.cosine);
                        const Vec<T> s(rotation.sine);
                        if (k == table_.x_index) g = fma(s, given(table_.y_index), c * g);
                        if (k == table_.y_index) g = c * g - s * given(table_.x_index);
                    }
                    scatter_to(table_.list[static_cast<std::size_t>(k)], g, cell + first);
                }
            }
        }
    }

    /// The response of one filter at a register of channels of a cell.
    [[nodiscard]] Vec<T> response(int k, const T* cell) const noexcept {
        const Filter& filter = table_.list[static_cast<std::size_t>(k)];
        if (filter.compiled < 0) return response_of<SumOrder::by_distance>(filter, cell);
        static constexpr auto kernels = responding<SumOrder::by_distance>(CompiledFilters<Rank>{});
        constexpr std::int32_t here = 0;
        T lanes[Vec<T>::size];
        kernels[static_cast<std::size_t>(filter.compiled)](cell, offsets_, &here, 1, Vec<T>::size, filter.scale, lanes,
                                                           0);
        return load(lanes);
    }
    /// Adds its adjoint to the neighbourhood.
    void scatter(int k, Vec<T> g, T* cell) const noexcept {
        scatter_to(table_.list[static_cast<std::size_t>(k)], g, cell);
    }

private:
    template <SumOrder Order, class... Filters>
    [[nodiscard]] static constexpr auto responding(TypeList<Filters...> /*list*/) noexcept {
        return std::array{&FilterKernel<Filters, Rank, T>::template respond<Order>...};
    }
    template <class... Filters>
    [[nodiscard]] static constexpr auto scattering(TypeList<Filters...> /*list*/) noexcept {
        return std::array{&FilterKernel<Filters, Rank, T>::scatter...};
    }
    [[nodiscard]] bool rotates() const noexcept { return table_.x_index >= 0 && table_.y_index >= 0; }

    template <SumOrder Order>
    NCA_NOINLINE void respond_to(const Filter& filter, const T* state, const std::int32_t* cells, int count, T* out,
                                 std::ptrdiff_t out_stride) const noexcept {
        for (int i = 0; i < count; ++i, out += out_stride) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels_);
            for (int first = 0; first < channels_; first += Vec<T>::size) {
                store_first(out + first, response_of<Order>(filter, cell + first), channels_ - first);
            }
        }
    }
    template <SumOrder Order>
    [[nodiscard]] NCA_INLINE Vec<T> response_of(const Filter& filter, const T* cell) const noexcept {
        Vec<T> response(T(0));
        if constexpr (Order == SumOrder::row_major) {
            for (const Term& term : filter.row_major) response = add(term, cell, response);
            return response;
        } else {
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
    [[nodiscard]] NCA_INLINE Vec<T> add(const Term& term, const T* cell, Vec<T> sum) const noexcept {
        const Vec<T> x = load(cell + offsets_[static_cast<std::size_t>(term.neighbour)]);
        const Vec<T> weight(term.weight);
        return term.exact ? fma(x, weight, sum) : multiply_then_add(x, weight, sum);
    }
    [[nodiscard]] NCA_INLINE Vec<T> product(const Term& term, const T* cell) const noexcept {
        if (!term.exact) return add(term, cell, Vec<T>(T(0)));
        return load(cell + offsets_[static_cast<std::size_t>(term.neighbour)]) * Vec<T>(term.weight);
    }
    void rotate(const std::int32_t* cells, int count, const Rotations<T>& rotations, T* out,
                std::ptrdiff_t out_stride) const noexcept {
        for (int i = 0; i < count; ++i, out += out_stride) {
            const auto [cosine, sine] = rotations.at(cells[i]);
            T* const x_row = out + table_.x_index * channels_;
            T* const y_row = out + table_.y_index * channels_;
            for (int first = 0; first < channels_; first += Vec<T>::size) {
                const Vec<T> x = load_first(x_row + first, channels_ - first);
                const Vec<T> y = load_first(y_row + first, channels_ - first);
                store_first(x_row + first, cosine * x - sine * y, channels_ - first);
                store_first(y_row + first, fma(sine, x, cosine * y), channels_ - first);
            }
        }
    }

    NCA_INLINE void scatter_to(const Filter& filter, Vec<T> g, T* cell) const noexcept {
        if (filter.compiled >= 0) {
            static constexpr auto kernels = scattering(CompiledFilters<Rank>{});
            return kernels[static_cast<std::size_t>(filter.compiled)](g * Vec<T>(filter.scale), nearest_of(offsets_),
                                                                      cell);
        }
        for (const Term& term : filter.row_major) {
            T* const target = cell + offsets_[static_cast<std::size_t>(term.neighbour)];
            store(target, fma(g, Vec<T>(term.weight), load(target)));
        }
    }

    const FilterTable<T>& table_;
    const Offsets& offsets_;
    int channels_;
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA::isa_detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_ANY_FILTERS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_PERCEIVE_HPP
#define NCA_CELL_PERCEIVE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/filters.hpp>
#include <nca/cell/policies.hpp>
#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/static_for.hpp>
#include <nca/simd/batch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

/// Perception of listed cells on a grid with a border as wide as the neighbourhood reaches, which keeps kernels free of
/// boundary conditions.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// A rotation of perception: mixes the derivatives along x and y (Growing NCA, experiment 4).
template <class T>
struct Rotation {
    T cosine = T(1);
    T sine = T(0);

    [[nodiscard]] bool is_identity() const noexcept { return cosine == T(1) && sine == T(0); }
};

/// The rotations of cells: one shared by all and, unless null, one per cell on top, by position in the bordered grid.
template <class T>
struct Rotations {
    Rotation<T> shared{};
    const Rotation<T>* by_cell = nullptr;

    [[nodiscard]] bool is_identity() const noexcept { return by_cell == nullptr && shared.is_identity(); }
    /// The cosine and sine of one cell, multiplied in registers so that NCA_DETERMINISTIC applies.
    [[nodiscard]] NCA_INLINE std::pair<Vec<T>, Vec<T>> at(std::int32_t cell) const noexcept {
        const Vec<T> c(shared.cosine);
        const Vec<T> s(shared.sine);
        if (by_cell == nullptr) return {c, s};
        const Vec<T> own_c(by_cell[cell].cosine);
        const Vec<T> own_s(by_cell[cell].sine);
        return {own_c * c - own_s * s, own_s * c + own_c * s};
    }
};

/// Distances in values from a cell to the cells of a neighbourhood whose radius is known at run time.
template <int Rank>
class AnyNeighbourOffsets {
public:
    using Nearest = std::array<std::ptrdiff_t, static_cast<std::size_t>(neighbourhood_size(Rank))>;

    AnyNeighbourOffsets() = default;
    /// Zeros. Precondition: `radius` is from 1 to max_radius.
    explicit AnyNeighbourOffsets(int radius) noexcept
        : size_{static_cast<std::size_t>(neighbourhood_size(Rank, radius))} {
        NCA_ASSERT(radius >= 1 && radius <= max_radius, "nca: a radius that is too large");
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] const std::ptrdiff_t* begin() const noexcept { return list_.data(); }
    [[nodiscard]] const std::ptrdiff_t* end() const noexcept { return list_.data() + size_; }
    [[nodiscard]] std::ptrdiff_t back() const noexcept { return list_[size_ - 1]; }
    [[nodiscard]] std::ptrdiff_t operator[](std::size_t n) const noexcept { return list_[n]; }
    [[nodiscard]] std::ptrdiff_t& operator[](std::size_t n) noexcept { return list_[n]; }

    Nearest nearest{}; ///< to the cells within 1

private:
    std::array<std::ptrdiff_t, static_cast<std::size_t>(neighbourhood_size(Rank, max_radius))> list_{};
    std::size_t size_ = 0;
};

/// Distances in values from a cell to its neighbours within Radius, in row-major order of the neighbourhood.
template <int Rank, int Radius = 1>
using NeighbourOffsets = std::conditional_t<
    Radius == Dynamic, AnyNeighbourOffsets<Rank>,
    std::array<std::ptrdiff_t, static_cast<std::size_t>(neighbourhood_size(Rank, Radius == Dynamic ? 1 : Radius))>>;

/// The order in which fixed filters sum over the neighbours.
enum class SumOrder {
    /// Opposite neighbours first, then pairs, then distances: a quarter turn of a 2-D grid changes no bit. Beyond a
    /// radius of 1 this is row_major.
    by_distance,
    /// Row by row, as published: responses to 8-bit states are often halfway between codes, where the order decides.
    row_major
};

namespace isa_detail {

/// The index of the filter that is the derivative along an axis; -1 if there is none.
template <int Axis, class... Filters>
[[nodiscard]] constexpr int index_of_derivative() noexcept {
    int index = -1;
    int i = 0;
    ((derivative_axis<Filters> == Axis ? void(index = i++) : void(i++)), ...);
    return index;
}

/// The kernels of a perception in a neighbourhood of a radius.
template <class P, int Radius = 1>
struct PerceptionKernel;

template <class... Filters, int Radius>
struct PerceptionKernel<Perception<Filters...>, Radius> {
    static constexpr int filters = static_cast<int>(sizeof...(Filters));
    static constexpr int x_index = index_of_derivative<0, Filters...>();
    static constexpr int y_index = index_of_derivative<1, Filters...>();
    static constexpr bool rotates = x_index >= 0 && y_index >= 0;

    /// The weights of all filters, neighbour by neighbour. Loops over it are unrolled; zeros generate no code.
    template <int Rank, class T>
    static constexpr auto weights = [] {
        std::array<std::array<T, sizeof...(Filters)>, static_cast<std::size_t>(neighbourhood_size(Rank, Radius))>
            table{};
        for (std::size_t n = 0; n < table.size(); ++n) {
            table[n] = {static_cast<T>(filter_weight_within<Filters>(Rank, static_cast<int>(n), Radius))...};
        }
        return table;
    }();
    /// For every weight, whether products with it are exact: whether it is a power of two.
    template <int Rank>
    static constexpr auto exact = [] {
        std::array<std::array<bool, sizeof...(Filters)>, static_cast<std::size_t>(neighbourhood_size(Rank, Radius))>
            table{};
        for (std::size_t n = 0; n < table.size(); ++n) {
            for (std::size_t k = 0; k < sizeof...(Filters); ++k) {
                double magnitude = weights<Rank, double>[n][k];
                if (magnitude == 0.0) continue;
                if (magnitude < 0.0) magnitude = -magnitude;
                while (magnitude > 1.0) magnitude /= 2.0;
                while (magnitude < 1.0) magnitude *= 2.0;
                table[n][k] = magnitude == 1.0;
            }
        }
        return table;
    }();
    template <int Rank>
    [[nodiscard]] static constexpr bool used(int neighbour) noexcept {
        return ((filter_weight_within<Filters>(Rank, neighbour, Radius) != 0.0) || ...);
    }
    /// The number of axes along which a neighbour is offset from the cell.
    template <int Rank>
    [[nodiscard]] static constexpr int distance(std::size_t neighbour) noexcept {
        int axes = 0;
        for (int axis = 0; axis < Rank; ++axis)
            axes += neighbour_offset(static_cast<int>(neighbour), axis) != 0 ? 1 : 0;
        return axes;
    }

    /// For every filter, whether a pair of opposites, indexed by its first, is the first used at its distance.
    template <int Rank>
    static constexpr auto starts = [] {
        std::array<std::array<bool, sizeof...(Filters)>, static_cast<std::size_t>(neighbourhood_size(Rank, Radius))>
            table{};
        constexpr auto& entries = weights<Rank, double>;
        for (std::size_t k = 0; k < sizeof...(Filters); ++k) {
            std::array<bool, static_cast<std::size_t>(Rank) + 1> begun{};
            for (std::size_t n = 0; n < entries.size() / 2; ++n) {
                if (entries[n][k] == 0.0 && entries[entries.size() - 1 - n][k] == 0.0) continue;
                bool& of_distance = begun[static_cast<std::size_t>(distance<Rank>(n))];
                table[n][k] = !of_distance;
                of_distance = true;
            }
        }
        return table;
    }();

    /// sum + x * weight, where x is the value of neighbour n.
    template <int Rank, class T>
    NCA_INLINE static Vec<T> add(std::size_t n, std::size_t k, Vec<T> x, Vec<T> sum) noexcept {
        const Vec<T> weight(weights<Rank, T>[n][k]);
        // Inexact products are rounded before the sum, on every instruction set.
        return exact<Rank>[n][k] ? fma(x, weight, sum) : multiply_then_add(x, weight, sum);
    }
    /// x * weight, rounded.
    template <int Rank, class T>
    NCA_INLINE static Vec<T> product(std::size_t n, std::size_t k, Vec<T> x) noexcept {
        return exact<Rank>[n][k] ? x * Vec<T>(weights<Rank, T>[n][k]) : add<Rank>(n, k, x, Vec<T>(T(0)));
    }
    /// The contribution of neighbour n (value x) and its opposite (value y): the sum of two rounded products.
    template <int Rank, class T>
    NCA_INLINE static Vec<T> pair(std::size_t n, std::size_t k, Vec<T> x, Vec<T> y) noexcept {
        constexpr auto& table = weights<Rank, T>;
        const std::size_t opposite = table.size() - 1 - n;
        if (table[n][k] == T(0)) return product<Rank>(opposite, k, y);
        if (table[opposite][k] == T(0)) return product<Rank>(n, k, x);
        if (exact<Rank>[n][k]) return add<Rank>(opposite, k, y, product<Rank>(n, k, x));
        return add<Rank>(n, k, x, product<Rank>(opposite, k, y));
    }

    template <class T>
    using Responses = Vec<T>[std::size_t{filters}];

    /// The responses of one register of channels by SumOrder::by_distance.
    template <int Rank, class T>
    NCA_INLINE static void add_rings(const T* cell, const NeighbourOffsets<Rank, Radius>& offsets,
                                     Responses<T>& response) noexcept {
        constexpr auto& table = weights<Rank, T>;
        constexpr std::size_t centre = table.size() / 2;
        static_for<Rank>([&](auto axes) {
            Responses<T> ring;
            NCA_UNROLL
            for (int k = 0; k < filters; ++k) ring[k] = Vec<T>(T(0));
            NCA_UNROLL
            for (std::size_t n = 0; n < centre; ++n) {
                const std::size_t opposite = table.size() - 1 - n;
                if (distance<Rank>(n) != axes + 1) continue;
                if (!used<Rank>(static_cast<int>(n)) && !used<Rank>(static_cast<int>(opposite))) continue;
                const Vec<T> x = load(cell + offsets[n]);
                const Vec<T> y = load(cell + offsets[opposite]);
                NCA_UNROLL
                for (std::size_t k = 0; k < std::size_t{filters}; ++k) {
                    if (table[n][k] == T(0) && table[opposite][k] == T(0)) continue;
                    const Vec<T> both = pair<Rank>(n, k, x, y);
                    ring[k] = starts<Rank>[n][k] ? both : ring[k] + both;
                }
            }
            NCA_UNROLL
            for (int k = 0; k < filters; ++k) response[k] = axes == 0 ? ring[k] : response[k] + ring[k];
        });
        const Vec<T> own = load(cell + offsets[centre]);
        NCA_UNROLL
        for (std::size_t k = 0; k < std::size_t{filters}; ++k) {
            if (table[centre][k] != T(0)) response[k] = add<Rank>(centre, k, own, response[k]);
        }
    }

    /// The responses of one register of channels by SumOrder::row_major.
    template <int Rank, class T>
    NCA_INLINE static void add_reading(const T* cell, const NeighbourOffsets<Rank, Radius>& offsets,
                                       Responses<T>& response) noexcept {
        constexpr auto& table = weights<Rank, T>;
        NCA_UNROLL
        for (int k = 0; k < filters; ++k) response[k] = Vec<T>(T(0));
        NCA_UNROLL
        for (std::size_t n = 0; n < table.size(); ++n) {
            if (!used<Rank>(static_cast<int>(n))) continue;
            const Vec<T> x = load(cell + offsets[n]);
            NCA_UNROLL
            for (std::size_t k = 0; k < std::size_t{filters}; ++k) {
                if (table[n][k] != T(0)) response[k] = add<Rank>(n, k, x, response[k]);
            }
        }
    }

    /// Computes the responses of one register of channels and stores the first Count.
    template <SumOrder Order, int Count, int Channels, int Rank, class T>
    NCA_INLINE static void respond(const T* cell, const NeighbourOffsets<Rank, Radius>& offsets, bool rotated,
                                   Vec<T> cosine, Vec<T> sine, T* row) noexcept {
        Responses<T> response;
        if constexpr (Order == SumOrder::by_distance && Radius == 1) {
            add_rings<Rank, T>(cell, offsets, response);
        } else {
            add_reading<Rank, T>(cell, offsets, response);
        }
        if constexpr (rotates) {
            if (rotated) {
                const Vec<T> x = response[x_index];
                const Vec<T> y = response[y_index];
                response[x_index] = cosine * x - sine * y;
                response[y_index] = fma(sine, x, cosine * y);
            }
        }
        NCA_UNROLL
        for (int k = 0; k < filters; ++k) store_first<Count>(row + k * Channels, response[k]);
    }

    template <SumOrder Order, int Channels, int Rank, class T>
    NCA_INLINE static void forward(const T* state, const NeighbourOffsets<Rank, Radius>& offsets,
                                   const std::int32_t* cells, int count, const Rotations<T>& rotations, T* out,
                                   std::ptrdiff_t out_stride) noexcept {
        constexpr int lanes = Vec<T>::size;
        constexpr int whole = Channels / lanes * lanes;
        const bool rotated = rotates && !rotations.is_identity();
        Vec<T> cosine(T(1));
        Vec<T> sine(T(0));
        for (int i = 0; i < count; ++i) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(Channels);
            T* const row = out + i * out_stride;
            if (rotated) {
                const auto rotation = rotations.at(cells[i]);
                cosine = rotation.first;
                sine = rotation.second;
            }
            for (int first = 0; first < whole; first += lanes) {
                respond<Order, lanes, Channels, Rank, T>(cell + first, offsets, rotated, cosine, sine, row + first);
            }
            if constexpr (whole < Channels) {
                respond<Order, Channels - whole, Channels, Rank, T>(cell + whole, offsets, rotated, cosine, sine,
                                                                    row + whole);
            }
        }
    }

    /// Scatters the adjoints of the first Count channels of a register to the neighbourhood.
    template <int Count, int Channels, int Rank, class T>
    NCA_INLINE static void scatter(const T* row, const NeighbourOffsets<Rank, Radius>& offsets,
                                   const Rotation<T>& rotation, T* cell) noexcept {
        constexpr auto& table = weights<Rank, T>;
        Vec<T> g[std::size_t{filters}];
        NCA_UNROLL
        for (int k = 0; k < filters; ++k) g[k] = load_first<Count>(row + k * Channels);
        if constexpr (rotates) {
            if (!rotation.is_identity()) {
                const Vec<T> c(rotation.cosine);
                const Vec<T> s(rotation.sine);
                const Vec<T> x = g[x_index];
                const Vec<T> y = g[y_index];
                g[x_index] = fma(s, y, c * x);
                g[y_index] = c * y - s * x;
            }
        }
        NCA_UNROLL
        for (std::size_t n = 0; n < table.size(); ++n) {
            if (!used<Rank>(static_cast<int>(n))) continue;
            T* const target = cell + offsets[n];
            Vec<T> sum = load(target);
            NCA_UNROLL
            for (std::size_t k = 0; k < std::size_t{filters}; ++k) {
                if (table[n][k] != T(0)) sum = fma(g[k], Vec<T>(table[n][k]), sum);
            }
            store(target, sum);
        }
    }

    template <int Channels, int Rank, class T>
    NCA_INLINE static void pullback(const T* /*out*/, const T* out_adjoint, std::ptrdiff_t out_stride,
                                    const NeighbourOffsets<Rank, Radius>& offsets, const std::int32_t* cells, int count,
                                    Rotation<T> rotation, T* state_adjoint) noexcept {
        constexpr int lanes = Vec<T>::size;
        constexpr int whole = Channels / lanes * lanes;
        for (int i = 0; i < count; ++i) {
            T* const cell = state_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * padded(Channels);
            const T* const row = out_adjoint + i * out_stride;
            for (int first = 0; first < whole; first += lanes) {
                scatter<lanes, Channels, Rank, T>(row + first, offsets, rotation, cell + first);
            }
            if constexpr (whole < Channels) {
                scatter<Channels - whole, Channels, Rank, T>(row + whole, offsets, rotation, cell + whole);
            }
        }
    }
};

template <class... Filters, int Radius>
struct PerceptionKernel<FilterPerChannel<Filters...>, Radius> {
    static constexpr int channels = static_cast<int>(sizeof...(Filters));
    static constexpr int width = padded(channels);

    /// The weights of the channels' filters, neighbour by neighbour.
    template <int Rank, class T>
    static constexpr auto weights = [] {
        std::array<std::array<T, static_cast<std::size_t>(width)>,
                   static_cast<std::size_t>(neighbourhood_size(Rank, Radius))>
            table{};
        for (std::size_t n = 0; n < table.size(); ++n) {
            table[n] = {static_cast<T>(filter_weight_within<Filters>(Rank, static_cast<int>(n), Radius))...};
        }
        return table;
    }();

    /// Calls f(first channel, number of channels) for every register of channels.
    template <class T, class F>
    NCA_INLINE static void for_each_register(F&& f) noexcept {
        constexpr int lanes = Vec<T>::size;
        static_for<(channels + lanes - 1) / lanes>([&](auto r) {
            f(std::integral_constant<int, r * lanes>{}, std::integral_constant < int,
              (r + 1) * lanes <= channels ? lanes : channels - r * lanes > {});
        });
    }

    template <SumOrder, int Channels, int Rank, class T>
    NCA_INLINE static void forward(const T* state, const NeighbourOffsets<Rank, Radius>& offsets,
                                   const std::int32_t* cells, int count, const Rotations<T>& /*rotations*/, T* out,
                                   std::ptrdiff_t out_stride) noexcept {
        constexpr auto& table = weights<Rank, T>;
        for (int i = 0; i < count; ++i) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * width;
            T* const row = out + i * out_stride;
            for_each_register<T>([&](auto first, auto size) {
                const Vec<T> x = load(cell + first);
                Vec<T> response(T(0));
                NCA_UNROLL
                for (std::size_t n = 0; n < table.size(); ++n) {
                    response = fma(load(cell + offsets[n] + first), load(table[n].data() + first), response);
                }
                store_first<size>(row + first, x);
                store_first<size>(row + Channels + first, response);
                store_first<size>(row + 2 * Channels + first, abs(x));
                store_first<size>(row + 3 * Channels + first, abs(response));
            });
        }
    }

    template <int Channels, int Rank, class T>
    NCA_INLINE static void pullback(const T* out, const T* out_adjoint, std::ptrdiff_t out_stride,
                                    const NeighbourOffsets<Rank, Radius>& offsets, const std::int32_t* cells, int count,
                                    Rotation<T> /*rotation*/, T* state_adjoint) noexcept {
        constexpr auto& table = weights<Rank, T>;
        const Vec<T> zero(T(0));
        for (int i = 0; i < count; ++i) {
            T* const cell = state_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * width;
            const T* const row = out + i * out_stride;
            const T* const g = out_adjoint + i * out_stride;
            for_each_register<T>([&](auto first, auto size) {
                // The adjoint of values plus that of their absolute values, whose derivative is the sign.
                const auto both = [&](int band) {
                    const Vec<T> value = load_first<size>(row + band * Channels + first);
                    const Vec<T> of_absolute = load_first<size>(g + (band + 2) * Channels + first);
                    return load_first<size>(g + band * Channels + first) + keep_where_positive(value, of_absolute) -
                           keep_where_positive(zero - value, of_absolute);
                };
                store(cell + first, load(cell + first) + both(0));
                const Vec<T> of_response = both(1);
                NCA_UNROLL
                for (std::size_t n = 0; n < table.size(); ++n) {
                    T* const target = cell + offsets[n] + first;
                    store(target, fma(of_response, load(table[n].data() + first), load(target)));
                }
            });
        }
    }
};

template <int Radius>
struct PerceptionKernel<LearnedPerception, Radius> {
    template <SumOrder, int Channels, int Rank, class T>
    NCA_INLINE static void forward(const T* state, const NeighbourOffsets<Rank, Radius>& offsets,
                                   const std::int32_t* cells, int count, const Rotations<T>& /*rotations*/, T* out,
                                   std::ptrdiff_t out_stride) noexcept {
        for (int i = 0; i < count; ++i) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(Channels);
            T* row = out + i * out_stride;
            for (const std::ptrdiff_t offset : offsets) {
                std::memcpy(row, cell + offset, sizeof(T) * Channels);
                row += Channels;
            }
        }
    }

    template <int Channels, int Rank, class T>
    NCA_INLINE static void pullback(const T* /*out*/, const T* out_adjoint, std::ptrdiff_t out_stride,
                                    const NeighbourOffsets<Rank, Radius>& offsets, const std::int32_t* cells, int count,
                                    Rotation<T> /*rotation*/, T* state_adjoint) noexcept {
        for (int i = 0; i < count; ++i) {
            T* const cell = state_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * padded(Channels);
            const T* row = out_adjoint + i * out_stride;
            for (const std::ptrdiff_t offset : offsets) {
                for (int c = 0; c < Channels; ++c) cell[offset + c] += row[c];
                row += Channels;
            }
        }
    }
};

} // namespace isa_detail

/// out[i, filter * Channels + c] = sum over neighbours n of weight(filter, n) * state[cells[i] + n, c], with the
/// derivatives along x and y rotated. FilterPerChannel and LearnedPerception: as documented there.
///
/// state: bordered grid, padded(Channels) values per cell; cells [count]: positions in it; out [count, out_stride >=
/// P::outputs(Channels, neighbours)]. Lanes run over the channels: 16 cost 2% of 128 hidden values. Allocates nothing.
template <class P, int Channels, int Rank, SumOrder Order = SumOrder::by_distance, int Radius = 1, class T>
void perceive(const T* state, const NeighbourOffsets<Rank, Radius>& offsets, const std::int32_t* cells, int count,
              const Rotations<T>& rotations, T* out, std::ptrdiff_t out_stride) noexcept {
    isa_detail::PerceptionKernel<P, Radius>::template forward<Order, Channels, Rank, T>(state, offsets, cells, count,
                                                                                        rotations, out, out_stride);
}

/// The pullback of `perceive`, whose result is `out`: state_adjoint[cells[i] + n, c] += sum over filters of
/// weight(filter, n) * out_adjoint[i, filter * Channels + c], with the rotation transposed; border included, cell after
/// cell, so the order of summation is fixed. Allocates nothing.
template <class P, int Channels, int Rank, int Radius = 1, class T>
void perceive_pullback(const T* out, const T* out_adjoint, std::ptrdiff_t out_stride,
                       const NeighbourOffsets<Rank, Radius>& offsets, const std::int32_t* cells, int count,
                       Rotation<T> rotation, T* state_adjoint) noexcept {
    isa_detail::PerceptionKernel<P, Radius>::template pullback<Channels, Rank, T>(
        out, out_adjoint, out_stride, offsets, cells, count, rotation, state_adjoint);
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_PERCEIVE_HPP

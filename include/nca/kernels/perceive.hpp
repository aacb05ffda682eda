// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_KERNELS_PERCEIVE_HPP
#define NCA_KERNELS_PERCEIVE_HPP

#include <nca/kernels/filters.hpp>
#include <nca/simd/batch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

/// Perception of listed cells on a grid that is stored with a border of one cell, so that every neighbour is one
/// addition away and the kernels know no boundary condition.
namespace nca::inline NCA_ISA {

/// The rotation that mixes SobelX and SobelY.
template <class T>
struct Rotation {
    T cosine = T(1);
    T sine = T(0);

    [[nodiscard]] bool is_identity() const noexcept { return cosine == T(1) && sine == T(0); }
    [[nodiscard]] NCA_INLINE Vec<T> cosine_at(std::int32_t /*cell*/) const noexcept { return Vec<T>(cosine); }
    [[nodiscard]] NCA_INLINE Vec<T> sine_at(std::int32_t /*cell*/) const noexcept { return Vec<T>(sine); }
};

/// A rotation for every cell, by its position in the bordered grid, on top of one that all share.
template <class T>
struct RotationField {
    const Rotation<T>* rotations = nullptr;
    Rotation<T> shared{};

    [[nodiscard]] static bool is_identity() noexcept { return false; }
    [[nodiscard]] NCA_INLINE Vec<T> cosine_at(std::int32_t cell) const noexcept {
        const Rotation<T>& own = rotations[cell];
        return Vec<T>(own.cosine) * Vec<T>(shared.cosine) - Vec<T>(own.sine) * Vec<T>(shared.sine);
    }
    [[nodiscard]] NCA_INLINE Vec<T> sine_at(std::int32_t cell) const noexcept {
        const Rotation<T>& own = rotations[cell];
        return Vec<T>(own.sine) * Vec<T>(shared.cosine) + Vec<T>(own.cosine) * Vec<T>(shared.sine);
    }
};

/// Distances in values from a cell to its neighbours, in row-major order of the neighbourhood.
template <int Rank>
using NeighbourOffsets = std::array<std::ptrdiff_t, static_cast<std::size_t>(neighbourhood_size(Rank))>;

namespace isa_detail {

/// Values from one register of which only the first `Count` belong to the array: the rest of the register is zero.
template <int Count, class T>
[[nodiscard]] NCA_INLINE Vec<T> load_first(const T* p) noexcept {
    if constexpr (Count >= Vec<T>::size) {
        return load(p);
    } else {
        T lanes[Vec<T>::size] = {};
        std::memcpy(lanes, p, sizeof(T) * Count);
        return load(lanes);
    }
}

/// Writes the first `Count` lanes.
template <int Count, class T>
NCA_INLINE void store_first(T* p, Vec<T> v) noexcept {
    if constexpr (Count >= Vec<T>::size) {
        store(p, v);
    } else {
        T lanes[Vec<T>::size];
        store(lanes, v);
        std::memcpy(p, lanes, sizeof(T) * Count);
    }
}

/// Calls f(std::integral_constant<int, i>) for i = 0 to Count - 1.
template <int Count, class F>
NCA_INLINE void static_for(F&& f) {
    [&]<int... I>(std::integer_sequence<int, I...>) {
        (f(std::integral_constant<int, I>{}), ...);
    }
    (std::make_integer_sequence<int, Count>{});
}

template <class Wanted, class... Filters>
[[nodiscard]] constexpr int index_of() noexcept {
    int index = -1;
    int i = 0;
    ((std::is_same_v<Wanted, Filters> ? void(index = i++) : void(i++)), ...);
    return index;
}

/// The kernels of one perception: every member is a loop over listed cells.
template <class P>
struct PerceptionKernel;

template <class... Filters>
struct PerceptionKernel<Perception<Filters...>> {
    static constexpr int filters = static_cast<int>(sizeof...(Filters));
    static constexpr int x_index = index_of<SobelX, Filters...>();
    static constexpr int y_index = index_of<SobelY, Filters...>();
    static constexpr bool rotates = x_index >= 0 && y_index >= 0;

    template <int Rank, int Filter, int Neighbour>
    [[nodiscard]] static constexpr double weight() noexcept {
        constexpr double weights[] = {Filters::weight(Rank, Neighbour)...};
        return weights[Filter];
    }
    template <int Rank, int Neighbour>
    [[nodiscard]] static constexpr bool used() noexcept {
        return ((Filters::weight(Rank, Neighbour) != 0.0) || ...);
    }

    template <int Channels, int Rank, class T, class Turn>
    NCA_INLINE static void forward(const T* state, const NeighbourOffsets<Rank>& offsets, const std::int32_t* cells,
                                   int count, Turn rotation, T* out, std::ptrdiff_t out_stride) noexcept {
        constexpr int lanes = Vec<T>::size;
        const bool rotated = rotates && !rotation.is_identity();
        for (int i = 0; i < count; ++i) {
            const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(Channels);
            T* const row = out + i * out_stride;
            static_for<(Channels + lanes - 1) / lanes>([&](auto chunk) {
                constexpr int first = chunk * lanes;
                Vec<T> response[std::size_t{filters}];
                for (auto& r : response) r = Vec<T>(T(0));
                static_for<neighbourhood_size(Rank)>([&](auto n) {
                    if constexpr (used<Rank, n>()) {
                        const Vec<T> x = load(cell + offsets[n] + first);
                        static_for<filters>([&](auto k) {
                            constexpr double w = weight<Rank, k, n>();
                            if constexpr (w != 0.0) response[k] = fma(x, Vec<T>(static_cast<T>(w)), response[k]);
                        });
                    }
                });
                if constexpr (rotates) {
                    if (rotated) {
                        const Vec<T> c = rotation.cosine_at(cells[i]);
                        const Vec<T> s = rotation.sine_at(cells[i]);
                        const Vec<T> x = response[x_index];
                        const Vec<T> y = response[y_index];
                        response[x_index] = c * x - s * y;
                        response[y_index] = fma(s, x, c * y);
                    }
                }
                static_for<filters>(
                    [&](auto k) { store_first<Channels - first>(row + k * Channels + first, response[k]); });
            });
        }
    }

    template <int Channels, int Rank, class T>
    NCA_INLINE static void pullback(const T* out_adjoint, std::ptrdiff_t out_stride,
                                    const NeighbourOffsets<Rank>& offsets, const std::int32_t* cells, int count,
                                    Rotation<T> rotation, T* state_adjoint) noexcept {
        constexpr int lanes = Vec<T>::size;
        const bool rotated = rotates && !rotation.is_identity();
        for (int i = 0; i < count; ++i) {
            T* const cell = state_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * padded(Channels);
            const T* const row = out_adjoint + i * out_stride;
            static_for<(Channels + lanes - 1) / lanes>([&](auto chunk) {
                constexpr int first = chunk * lanes;
                Vec<T> g[std::size_t{filters}];
                static_for<filters>([&](auto k) { g[k] = load_first<Channels - first>(row + k * Channels + first); });
                if constexpr (rotates) {
                    if (rotated) {
                        const Vec<T> c(rotation.cosine);
                        const Vec<T> s(rotation.sine);
                        const Vec<T> x = g[x_index];
                        const Vec<T> y = g[y_index];
                        g[x_index] = fma(s, y, c * x);
                        g[y_index] = c * y - s * x;
                    }
                }
                static_for<neighbourhood_size(Rank)>([&](auto n) {
                    if constexpr (used<Rank, n>()) {
                        T* const target = cell + offsets[n] + first;
                        Vec<T> sum = load(target);
                        static_for<filters>([&](auto k) {
                            constexpr double w = weight<Rank, k, n>();
                            if constexpr (w != 0.0) sum = fma(g[k], Vec<T>(static_cast<T>(w)), sum);
                        });
                        store(target, sum);
                    }
                });
            });
        }
    }
};

template <>
struct PerceptionKernel<LearnedPerception> {
    template <int Channels, int Rank, class T, class Turn>
    NCA_INLINE static void forward(const T* state, const NeighbourOffsets<Rank>& offsets, const std::int32_t* cells,
                                   int count, Turn /*rotation*/, T* out, std::ptrdiff_t out_stride) noexcept {
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
    NCA_INLINE static void pullback(const T* out_adjoint, std::ptrdiff_t out_stride,
                                    const NeighbourOffsets<Rank>& offsets, const std::int32_t* cells, int count,
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

/// out[i, filter * Channels + c] = sum over neighbours n of weight(filter, n) * state[cells[i] + n, c], with SobelX and
/// SobelY rotated: by one angle (Rotation<T>) or by one per cell (RotationField<T>).
///
/// state: grid with a border of one cell, padded(Channels) values per cell; cells [count]: positions in that grid; out
/// [count, out_stride], out_stride >= P::outputs(Channels, Rank). Lanes run over the channels: with 16 channels and
/// 16-lane registers a cell costs 9 loads and 14 multiply-adds, 2% of an update network of 128 hidden values.
/// Overwrites `out`. Allocates nothing.
template <class P, int Channels, int Rank, class T, class Turn>
void perceive(const T* state, const NeighbourOffsets<Rank>& offsets, const std::int32_t* cells, int count,
              Turn rotation, T* out, std::ptrdiff_t out_stride) noexcept {
    isa_detail::PerceptionKernel<P>::template forward<Channels, Rank, T>(state, offsets, cells, count, rotation, out,
                                                                         out_stride);
}

/// The pullback of `perceive`: state_adjoint[cells[i] + n, c] += sum over filters of weight(filter, n) *
/// out_adjoint[i, filter * Channels + c], with the rotation transposed.
///
/// Adds to `state_adjoint`, also to its border; cell after cell, so the sum has one order. Allocates nothing.
template <class P, int Channels, int Rank, class T>
void perceive_pullback(const T* out_adjoint, std::ptrdiff_t out_stride, const NeighbourOffsets<Rank>& offsets,
                       const std::int32_t* cells, int count, Rotation<T> rotation, T* state_adjoint) noexcept {
    isa_detail::PerceptionKernel<P>::template pullback<Channels, Rank, T>(out_adjoint, out_stride, offsets, cells,
                                                                          count, rotation, state_adjoint);
}

} // namespace nca::inline NCA_ISA

#endif // NCA_KERNELS_PERCEIVE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_PERCEIVE_GRADIENT_HPP
#define NCA_CELL_PERCEIVE_GRADIENT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/any_filters.hpp>
#include <nca/cell/architecture.hpp>
#include <nca/cell/gradient.hpp>
#include <nca/cell/perceive.hpp>
#include <nca/core/memory.hpp>
#include <nca/simd/batch.hpp>
#include <nca/simd/math.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

/// Perception by fixed filters whose gradient cells perceive in another way than as it is: see GradientKind.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Fixed filters that are types, one at a time: what AnyFilters is for filters of run time.
template <int Rank, class T, class Perception>
struct StaticFilters;
template <int Rank, class T, class... Filters>
struct StaticFilters<Rank, T, Perception<Filters...>> {
    const NeighbourOffsets<Rank>& offsets;

    /// The response of a filter at a register of channels of a cell.
    [[nodiscard]] NCA_INLINE Vec<T> response(int filter, const T* cell) const noexcept {
        Vec<T> result(T(0));
        int index = 0;
        const auto respond = [&]<class Filter>(TypeList<Filter> /*filter*/) {
            if (index++ != filter) return;
            using Kernel = PerceptionKernel<Perception<Filter>>;
            typename Kernel::template Responses<T> response;
            Kernel::template add_rings<Rank, T>(cell, offsets, response);
            result = response[0];
        };
        (respond(TypeList<Filters>{}), ...);
        return result;
    }
    /// Adds its adjoint to the neighbourhood.
    NCA_INLINE void scatter(int filter, Vec<T> g, T* cell) const noexcept {
        int index = 0;
        const auto scatter_one = [&]<class Filter>(TypeList<Filter> /*filter*/) {
            if (index++ == filter) FilterKernel<Filter, Rank, T>::scatter(g, offsets, cell);
        };
        (scatter_one(TypeList<Filters>{}), ...);
    }
};

/// Perception of listed cells and its pullback; Filters: StaticFilters or AnyFilters. Lanes run over the channels.
template <class Filters, class T>
class GradientKernel {
public:
    GradientKernel(const ResponseLayout& layout, const Filters& filters) noexcept
        : layout_{layout}, filters_{filters} {}

    /// Overwrites out [count, out_stride]; other arguments as of perceive(). Rotations turn a steered gradient further.
    NCA_INLINE void forward(const T* state, const std::int32_t* cells, int count, const Rotations<T>& rotations, T* out,
                            std::ptrdiff_t out_stride) const noexcept {
        for (int i = 0; i < count; ++i, out += out_stride) {
            const T* const cell = at(state, cells[i]);
            const auto [cosine, sine] = frame_of(cell, rotations.at(cells[i]));
            for (int first = 0; first < layout_.channels; first += Vec<T>::size) {
                for (int k = 0; k < layout_.filters; ++k) {
                    if (!layout_.is_derivative(k)) put(out, k, first, filters_.response(k, cell + first));
                }
                const Vec<T> x = filters_.response(layout_.x, cell + first);
                const Vec<T> y = filters_.response(layout_.y, cell + first);
                if (layout_.kind == GradientKind::norm) {
                    put(out, std::min(layout_.x, layout_.y), first, norm(x, y));
                } else {
                    put(out, layout_.x, first, cosine * x - sine * y);
                    put(out, layout_.y, first, fma(sine, x, cosine * y));
                }
            }
        }
    }

    /// Adds to state_adjoint, cell after cell; see perceive_pullback(). state: what was perceived.
    NCA_INLINE void pullback(const T* state, const T* out_adjoint, std::ptrdiff_t out_stride, const std::int32_t* cells,
                             int count, const Rotation<T>& rotation, T* state_adjoint) const noexcept {
        for (int i = 0; i < count; ++i, out_adjoint += out_stride) {
            const T* const cell = at(state, cells[i]);
            T* const to = state_adjoint + (cell - state);
            const auto [cosine, sine] = frame_of(cell, {Vec<T>(rotation.cosine), Vec<T>(rotation.sine)});
            T of_cosine = T(0);
            T of_sine = T(0);
            for (int first = 0; first < layout_.channels; first += Vec<T>::size) {
                for (int k = 0; k < layout_.filters; ++k) {
                    if (!layout_.is_derivative(k)) filters_.scatter(k, get(out_adjoint, k, first), to + first);
                }
                const Vec<T> x = filters_.response(layout_.x, cell + first);
                const Vec<T> y = filters_.response(layout_.y, cell + first);
                if (layout_.kind == GradientKind::norm) {
                    const Vec<T> g = get(out_adjoint, std::min(layout_.x, layout_.y), first) / norm(x, y);
                    filters_.scatter(layout_.x, g * x, to + first);
                    filters_.scatter(layout_.y, g * y, to + first);
                    continue;
                }
                const Vec<T> g_x = get(out_adjoint, layout_.x, first);
                const Vec<T> g_y = get(out_adjoint, layout_.y, first);
                filters_.scatter(layout_.x, fma(sine, g_y, cosine * g_x), to + first);
                filters_.scatter(layout_.y, cosine * g_y - sine * g_x, to + first);
                add_lanes(fma(g_x, x, g_y * y), of_cosine);
                add_lanes(g_y * x - g_x * y, of_sine);
            }
            if (layout_.kind == GradientKind::norm) continue;
            pull_back_direction(cell, rotation.cosine * of_cosine + rotation.sine * of_sine,
                                rotation.sine * of_cosine - rotation.cosine * of_sine, to);
        }
    }

private:
    [[nodiscard]] const T* at(const T* state, std::int32_t cell) const noexcept {
        return state + static_cast<std::ptrdiff_t>(cell) * padded(layout_.channels);
    }
    NCA_INLINE void put(T* row, int filter, int first, Vec<T> response) const noexcept {
        const int count = layout_.width(filter) - first;
        if (count > 0) store_first(row + layout_.offset(filter) + first, response, count);
    }
    [[nodiscard]] NCA_INLINE Vec<T> get(const T* row, int filter, int first) const noexcept {
        const int count = layout_.width(filter) - first;
        return count > 0 ? load_first(row + layout_.offset(filter) + first, count) : Vec<T>(T(0));
    }
    [[nodiscard]] NCA_INLINE static Vec<T> norm(Vec<T> x, Vec<T> y) noexcept {
        return sqrt(fma(x, x, fma(y, y, Vec<T>(T(1e-8)))));
    }
    /// Adds the lanes in order, whatever their number.
    NCA_INLINE static void add_lanes(Vec<T> values, T& sum) noexcept {
        T lanes[Vec<T>::size];
        store_first(lanes, values, Vec<T>::size);
        for (const T lane : lanes) sum += lane;
    }
    [[nodiscard]] int last_register() const noexcept { return (layout_.channels - 1) / Vec<T>::size * Vec<T>::size; }
    [[nodiscard]] NCA_INLINE T last_lane(Vec<T> values) const noexcept {
        T lanes[Vec<T>::size];
        store_first(lanes, values, Vec<T>::size);
        return lanes[layout_.channels - 1 - last_register()];
    }
    /// The gradient of the last channel.
    [[nodiscard]] NCA_INLINE std::pair<T, T> last_gradient(const T* cell) const noexcept {
        return {last_lane(filters_.response(layout_.x, cell + last_register())),
                last_lane(filters_.response(layout_.y, cell + last_register()))};
    }
    /// The direction (c, s) that steers a cell.
    [[nodiscard]] NCA_INLINE std::pair<Vec<T>, Vec<T>> direction_of(const T* cell) const noexcept {
        if (layout_.kind == GradientKind::by_angle) {
            const Vec<T> angle(cell[layout_.channels - 1]);
            return {cos(angle), sin(angle)};
        }
        const auto [x, y] = last_gradient(cell);
        const Vec<T> length = max(sqrt(fma(Vec<T>(x), Vec<T>(x), Vec<T>(y) * Vec<T>(y))), Vec<T>(T(1)));
        return {Vec<T>(x) / length, Vec<T>(y) / length};
    }
    /// The cosine and sine by which a cell's gradient turns: back by its direction, then by the rotation.
    [[nodiscard]] NCA_INLINE std::pair<Vec<T>, Vec<T>>
    frame_of(const T* cell, const std::pair<Vec<T>, Vec<T>>& rotation) const noexcept {
        if (layout_.kind == GradientKind::norm) return rotation;
        const auto [c, s] = direction_of(cell);
        return {fma(rotation.first, c, rotation.second * s), rotation.second * c - rotation.first * s};
    }
    /// Adds what belongs to the adjoints of the direction to the last channel.
    NCA_INLINE void pull_back_direction(const T* cell, T of_c, T of_s, T* to) const noexcept {
        const auto [c_lanes, s_lanes] = direction_of(cell);
        const T c = last_lane(c_lanes);
        const T s = last_lane(s_lanes);
        if (layout_.kind == GradientKind::by_angle) {
            to[layout_.channels - 1] += c * of_s - s * of_c;
            return;
        }
        const auto [x, y] = last_gradient(cell);
        if (const T length = std::sqrt(x * x + y * y); length > T(1)) { // only what is across the direction turns it
            const T along = c * of_c + s * of_s;
            of_c = (of_c - along * c) / length;
            of_s = (of_s - along * s) / length;
        }
        T lanes[Vec<T>::size]{};
        T& lane = lanes[layout_.channels - 1 - last_register()];
        lane = of_c;
        filters_.scatter(layout_.x, load_first(lanes, Vec<T>::size), to + last_register());
        lane = of_s;
        filters_.scatter(layout_.y, load_first(lanes, Vec<T>::size), to + last_register());
    }

    ResponseLayout layout_;
    Filters filters_;
};

/// The kernel of a rule that does not perceive its gradient as it is.
template <class R>
[[nodiscard]] NCA_INLINE auto gradient_kernel(const ArchitectureOf<R>& rule,
                                              const NeighbourOffsets<R::rank, R::radius>& offsets) noexcept {
    using T = typename R::Value;
    if constexpr (R::has_static_network) {
        using Filters = StaticFilters<R::rank, T, typename R::PerceptionPolicy>;
        constexpr ResponseLayout layout =
            detail::StaticResponses<typename R::PerceptionPolicy>::layout(R::GradientPolicy::gradient, R::channels);
        return GradientKernel<Filters, T>{layout, Filters{offsets}};
    } else {
        const FilterTable<T>& table = rule.run_time().filters;
        const ResponseLayout layout{rule.gradient(), static_cast<int>(table.list.size()), rule.channels(),
                                    table.x_index, table.y_index};
        using Filters = AnyFilters<R::rank, T>;
        return GradientKernel<Filters, T>{layout, Filters{table, nearest_of(offsets), rule.channels()}};
    }
}

} // namespace isa_detail

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_PERCEIVE_GRADIENT_HPP

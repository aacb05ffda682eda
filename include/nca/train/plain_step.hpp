// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_PLAIN_STEP_HPP
#define NCA_TRAIN_PLAIN_STEP_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/activations.hpp>
#include <nca/cell/field.hpp>
#include <nca/cell/filters.hpp>
#include <nca/cell/limits.hpp>
#include <nca/cell/noise.hpp>
#include <nca/cell/rule.hpp>
#include <nca/core/cell_mask.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/simd/batch.hpp>
#include <nca/simd/math.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/tape.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

/// The step of a rule as primitive operations on dense tensors: slow, and the reference for the fused step.
namespace nca::inline NCA_ABI {

/// Weights [inputs, outputs] and biases [outputs] on a tape; frozen channels are zeros with a meaningless gradient.
template <class R>
struct PlainWeights {
    using T = typename R::Value;
    std::array<BasicVar<T>, static_cast<std::size_t>(R::layer_count)> weight{};
    std::array<BasicVar<T>, static_cast<std::size_t>(R::layer_count)> bias{};
};

/// Copies the parameters of a rule to a tape as inputs.
template <class R>
[[nodiscard]] PlainWeights<R> plain_parameters(BasicTape<typename R::Value>& tape, const R& rule) {
    PlainWeights<R> result;
    for (int l = 0; l < R::layer_count; ++l) {
        const auto index = static_cast<std::size_t>(l);
        const LayerLayout& layer = R::layers[index];
        std::vector<typename R::Value> values;
        for (int i = 0; i < layer.inputs; ++i) {
            for (int o = -layer.first; o < layer.outputs; ++o) values.push_back(rule.weight(l, i, o));
        }
        result.weight[index] = tape.variable({layer.inputs, layer.columns()}, values);
        values.clear();
        for (int o = -layer.first; o < layer.outputs; ++o) values.push_back(rule.bias(l, o));
        result.bias[index] = tape.variable({layer.columns()}, values);
    }
    return result;
}

namespace ops {

/// Perception without absolute values, a linear map [extents..., channels] -> [extents..., outputs].
template <class R>
struct Perceive {
    using T = typename R::Value;
    static constexpr bool has_absolute_values = detail::perceived_channels<typename R::PerceptionPolicy> > 0;
    static constexpr int outputs = has_absolute_values ? R::perceived / 2 : R::perceived;
    Boundary boundary = Boundary::zero;
    double angle = 0.0;

    static constexpr const char* name = "perceive";

    /// Calls visit(output index, input index, weight) for every term of every sum.
    template <class Visit>
    void for_each_term(const Shape& shape, Visit&& visit) const {
        constexpr int neighbours = neighbourhood_size(R::rank);
        int cells = 1;
        for (int d = 0; d < R::rank; ++d) cells *= shape[d];
        for (int cell = 0; cell < cells; ++cell) {
            for (int n = 0; n < neighbours; ++n) {
                int neighbour = 0;
                int stride = 1;
                int rest = cell;
                for (int axis = 0; axis < R::rank; ++axis) {
                    const int size = shape[R::rank - 1 - axis];
                    const int at = resolve(boundary, rest % size + neighbour_offset(n, axis), size);
                    neighbour = at < 0 || neighbour < 0 ? -1 : neighbour + at * stride;
                    stride *= size;
                    rest /= size;
                }
                if (neighbour < 0) continue;
                visit_filters(static_cast<typename R::PerceptionPolicy*>(nullptr), cell, neighbour, n, visit);
            }
        }
    }

    static void pullback(const Pullback<T>& at) {
        const std::span<T> to = at.input_adjoint(0);
        at.template saved<Perceive>().for_each_term(at.input_shape(0), [&](std::size_t out, std::size_t in, double w) {
            to[in] += static_cast<T>(w) * at.adjoint()[out];
        });
    }

private:
    template <class... Filters, class Visit>
    void visit_filters(const Perception<Filters...>* /*tag*/, int cell, int neighbour, int n, Visit& visit) const {
        constexpr auto count = sizeof...(Filters);
        std::array<double, count> weights{Filters::weight(R::rank, n)...};
        std::size_t x = count;
        std::size_t y = count;
        std::size_t i = 0;
        ((x = derivative_axis<Filters> == 0 ? i : x, y = derivative_axis<Filters> == 1 ? i : y, ++i), ...);
        if (x < count && y < count) {
            const double along_x = weights[x];
            const double along_y = weights[y];
            weights[x] = std::cos(angle) * along_x - std::sin(angle) * along_y;
            weights[y] = std::sin(angle) * along_x + std::cos(angle) * along_y;
        }
        for (std::size_t filter = 0; filter < count; ++filter) {
            for (int c = 0; c < R::channels; ++c)
                visit_term(cell, static_cast<int>(filter), c, neighbour, weights[filter], visit);
        }
    }
    template <class... Filters, class Visit>
    void visit_filters(const FilterPerChannel<Filters...>* /*tag*/, int cell, int neighbour, int n,
                       Visit& visit) const {
        constexpr std::array<double (*)(int, int), sizeof...(Filters)> filters{&Filters::weight...};
        for (int c = 0; c < R::channels; ++c) {
            visit_term(cell, 0, c, neighbour, Identity::weight(R::rank, n), visit);
            visit_term(cell, 1, c, neighbour, filters[static_cast<std::size_t>(c)](R::rank, n), visit);
        }
    }
    template <class Visit>
    void visit_filters(const LearnedPerception* /*tag*/, int cell, int neighbour, int n, Visit& visit) const {
        for (int c = 0; c < R::channels; ++c) visit_term(cell, n, c, neighbour, 1.0, visit);
    }
    template <class Visit>
    static void visit_term(int cell, int band, int channel, int neighbour, double weight, Visit& visit) {
        visit(static_cast<std::size_t>(cell) * outputs + static_cast<std::size_t>(band * R::channels + channel),
              static_cast<std::size_t>(neighbour) * R::channels + static_cast<std::size_t>(channel), weight);
    }
};

/// y = (a, |a|) on the last dimension; the adjoint of a is the first half, and the second with the sign of a.
struct WithAbsoluteValues {
    static constexpr const char* name = "with absolute values";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        const auto width = static_cast<std::size_t>(at.input_shape(0).last());
        for (std::size_t k = 0; k < g.size(); ++k) {
            const std::size_t y = k / width * 2 * width + k % width;
            const T a = at.input(0)[k];
            g[k] += at.adjoint()[y];
            if (a != T(0)) g[k] += a > T(0) ? at.adjoint()[y + width] : -at.adjoint()[y + width];
        }
    }
};

/// y = a clamped; the adjoint passes where y lies strictly between the limits.
struct Clamp {
    static constexpr const char* name = "clamp";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        const auto& limits = at.template saved<Limits<T>>();
        for (std::size_t k = 0; k < g.size(); ++k) {
            if (at.value()[k] > limits.low && at.value()[k] < limits.high) g[k] += at.adjoint()[k];
        }
    }
};

/// y = A(a) with an activation A, by registers V; the adjoint is g A'(y), or g A'(a) if the activation says so.
template <class A, class V>
struct Activate {
    static constexpr const char* name = "activate";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        for (std::size_t k = 0; k < g.size(); ++k) {
            const T x = detail::is_derivative_of_input<A> ? at.input(0)[k] : at.value()[k];
            g[k] += at.adjoint()[k] * first_lane<T>(A::derivative(V(x)));
        }
    }
    template <class T>
    [[nodiscard]] static T first_lane(V v) {
        T lanes[V::size];
        store(lanes, v);
        return lanes[0];
    }
};

} // namespace ops

/// The activation A of every element.
template <class A, class T, class V = Vec<T>>
[[nodiscard]] BasicVar<T> activate(const BasicVar<T>& a) {
    if constexpr (std::is_same_v<A, Relu>) return relu(a);
    using Op = ops::Activate<A, V>;
    const BasicVar<T> y = a.tape().template record<Op>(a.shape(), {a});
    for (std::size_t k = 0; k < y.value().size(); ++k) {
        y.value()[k] = Op::template first_lane<T>(A::value(V(a.value()[k])));
    }
    return y;
}

/// Every element clamped, and rounded if the limits say so.
template <class T>
[[nodiscard]] BasicVar<T> plain_clamp(const BasicVar<T>& a, const Limits<T>& limits) {
    const BasicVar<T> y = a.tape().template record<ops::Clamp, Limits<T>>(a.shape(), {a}, limits);
    for (std::size_t k = 0; k < y.value().size(); ++k) {
        const T code = std::floor(a.value()[k] * limits.per_unit + limits.zero + T(0.5));
        y.value()[k] = limits.rounded ? (std::clamp(code, T(0), T(255)) - limits.zero) * limits.step
                                      : std::clamp(a.value()[k], limits.low, limits.high);
    }
    return y;
}

/// What every cell of a dense state [extents..., channels] perceives: [extents..., perceived].
template <class R>
[[nodiscard]] BasicVar<typename R::Value> plain_perceive(const BasicVar<typename R::Value>& state,
                                                         const StepOptions<R>& options = {}) {
    using T = typename R::Value;
    const ops::Perceive<R> op{options.boundary, options.angle};
    const BasicVar<T> out = state.tape().template record<ops::Perceive<R>, ops::Perceive<R>>(
        state.shape().with_last(op.outputs), {state}, op);
    for (T& v : out.value()) v = T(0);
    op.for_each_term(state.shape(), [&](std::size_t to, std::size_t from, double w) {
        out.value()[to] += static_cast<T>(w) * state.value()[from];
    });
    if constexpr (!op.has_absolute_values) return out;
    const BasicVar<T> both =
        state.tape().template record<ops::WithAbsoluteValues>(state.shape().with_last(R::perceived), {out});
    constexpr auto width = static_cast<std::size_t>(op.outputs);
    for (std::size_t k = 0; k < both.value().size(); ++k) {
        const T value = out.value()[k / (2 * width) * width + k % width];
        both.value()[k] = k % (2 * width) < width ? value : std::abs(value);
    }
    return both;
}

/// The alive mask of a dense state, as 1 and 0: the mature cells, and without AliveWhere their neighbours.
template <class R>
[[nodiscard]] std::vector<typename R::Value> plain_alive(const BasicVar<typename R::Value>& state,
                                                         const StepOptions<R>& options = {}) {
    using T = typename R::Value;
    std::array<int, static_cast<std::size_t>(R::rank)> sizes{};
    int rows = 1;
    for (int d = 0; d < R::rank; ++d) sizes[static_cast<std::size_t>(d)] = state.shape()[d];
    for (int d = 0; d + 1 < R::rank; ++d) rows *= state.shape()[d];
    const int columns = state.shape()[R::rank - 1];
    CellMask mature{rows, columns};
    CellMask alive{rows, columns};
    CellMask scratch{rows, columns};
    for (int cell = 0; cell < rows * columns; ++cell) {
        const T life = state.value()[static_cast<std::size_t>(cell) * R::channels + R::LifePolicy::channel];
        if (life > static_cast<T>(R::LifePolicy::threshold)) mature.set(cell / columns, cell % columns);
    }
    if constexpr (R::has_given_life) {
        alive = mature;
    } else {
        mature.dilate(sizes, options.boundary, alive, scratch);
    }
    std::vector<T> result;
    for (int cell = 0; cell < rows * columns; ++cell)
        result.push_back(alive.test(cell / columns, cell % columns) ? T(1) : T(0));
    return result;
}

/// The noise of a step as a constant [extents..., channels].
template <class R>
[[nodiscard]] BasicVar<typename R::Value> plain_noise(const BasicVar<typename R::Value>& state, const FireMask& fire,
                                                      const StepOptions<R>& options) {
    using T = typename R::Value;
    std::array<int, static_cast<std::size_t>(R::rank)> sizes{};
    for (int d = 0; d < R::rank; ++d) sizes[static_cast<std::size_t>(d)] = state.shape()[d];
    const Field<T, R::channels, R::rank> geometry{sizes};
    std::vector<T> row(static_cast<std::size_t>(padded(R::channels)));
    std::vector<T> values;
    for (int cell = 0; cell < geometry.cells(); ++cell) {
        const std::int32_t position = geometry.position(cell / geometry.columns(), cell % geometry.columns());
        std::fill(row.begin(), row.end(), T(0));
        add_noise<R::frozen, R::channels>(fire.random(), fire.step(), static_cast<T>(options.noise), &position, 1,
                                          geometry.columns() + 2, row.data());
        values.insert(values.end(), row.begin(), row.begin() + R::channels);
    }
    return state.tape().constant(state.shape(), values);
}

/// One step of a rule on a dense state [extents..., channels].
template <class R>
[[nodiscard]] BasicVar<typename R::Value> plain_step(const PlainWeights<R>& weights,
                                                     const BasicVar<typename R::Value>& state, const FireMask& fire,
                                                     const StepOptions<R>& options = {}) {
    using T = typename R::Value;
    const int columns = state.shape()[R::rank - 1];
    std::vector<T> fires(state.value().size() / R::channels);
    for (std::size_t cell = 0; cell < fires.size(); ++cell) {
        const int row = static_cast<int>(cell) / columns;
        const int column = static_cast<int>(cell) % columns;
        fires[cell] = ((fire.word(row, column / 64) >> static_cast<unsigned>(column % 64)) & 1U) != 0 ? T(1) : T(0);
    }
    const auto around_zero = Limits<T>::around_zero(R::clamp_limit, options.eight_bit);
    using Activation = typename R::ActivationPolicy::type;
    const auto hidden_limits =
        std::is_same_v<Activation, Relu> ? Limits<T>::from_zero(R::clamp_limit, options.eight_bit) : around_zero;
    BasicVar<T> x = plain_perceive<R>(state, options);
    if constexpr (R::has_clamp) x = plain_clamp(x, around_zero);
    for (std::size_t l = 0; l < weights.weight.size(); ++l) {
        const bool last = l + 1 == weights.weight.size();
        x = dense(x, weights.weight[l], weights.bias[l]);
        if (!last) x = activate<Activation>(x);
        if constexpr (R::has_clamp) x = plain_clamp(x, last ? around_zero : hidden_limits);
    }
    if constexpr (R::has_noise) x = x + plain_noise<R>(state, fire, options);
    if constexpr (R::has_given_life) {
        const std::vector<T> living = plain_alive<R>(state, options);
        for (std::size_t cell = 0; cell < fires.size(); ++cell) fires[cell] *= living[cell];
    }
    BasicVar<T> updated = state + mask_rows(options.step_size * x, fires);
    if constexpr (R::has_clamp) updated = plain_clamp(updated, around_zero);
    if constexpr (R::has_life) {
        std::vector<T> living = plain_alive<R>(state, options);
        const std::vector<T> after = plain_alive<R>(updated, options);
        for (std::size_t cell = 0; cell < living.size(); ++cell) living[cell] *= after[cell];
        return mask_rows(updated, living);
    } else {
        return updated;
    }
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_PLAIN_STEP_HPP

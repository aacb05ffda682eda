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
#include <nca/cell/step.hpp>
#include <nca/core/cell_mask.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/simd/batch.hpp>
#include <nca/simd/math.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/plain_gradient.hpp>

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
    ArchitectureOf<R> architecture{};
    std::vector<BasicVar<T>> weight{};
    std::vector<BasicVar<T>> bias{};
    BasicVar<T> filters{}; ///< [channels, filters, neighbours] of learned filters
};

/// Copies the parameters of a rule to a tape as inputs.
template <class R>
[[nodiscard]] PlainWeights<R> plain_parameters(BasicTape<typename R::Value>& tape, const R& rule) {
    PlainWeights<R> result{rule.architecture()};
    for (int l = 0; l < result.architecture.layer_count(); ++l) {
        const LayerLayout& layer = result.architecture.layer(l);
        std::vector<typename R::Value> values;
        for (int i = 0; i < layer.inputs; ++i) {
            for (int o = -layer.first; o < layer.outputs; ++o) values.push_back(rule.weight(l, i, o));
        }
        result.weight.push_back(tape.variable({layer.inputs, layer.columns()}, values));
        values.clear();
        for (int o = -layer.first; o < layer.outputs; ++o) values.push_back(rule.bias(l, o));
        result.bias.push_back(tape.variable({layer.columns()}, values));
    }
    std::vector<typename R::Value> filters;
    visit_filters(rule, [&](auto weight, int /*channel*/, int /*filter*/, int /*n*/) { filters.push_back(weight); });
    if (!filters.empty()) {
        const ArchitectureOf<R>& sizes = result.architecture;
        result.filters = tape.variable({sizes.channels(), sizes.learned_filters(), sizes.neighbours()}, filters);
    }
    return result;
}

namespace ops {

/// Perception without absolute values, a linear map [extents..., channels] -> [extents..., outputs].
template <class R>
struct Perceive {
    using T = typename R::Value;
    PerceptionKind kind;
    int channels;
    int filters;
    const double* weights; ///< [filters, neighbours]
    Boundary boundary;
    int radius;
    int neighbours;

    static constexpr const char* name = "perceive";

    /// With the filters of a rule, its derivatives rotated, in memory of the tape.
    [[nodiscard]] static Perceive of(BasicTape<T>& tape, const RuleDescription& rule, const StepOptions<R>& options) {
        const int count = static_cast<int>(rule.filters.size());
        const int neighbours = rule.neighbours();
        double* const weights = tape.memory().template take<double>(static_cast<std::size_t>(count * neighbours));
        double* x = nullptr;
        double* y = nullptr;
        for (int f = 0; f < count; ++f) {
            const FilterDescription& filter = rule.filters[static_cast<std::size_t>(f)];
            double* const to = weights + static_cast<std::ptrdiff_t>(f) * neighbours;
            std::copy(filter.weights.begin(), filter.weights.end(), to);
            if (filter.derivative == 0) x = to;
            if (filter.derivative == 1) y = to;
        }
        const bool rotates = rule.perception == PerceptionKind::filters && x != nullptr && y != nullptr &&
                             rule.gradient == GradientKind::cartesian;
        for (int n = 0; rotates && n < neighbours; ++n) {
            const double along_x = x[n];
            const double along_y = y[n];
            x[n] = std::cos(options.angle) * along_x - std::sin(options.angle) * along_y;
            y[n] = std::sin(options.angle) * along_x + std::cos(options.angle) * along_y;
        }
        // Learned filters read the neighbourhood.
        const bool learned = rule.perception == PerceptionKind::depthwise;
        return {learned ? PerceptionKind::neighbourhood : rule.perception,
                rule.channels,
                count,
                weights,
                options.boundary,
                rule.radius,
                neighbours};
    }

    [[nodiscard]] bool has_absolute_values() const noexcept { return kind == PerceptionKind::filter_per_channel; }
    [[nodiscard]] int outputs() const noexcept {
        return channels * (kind == PerceptionKind::neighbourhood ? neighbours : has_absolute_values() ? 2 : filters);
    }

    /// Calls visit(output index, input index, weight) for every term of every sum.
    template <class Visit>
    void for_each_term(const Shape& shape, Visit&& visit) const {
        int cells = 1;
        for (int d = 0; d < R::rank; ++d) cells *= shape[d];
        for (int cell = 0; cell < cells; ++cell) {
            for (int n = 0; n < neighbours; ++n) {
                int neighbour = 0;
                int stride = 1;
                int rest = cell;
                for (int axis = 0; axis < R::rank; ++axis) {
                    const int size = shape[R::rank - 1 - axis];
                    const int at = resolve(boundary, rest % size + neighbour_offset(n, axis, radius), size);
                    neighbour = at < 0 || neighbour < 0 ? -1 : neighbour + at * stride;
                    stride *= size;
                    rest /= size;
                }
                if (neighbour >= 0) visit_neighbour(cell, neighbour, n, visit);
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
    template <class Visit>
    void visit_neighbour(int cell, int neighbour, int n, Visit& visit) const {
        switch (kind) {
        case PerceptionKind::filters:
            for (int f = 0; f < filters; ++f) {
                for (int c = 0; c < channels; ++c)
                    visit_term(cell, f, c, neighbour, weights[f * neighbours + n], visit);
            }
            break;
        case PerceptionKind::filter_per_channel:
            for (int c = 0; c < channels; ++c) {
                visit_term(cell, 0, c, neighbour, n == neighbours / 2 ? 1.0 : 0.0, visit);
                visit_term(cell, 1, c, neighbour, weights[c * neighbours + n], visit);
            }
            break;
        case PerceptionKind::depthwise:
        case PerceptionKind::neighbourhood:
            for (int c = 0; c < channels; ++c) visit_term(cell, n, c, neighbour, 1.0, visit);
            break;
        }
    }
    template <class Visit>
    void visit_term(int cell, int band, int channel, int neighbour, double weight, Visit& visit) const {
        visit(static_cast<std::size_t>(cell * outputs() + band * channels + channel),
              static_cast<std::size_t>(neighbour * channels + channel), weight);
    }
};

/// y[.., f * channels + c] = sum over n of w[c, f, n] a[.., n * channels + c].
struct Correlate {
    static constexpr const char* name = "correlate";
    /// Calls visit(index in y, index in a, index in w) for every product.
    template <class Visit>
    static void for_each_product(const Shape& filters, std::size_t cells, Visit&& visit) {
        const auto channels = static_cast<std::size_t>(filters[0]);
        const auto count = static_cast<std::size_t>(filters[1]);
        const auto neighbours = static_cast<std::size_t>(filters[2]);
        for (std::size_t cell = 0; cell < cells; ++cell) {
            for (std::size_t c = 0; c < channels; ++c) {
                for (std::size_t f = 0; f < count; ++f) {
                    for (std::size_t n = 0; n < neighbours; ++n) {
                        visit((cell * count + f) * channels + c, (cell * neighbours + n) * channels + c,
                              (c * count + f) * neighbours + n);
                    }
                }
            }
        }
    }
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> a = at.input_adjoint(0);
        const std::span<T> w = at.input_adjoint(1);
        const std::size_t cells = at.input(0).size() / static_cast<std::size_t>(at.input_shape(0).last());
        for_each_product(at.input_shape(1), cells, [&](std::size_t y, std::size_t from, std::size_t weight) {
            if (!a.empty()) a[from] += at.adjoint()[y] * at.input(1)[weight];
            if (!w.empty()) w[weight] += at.adjoint()[y] * at.input(0)[from];
        });
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

/// y = a clamped to [-limit, limit]; the adjoint passes where a lies within these, which included.
struct ClampState {
    static constexpr const char* name = "clamp state";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        const T limit = at.template saved<T>();
        for (std::size_t k = 0; k < g.size(); ++k) {
            if (std::abs(at.input(0)[k]) <= limit) g[k] += at.adjoint()[k];
        }
    }
};

/// y[cell, first + k] = mask[cell] a[k], or mask[cell] a[cell, k], of `width` values per cell; the others are zero.
template <class T>
struct Place {
    static constexpr const char* name = "place";
    std::size_t width;
    std::size_t first;
    std::size_t count;
    std::size_t cells;
    const T* mask;

    /// Calls visit(index in y, index in a, mask) for every value.
    template <class Visit>
    void for_each(std::size_t values, Visit&& visit) const {
        for (std::size_t cell = 0; cell < cells; ++cell) {
            for (std::size_t k = 0; k < count; ++k) {
                visit(cell * width + first + k, (values > count ? cell * count : 0) + k, mask[cell]);
            }
        }
    }
    static void pullback(const Pullback<T>& at) {
        const std::span<T> to = at.input_adjoint(0);
        at.template saved<Place>().for_each(to.size(),
                                            [&](std::size_t y, std::size_t a, T m) { to[a] += m * at.adjoint()[y]; });
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

/// The activation that a description names; leaky_relu as max(a, slope a).
template <class T, class... Activations>
[[nodiscard]] BasicVar<T> activate_any(const BasicVar<T>& a, const RuleDescription& rule,
                                       TypeList<Activations...> /*list*/) {
    BasicVar<T> result = a;
    if (rule.activation == LeakyRelu<1, 2>::name) {
        const T slope = static_cast<T>(rule.activation_slope);
        return slope * a + relu((T(1) - slope) * a);
    }
    ((Activations::name == rule.activation ? void(result = activate<Activations>(a)) : void()), ...);
    return result;
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

/// The activation of a rule's hidden layers.
template <class R>
[[nodiscard]] BasicVar<typename R::Value> plain_activation(const BasicVar<typename R::Value>& a,
                                                           const ArchitectureOf<R>& rule) {
    if constexpr (R::has_static_network) {
        return activate<typename R::ActivationPolicy::type>(a);
    } else {
        return activate_any(a, rule.run_time().description, LibraryActivations{});
    }
}

/// What every cell of a dense state [extents..., channels] perceives: [extents..., perceived].
template <class R>
[[nodiscard]] BasicVar<typename R::Value>
plain_perceive(const BasicVar<typename R::Value>& state, const StepOptions<R>& options = {},
               const ArchitectureOf<R>& rule = {}, const BasicVar<typename R::Value>& filters = {}) {
    using T = typename R::Value;
    const auto op = ops::Perceive<R>::of(state.tape(), rule.description(), options);
    const BasicVar<T> out = state.tape().template record<ops::Perceive<R>, ops::Perceive<R>>(
        state.shape().with_last(op.outputs()), {state}, op);
    for (T& v : out.value()) v = T(0);
    op.for_each_term(state.shape(), [&](std::size_t to, std::size_t from, double w) {
        out.value()[to] += static_cast<T>(w) * state.value()[from];
    });
    if (rule.perception() == PerceptionKind::depthwise) {
        const BasicVar<T> y = state.tape().template record<ops::Correlate>(
            state.shape().with_last(filters.shape()[0] * filters.shape()[1]), {out, filters});
        for (T& v : y.value()) v = T(0);
        const std::size_t cells = out.value().size() / static_cast<std::size_t>(op.outputs());
        ops::Correlate::for_each_product(filters.shape(), cells, [&](std::size_t to, std::size_t a, std::size_t w) {
            y.value()[to] += out.value()[a] * filters.value()[w];
        });
        return y;
    }
    if (rule.gradient() != GradientKind::cartesian) {
        return plain_gradient(out, state, rule.description().responses(), options.angle);
    }
    if (!op.has_absolute_values()) return out;
    const BasicVar<T> both =
        state.tape().template record<ops::WithAbsoluteValues>(state.shape().with_last(2 * op.outputs()), {out});
    const auto width = static_cast<std::size_t>(op.outputs());
    for (std::size_t k = 0; k < both.value().size(); ++k) {
        const T value = out.value()[k / (2 * width) * width + k % width];
        both.value()[k] = k % (2 * width) < width ? value : std::abs(value);
    }
    return both;
}

/// The alive mask of a dense state, as 1 and 0: the mature cells, and without AliveWhere their neighbours.
template <class R>
[[nodiscard]] std::vector<typename R::Value> plain_alive(const BasicVar<typename R::Value>& state,
                                                         const StepOptions<R>& options = {},
                                                         const ArchitectureOf<R>& rule = {}) {
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
        const T life = state.value()[static_cast<std::size_t>(cell * rule.channels() + rule.life_channel())];
        const bool inclusive = rule.life_test() == LifeTest::on_update;
        if (life > rule.life_threshold() || (inclusive && life == rule.life_threshold()))
            mature.set(cell / columns, cell % columns);
    }
    if (rule.has_given_life()) {
        alive = mature;
    } else {
        if (rule.lattice() == Lattice::hexagonal) {
            mature.dilate_hexagonal(options.boundary, mature.all_rows(), alive);
        } else {
            mature.dilate(sizes, options.boundary, alive, scratch, rule.life_radius());
        }
    }
    std::vector<T> result;
    for (int cell = 0; cell < rows * columns; ++cell)
        result.push_back(alive.test(cell / columns, cell % columns) ? T(1) : T(0));
    return result;
}

/// The noise of a step as a constant [extents..., channels].
template <class R>
[[nodiscard]] BasicVar<typename R::Value> plain_noise(const BasicVar<typename R::Value>& state, const FireMask& fire,
                                                      const StepOptions<R>& options, const ArchitectureOf<R>& rule) {
    using T = typename R::Value;
    const int channels = state.shape().last();
    std::array<int, static_cast<std::size_t>(R::rank)> sizes{};
    for (int d = 0; d < R::rank; ++d) sizes[static_cast<std::size_t>(d)] = state.shape()[d];
    const FieldOf<R> geometry{sizes, rule};
    std::vector<T> row(static_cast<std::size_t>(padded(channels)));
    std::vector<T> values;
    for (int cell = 0; cell < geometry.cells(); ++cell) {
        const std::int32_t position = geometry.position(cell / geometry.columns(), cell % geometry.columns());
        std::fill(row.begin(), row.end(), T(0));
        add_noise(rule.frozen(), channels, fire.random(), fire.step(), static_cast<T>(options.noise), &position, 1,
                  geometry.row_length(), row.data());
        values.insert(values.end(), row.begin(), row.begin() + channels);
    }
    return state.tape().constant(state.shape(), values);
}

/// Values [.., n] at `first` of `width` values per cell, times a mask per cell; the others are zero. `a` may have one
/// vector for all cells.
template <class T>
[[nodiscard]] BasicVar<T> plain_place(const BasicVar<T>& a, const Shape& cells, int width, int first, int count,
                                      const std::vector<T>& mask) {
    T* const kept = a.tape().memory().template take<T>(mask.size());
    std::copy(mask.begin(), mask.end(), kept);
    const ops::Place<T> op{static_cast<std::size_t>(width), static_cast<std::size_t>(first),
                           static_cast<std::size_t>(count), mask.size(), kept};
    const BasicVar<T> y = a.tape().template record<ops::Place<T>, ops::Place<T>>(cells.with_last(width), {a}, op);
    for (T& v : y.value()) v = T(0);
    op.for_each(a.value().size(), [&](std::size_t to, std::size_t from, T m) { y.value()[to] = m * a.value()[from]; });
    return y;
}

/// One step of a rule on a dense state [extents..., channels]. `inputs`: see nca::step().
template <class R>
[[nodiscard]] BasicVar<typename R::Value>
plain_step(const PlainWeights<R>& weights, const BasicVar<typename R::Value>& state, const FireMask& fire,
           const StepOptions<R>& options = {}, const BasicVar<typename R::Value>* inputs = nullptr) {
    using T = typename R::Value;
    const ArchitectureOf<R>& rule = weights.architecture;
    const int columns = state.shape()[R::rank - 1];
    std::vector<T> fires(state.value().size() / static_cast<std::size_t>(rule.channels()));
    for (std::size_t cell = 0; cell < fires.size(); ++cell) {
        const int row = static_cast<int>(cell) / columns;
        const int column = static_cast<int>(cell) % columns;
        fires[cell] = ((fire.word(row, column / 64) >> static_cast<unsigned>(column % 64)) & 1U) != 0 ? T(1) : T(0);
    }
    const bool clamped = rule.has_clamp();
    const auto around_zero = Limits<T>::around_zero(rule.clamp_limit(), options.eight_bit);
    const auto hidden_limits = rule.description().activation == Relu::name
                                   ? Limits<T>::from_zero(rule.clamp_limit(), options.eight_bit)
                                   : around_zero;
    BasicVar<T> seen = state;
    if (rule.input_kind() == InputKind::added && inputs != nullptr) {
        const bool all = !rule.has_life() && !rule.has_given_life();
        const std::vector<T> living = all ? std::vector<T>(fires.size(), T(1)) : plain_alive<R>(state, options, rule);
        seen = state + plain_place(*inputs, state.shape(), rule.channels(), rule.channels() - rule.inputs(),
                                   rule.inputs(), living);
    }
    BasicVar<T> x = plain_perceive<R>(seen, options, rule, weights.filters);
    if (rule.input_kind() == InputKind::perceived) {
        const std::vector<T> everywhere(fires.size(), T(1));
        x = plain_place(x, state.shape(), rule.perceived(), 0, rule.observed(), everywhere);
        if (inputs != nullptr) {
            x = x + plain_place(*inputs, state.shape(), rule.perceived(), rule.observed(), rule.inputs(), everywhere);
        }
    }
    if (clamped) x = plain_clamp(x, around_zero);
    for (std::size_t l = 0; l < weights.weight.size(); ++l) {
        const bool last = l + 1 == weights.weight.size();
        const bool biased = !last || rule.has_output_bias();
        const std::vector<T> zeros(weights.bias[l].value().size());
        x = dense(x, weights.weight[l],
                  biased ? weights.bias[l] : state.tape().constant(weights.bias[l].shape(), zeros));
        if (!last) x = plain_activation<R>(x, rule);
        if (clamped) x = plain_clamp(x, last ? around_zero : hidden_limits);
    }
    if constexpr (R::has_noise) x = x + plain_noise<R>(state, fire, options, rule);
    if (rule.has_given_life()) {
        const std::vector<T> living = plain_alive<R>(state, options, rule);
        for (std::size_t cell = 0; cell < fires.size(); ++cell) fires[cell] *= living[cell];
    }
    BasicVar<T> updated = state + mask_rows(options.step_size * x, fires);
    if (clamped) updated = plain_clamp(updated, around_zero);
    const BasicVar<T> sum = updated;
    if (rule.has_state_clamp()) {
        const T limit = static_cast<T>(rule.clamp_limit());
        updated = sum.tape().template record<ops::ClampState, T>(sum.shape(), {sum}, limit);
        for (std::size_t k = 0; k < sum.value().size(); ++k) {
            updated.value()[k] = std::clamp(sum.value()[k], -limit, limit);
        }
    }
    if (rule.keeps_angle()) updated = updated + plain_whole_turns(updated, fires);
    if (!rule.has_life()) return updated;
    std::vector<T> living = plain_alive<R>(state, options, rule);
    if (rule.life_test() == LifeTest::before_and_after) {
        const std::vector<T> after = plain_alive<R>(sum, options, rule);
        for (std::size_t cell = 0; cell < living.size(); ++cell) living[cell] *= after[cell];
    } else if (rule.life_test() == LifeTest::on_update) {
        for (std::size_t cell = 0; cell < living.size(); ++cell) living[cell] = fires[cell] != 0 ? living[cell] : T(1);
    }
    const BasicVar<T> alive = rule.keeps_angle() ? mask_all_but_last(updated, living) : mask_rows(updated, living);
    if (!rule.has_dead_state()) return alive;
    std::vector<T> dead(alive.value().size());
    std::vector<T> row(static_cast<std::size_t>(padded(rule.channels())));
    rule.write_dead_state(row.data());
    for (std::size_t k = 0; k < dead.size(); ++k) {
        const auto channels = static_cast<std::size_t>(rule.channels());
        dead[k] = (T(1) - living[k / channels]) * row[k % channels];
    }
    return alive + state.tape().constant(alive.shape(), dead);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_PLAIN_STEP_HPP

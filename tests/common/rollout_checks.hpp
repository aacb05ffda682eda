// SPDX-License-Identifier: Apache-2.0
// Checks of rollouts of small grids: fused gradients against the plain composition and against central differences.
#ifndef NCA_TESTS_COMMON_ROLLOUT_CHECKS_HPP
#define NCA_TESTS_COMMON_ROLLOUT_CHECKS_HPP

#include <nca/tape/gradient_check.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/plain_step.hpp>
#include <nca/train/rollout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::tests {

template <class R>
typename FieldOf<R>::Sizes small_grid() {
    if constexpr (R::rank == 1) return {40};
    if constexpr (R::rank == 2) return {9, 11};
    if constexpr (R::rank == 3) return {4, 5, 6};
}

template <class R>
auto grid_view(const std::vector<typename R::Value>& state, const ArchitectureOf<R>& rule = {}) {
    using T = const typename R::Value;
    const auto view = [&]<int... Sizes>(const Extents<Sizes...>& extents) {
        return GridView<T, R::channels, Sizes...>{state.data(), extents, rule.channels()};
    };
    if constexpr (R::rank == 1) {
        return view(Extents<Dynamic>{small_grid<R>()});
    } else if constexpr (R::rank == 2) {
        return view(Extents<Dynamic, Dynamic>{small_grid<R>()});
    } else {
        return view(Extents<Dynamic, Dynamic, Dynamic>{small_grid<R>()});
    }
}

template <class R>
std::vector<typename R::Value> small_state(std::uint64_t seed, const ArchitectureOf<R>& rule = {}) {
    int cells = 1;
    for (const int size : small_grid<R>()) cells *= size;
    auto state = random_state<R>(cells, seed, 0.3, rule.channels());
    if (rule.has_clamp()) {
        // Within the limits, and numbers of 8 bits; not zero, from where the largest update leads to the limit itself.
        const auto limits = Limits<typename R::Value>::around_zero(rule.clamp_limit(), true);
        for (auto& value : state) {
            const auto code = std::round(value * limits.per_unit / 2);
            value = std::clamp(code == 0 ? 1 : code, typename R::Value(-120), typename R::Value(120)) * limits.step;
        }
    }
    return state;
}

/// Gradients of mean((x_T - 0.1)^2) with respect to the parameters and the first state.
template <class R>
struct Gradients {
    std::vector<double> weights;
    std::vector<double> state;
    double loss = 0.0;
};

template <class R>
Gradients<R> fused(R& rule, const std::vector<typename R::Value>& start, int steps, const StepOptions<R>& options) {
    using T = typename R::Value;
    BasicTape<T> tape;
    const auto weights = parameters(tape, rule);
    const auto first = variable_state<R>(tape, rule.architecture(), grid_view<R>(start, rule.architecture()));
    const auto last = rollout(weights, first, steps, Philox{3}, 0, options);
    const auto x = first_channels(last, last.channels());
    const std::vector<T> target(x.value().size(), T(0.1));
    const auto loss = mean(square(x - tape.constant(x.shape(), target)));
    tape.backward(loss);
    Gradients<R> result;
    for (int l = 0; l < rule.architecture().layer_count(); ++l) {
        const auto& layer = rule.architecture().layer(l);
        for (int i = 0; i <= layer.inputs; ++i) {
            for (int o = 0; o < layer.outputs; ++o) {
                const std::size_t row =
                    i < layer.inputs ? layer.weight + static_cast<std::size_t>(i * layer.stride()) : layer.bias;
                result.weights.push_back(
                    static_cast<double>(weights.gradient()[row + static_cast<std::size_t>(layer.first + o)]));
            }
        }
    }
    const int filters = rule.architecture().learned_filters();
    for (int c = 0; c < R::channels; ++c) {
        for (int k = 0; k < filters; ++k) {
            for (int n = 0; n < rule.architecture().neighbours(); ++n) {
                const auto at = rule.architecture().filter_offset() +
                                static_cast<std::size_t>((n * filters + k) * padded(R::channels) + c);
                result.weights.push_back(static_cast<double>(weights.gradient()[at]));
            }
        }
    }
    std::vector<T> dense(start.size());
    first.store_gradient(dense.data());
    result.state.assign(dense.begin(), dense.end());
    result.loss = static_cast<double>(loss.item());
    return result;
}

template <class R>
Gradients<R> plain(const R& rule, const std::vector<typename R::Value>& start, int steps,
                   const StepOptions<R>& options) {
    using T = typename R::Value;
    BasicTape<T> tape;
    const auto weights = plain_parameters(tape, rule);
    const BasicVar<T> first = tape.variable(shape_of<R>(small_grid<R>(), rule.architecture().channels()), start);
    BasicVar<T> x = first;
    for (int t = 0; t < steps; ++t) {
        x = plain_step<R>(weights, x, FireMask{Philox{3}, static_cast<std::uint64_t>(t), options.fire_rate}, options);
    }
    const std::vector<T> target(x.value().size(), T(0.1));
    const auto loss = mean(square(x - tape.constant(x.shape(), target)));
    tape.backward(loss);
    Gradients<R> result;
    for (std::size_t l = 0; l < weights.weight.size(); ++l) {
        for (const auto& tensor : {weights.weight[l], weights.bias[l]}) {
            const LayerLayout& layer = rule.architecture().layer(static_cast<int>(l));
            for (std::size_t i = 0; i < tensor.gradient().size(); ++i) {
                // Columns of frozen channels mean nothing.
                if (static_cast<int>(i) % layer.columns() < layer.first) continue;
                result.weights.push_back(static_cast<double>(tensor.gradient()[i]));
            }
        }
    }
    if (rule.architecture().learned_filters() > 0) {
        for (const T g : weights.filters.gradient()) result.weights.push_back(static_cast<double>(g));
    }
    for (const T g : first.gradient()) result.state.push_back(static_cast<double>(g));
    result.loss = static_cast<double>(loss.item());
    return result;
}

/// The largest difference in units of the largest entry.
inline double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        worst = std::max(worst, std::abs(a[i] - b[i]));
        largest = std::max(largest, std::abs(b[i]));
    }
    REQUIRE(largest > 0.0);
    return worst / largest;
}

template <class R>
void check_against_plain(R rule, const StepOptions<R>& options, double tolerance) {
    constexpr int steps = 4;
    const auto start = small_state<R>(2, rule.architecture());
    const auto a = fused(rule, start, steps, options);
    const auto b = plain(rule, start, steps, options);
    CHECK(a.loss == doctest::Approx(b.loss).epsilon(tolerance));
    CHECK(relative_difference(a.weights, b.weights) < tolerance);
    CHECK(relative_difference(a.state, b.state) < tolerance);
}
template <class R>
void check_against_plain(const StepOptions<R>& options, double tolerance, double scale = 0.5) {
    check_against_plain(random_rule<R>(1, scale), options, tolerance);
}

/// A whole rollout against central differences in double: along the parameters and along the first state.
template <class R>
void check_against_differences(R rule, const StepOptions<R>& options, int steps) {
    const ArchitectureOf<R>& architecture = rule.architecture();
    const auto start = small_state<R>(2, architecture);
    const auto record = [&](BasicTape<double>& tape, const Weights<R>& weights, const State<R>& first) {
        const auto last = rollout(weights, first, steps, Philox{3}, 0, options);
        const auto x = first_channels(last, last.channels());
        const std::vector<double> target(x.value().size(), 0.1);
        return mean(square(x - tape.constant(x.shape(), target)));
    };
    const std::vector<double> block(rule.parameters().begin(), rule.parameters().end());
    const auto by_weights = check_gradient(
        Shape{static_cast<int>(block.size())}, block, [&](BasicTape<double>& tape, const BasicVar<double>& w) {
            return record(tape, Weights<R>{w, architecture},
                          constant_state<R>(tape, architecture, grid_view<R>(start, architecture)));
        });
    INFO("parameter " << by_weights.element << ": " << by_weights.analytic << " instead of " << by_weights.numeric);
    CHECK(by_weights.worst < 1e-6);

    // A state is no plain input: its differences are taken by hand, along random directions.
    const auto gradient = fused(rule, start, steps, options).state;
    for (std::uint32_t d = 0; d < 4; ++d) {
        std::vector<double> moved(start);
        double analytic = 0.0;
        const auto loss_at = [&](double distance) {
            for (std::size_t i = 0; i < start.size(); ++i) moved[i] = start[i] + distance * Philox{8, d}.normal(i);
            BasicTape<double> tape;
            const auto weights = parameters(tape, rule);
            return record(tape, weights, constant_state<R>(tape, architecture, grid_view<R>(moved, architecture)))
                .item();
        };
        for (std::size_t i = 0; i < start.size(); ++i) analytic += gradient[i] * Philox{8, d}.normal(i);
        const double numeric = (loss_at(1e-7) - loss_at(-1e-7)) / 2e-7;
        CHECK(analytic == doctest::Approx(numeric).epsilon(1e-6));
    }
}
template <class R>
void check_against_differences(const StepOptions<R>& options, int steps, double scale = 0.5) {
    check_against_differences(random_rule<R>(1, scale), options, steps);
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_ROLLOUT_CHECKS_HPP

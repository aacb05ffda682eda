// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_ROLLOUT_LOSS_HPP
#define NCA_SYSTEMS_ISOTROPIC_ROLLOUT_LOSS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

/// The part of the training loss that every state of a rollout contributes to (Growing Isotropic NCA, notebooks): a
/// clamp that the rule does not have, and calm.
namespace nca::inline NCA_ABI::isotropic::inline NCA_ISA {

namespace isa_detail {

/// y = the sum of (a - clamp(a, -limit, limit))^2 over the first channels of the stored cells.
template <class T>
struct StateOverflow {
    static constexpr const char* name = "state overflow";
    std::size_t channels;
    std::size_t stride;
    T limit;

    [[nodiscard]] T excess(T value) const noexcept { return value - std::clamp(value, -limit, limit); }
    /// Calls visit(index) for every value that counts.
    template <class Visit>
    void for_each(std::size_t size, Visit&& visit) const {
        for (std::size_t cell = 0; cell < size; cell += stride) {
            for (std::size_t c = 0; c < channels; ++c) visit(cell + c);
        }
    }
    static void pullback(const Pullback<T>& at) {
        const std::span<T> to = at.input_adjoint(0);
        const auto& saved = at.template saved<StateOverflow>();
        saved.for_each(to.size(),
                       [&](std::size_t i) { to[i] += T(2) * saved.excess(at.input(0)[i]) * at.adjoint()[0]; });
    }
};

/// y = factor * the sum of |b - a| over all values of two states.
template <class T>
struct StateChange {
    static constexpr const char* name = "state change";
    std::size_t stride;
    T factor;

    /// Calls visit(offset in a, offset in b) for the cells of either; -1 where a state does not store it.
    template <class Visit>
    static void for_each_cell(const StateCells& a, const StateCells& b, std::ptrdiff_t stride, Visit&& visit) {
        for (int i = 0, j = 0; i < a.count || j < b.count;) {
            const bool first = j == b.count || (i < a.count && a.positions[i] <= b.positions[j]);
            const bool second = i == a.count || (j < b.count && b.positions[j] <= a.positions[i]);
            visit(first ? i++ * stride : -1, second ? j++ * stride : -1);
        }
    }
    [[nodiscard]] static const StateCells& cells(const BasicVar<T>& state) {
        return *static_cast<const StateCells*>(state.tape().node(state.index()).saved);
    }
    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<StateChange>();
        const auto stride = static_cast<std::ptrdiff_t>(saved.stride);
        const std::span<T> to_a = at.input_adjoint(0);
        const std::span<T> to_b = at.input_adjoint(1);
        const T g = saved.factor * at.adjoint()[0];
        for_each_cell(cells(at.input_var(0)), cells(at.input_var(1)), stride, [&](std::ptrdiff_t i, std::ptrdiff_t j) {
            for (std::ptrdiff_t c = 0; c < stride; ++c) {
                const T before = i < 0 ? T(0) : at.input(0)[static_cast<std::size_t>(i + c)];
                const T after = j < 0 ? T(0) : at.input(1)[static_cast<std::size_t>(j + c)];
                const T sign = after > before ? g : after < before ? -g : T(0);
                if (i >= 0 && !to_a.empty()) to_a[static_cast<std::size_t>(i + c)] -= sign;
                if (j >= 0 && !to_b.empty()) to_b[static_cast<std::size_t>(j + c)] += sign;
            }
        });
    }
};

} // namespace isa_detail

/// The sum over all cells and channels, but for the angle of SteeredByAngle, of (x - clamp(x, -2, 2))^2.
template <class R>
[[nodiscard]] BasicVar<typename R::Value> state_overflow(const State<R>& state) {
    using T = typename R::Value;
    using Op = isa_detail::StateOverflow<T>;
    const int channels = state.channels() - (state.architecture().keeps_angle() ? 1 : 0);
    const Op op{static_cast<std::size_t>(channels), static_cast<std::size_t>(padded(state.channels())), T(2)};
    const BasicVar<T> y = state.var().tape().template record<Op, Op>(Shape{}, {state.var()}, op);
    double sum = 0.0;
    op.for_each(state.var().value().size(), [&](std::size_t i) {
        const auto excess = static_cast<double>(op.excess(state.var().value()[i]));
        sum += excess * excess;
    });
    y.value()[0] = static_cast<T>(sum);
    return y;
}

/// The mean over all cells and channels of |after - before|, two states of one tape and grid.
template <class R>
[[nodiscard]] BasicVar<typename R::Value> state_change(const State<R>& before, const State<R>& after) {
    using T = typename R::Value;
    using Op = isa_detail::StateChange<T>;
    const Shape shape = after.var().shape();
    const Op op{static_cast<std::size_t>(padded(after.channels())),
                static_cast<T>(1.0 / static_cast<double>(shape.values()))};
    const BasicVar<T> y = after.var().tape().template record<Op, Op>(Shape{}, {before.var(), after.var()}, op);
    const std::span<const T> a = before.var().value();
    const std::span<const T> b = after.var().value();
    const auto stride = static_cast<std::ptrdiff_t>(op.stride);
    double sum = 0.0;
    Op::for_each_cell(before.cells(), after.cells(), stride, [&](std::ptrdiff_t i, std::ptrdiff_t j) {
        for (std::ptrdiff_t c = 0; c < stride; ++c) {
            const T from = i < 0 ? T(0) : a[static_cast<std::size_t>(i + c)];
            const T to = j < 0 ? T(0) : b[static_cast<std::size_t>(j + c)];
            sum += std::abs(static_cast<double>(to) - static_cast<double>(from));
        }
    });
    y.value()[0] = static_cast<T>(sum / static_cast<double>(shape.values()));
    return y;
}

/// The loss of one of `batch` samples whose mean is the loss of the batch: of_state(state, step), an optional
/// scalar, of every state, plus the sum over the samples of all overflow, plus 10 times the sum over the steps of the
/// mean change. advance(state, step) returns the state after a step, counted from 1. Precondition: steps > 0.
template <class R, class Advance, class OfState>
[[nodiscard]] BasicVar<typename R::Value> rollout_loss(State<R> state, int steps, int batch, Advance&& advance,
                                                       OfState&& of_state) {
    using T = typename R::Value;
    BasicVar<T> total;
    bool begun = false;
    const auto add = [&](const BasicVar<T>& term) {
        total = begun ? total + term : term;
        begun = true;
    };
    for (int step = 1; step <= steps; ++step) {
        const State<R> next = advance(state, step);
        add(static_cast<T>(batch) * state_overflow(next) + T(10) * state_change(state, next));
        if (const auto loss = of_state(next, step)) add(*loss);
        state = next;
    }
    NCA_ASSERT(begun, "nca::isotropic::rollout_loss: at least one step");
    return total;
}

/// Half the invariant loss of the first and of the last state, for rollout_loss().
template <class R>
[[nodiscard]] std::optional<BasicVar<typename R::Value>>
invariant_loss_of(const State<R>& state, int step, int steps, const InvariantLoss<typename R::Value>& loss) {
    if (step > 1 && step < steps) return std::nullopt;
    const auto picture = first_channels(state, loss.channels());
    const auto share = static_cast<typename R::Value>(steps == 1 ? 1.0 : 0.5);
    return share * invariant_loss(picture, loss);
}

} // namespace nca::inline NCA_ABI::isotropic::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_ROLLOUT_LOSS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_NORMALISED_GRADIENT_HPP
#define NCA_TRAIN_NORMALISED_GRADIENT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/train/rollout.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// The identity of states. The pullback adds the adjoint g as g / max(|g|, 1e-12), |g| over all values.
template <class R>
struct NormalisedGradient : StateCells {
    using T = typename R::Value;

    static constexpr const char* name = "normalised gradient";

    static void pullback(const Pullback<T>& at) {
        const std::span<const T> adjoint = at.adjoint();
        double square = 0.0;
        for (const T g : adjoint) square += static_cast<double>(g) * static_cast<double>(g);
        const auto share = static_cast<T>(1.0 / std::max(std::sqrt(square), 1e-12));
        const std::span<T> to = at.input_adjoint(0);
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += share * adjoint[i];
    }
};

} // namespace isa_detail

/// The same state, whose gradient is scaled to length one on its way back (muNCA). Keeps a copy of the state.
template <class R>
[[nodiscard]] State<R> with_normalised_gradient(const State<R>& state) {
    BasicTape<typename R::Value>& tape = state.var().tape();
    RolloutContext<R>& context = state.context();
    context.load(state.var());
    return record_state<R>(
        tape, context, state.architecture(), [&](const auto& shape, std::size_t size, const auto& cells) {
            isa_detail::NormalisedGradient<R> saved;
            static_cast<StateCells&>(saved) = cells;
            return tape.template record_sized<isa_detail::NormalisedGradient<R>>(shape, size, {state.var()}, saved);
        });
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_NORMALISED_GRADIENT_HPP

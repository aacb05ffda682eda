// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_ANY_ACTIVATION_HPP
#define NCA_CELL_ANY_ACTIVATION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/activations.hpp>
#include <nca/cell/architecture.hpp>
#include <nca/simd/batch.hpp>
#include <nca/simd/math.hpp>

#include <cstddef>
#include <type_traits>

/// Activations that are known only at run time, as passes over the values of a layer.
namespace nca::inline NCA_ABI::inline NCA_ISA::isa_detail {

/// True if the hidden layers of a rule have ReLU.
template <class R>
[[nodiscard]] constexpr bool is_relu([[maybe_unused]] const ArchitectureOf<R>& rule) noexcept {
    if constexpr (R::has_static_network) {
        return std::is_same_v<typename R::ActivationPolicy::type, Relu>;
    } else {
        return rule.run_time().activation == 0;
    }
}

/// LeakyRelu whose slope is known only at run time.
template <class V>
struct AnyLeakyRelu {
    V slope;
    NCA_INLINE V value(V x) const noexcept { return max(x * slope, x); }
    NCA_INLINE V derivative(V y) const noexcept { return slope + keep_where_positive(y, V(1) - slope); }
};

/// Calls f(activation) with the activation of a rule of run-time sizes.
template <class R, class F>
void with_activation(const ArchitectureOf<R>& rule, F&& f) noexcept {
    using V = Vec<typename R::Value>;
    const int chosen = rule.run_time().activation;
    const auto try_all = [&]<class... Activations>(TypeList<Activations...>) {
        int index = 0;
        ((index++ == chosen ? f(Activations{}) : void()), ...);
        if (chosen == index) {
            f(AnyLeakyRelu<V>{V(static_cast<typename R::Value>(rule.run_time().description.activation_slope))});
        }
    };
    try_all(LibraryActivations{});
}

/// y = A(x) in place; count: a multiple of the lanes. Allocates nothing.
template <class R>
void activate_values(const ArchitectureOf<R>& rule, typename R::Value* values, std::ptrdiff_t count) noexcept {
    with_activation<R>(rule, [&](auto activation) {
        for (std::ptrdiff_t i = 0; i < count; i += Vec<typename R::Value>::size) {
            store(values + i, activation.value(load(values + i)));
        }
    });
}

/// adjoint *= A'(y), or A'(x) where the activation says so: `values` are y or x. Allocates nothing.
template <class R>
void activation_pullback(const ArchitectureOf<R>& rule, const typename R::Value* values, typename R::Value* adjoint,
                         std::ptrdiff_t count) noexcept {
    with_activation<R>(rule, [&](auto activation) {
        for (std::ptrdiff_t i = 0; i < count; i += Vec<typename R::Value>::size) {
            store(adjoint + i, load(adjoint + i) * activation.derivative(load(values + i)));
        }
    });
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA::isa_detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_ANY_ACTIVATION_HPP

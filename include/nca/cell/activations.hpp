// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_ACTIVATIONS_HPP
#define NCA_CELL_ACTIVATIONS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/filters.hpp>

#include <concepts>
#include <string_view>

namespace nca::inline NCA_ABI {

// An activation is a type with two functions of SIMD registers, V = Vec<float> or Vec<double>: y = value(x), and its
// derivative as a function of y, or of x if it states `derivative_of_input`. Both are finite for finite arguments. To
// be saved it needs a `name` of its own, and to be exported as a header the `spelling` of its type:
//
//     struct Softsign {
//         static constexpr std::string_view name = "softsign";
//         static constexpr std::string_view spelling = "coral::Softsign";
//         template <class V>
//         static V value(V x) noexcept {
//             return x / (V(1) + abs(x));
//         }
//         template <class V>
//         static V derivative(V y) noexcept {
//             return (V(1) - abs(y)) * (V(1) - abs(y));
//         }
//     };

/// max(x, 0).
struct Relu {
    static constexpr std::string_view name = "relu";
    template <class V>
    NCA_INLINE static V value(V x) noexcept {
        return max(x, V(0));
    }
    template <class V>
    NCA_INLINE static V derivative(V y) noexcept {
        return keep_where_positive(y, V(1));
    }
};

/// x where x > 0, else x * Numerator / Denominator (Maas, Hannun and Ng 2013).
template <int Numerator, int Denominator>
struct LeakyRelu {
    static_assert(Numerator > 0 && Numerator < Denominator, "nca::LeakyRelu: the slope lies between 0 and 1");
    static constexpr std::string_view name = "leaky_relu";
    template <class V>
    NCA_INLINE static V value(V x) noexcept {
        return max(x * slope<V>(), x);
    }
    template <class V>
    NCA_INLINE static V derivative(V y) noexcept {
        return slope<V>() + keep_where_positive(y, V(1) - slope<V>());
    }

    static void describe(auto& rule) {
        rule.activation_slope = static_cast<double>(Numerator) / static_cast<double>(Denominator);
    }

private:
    template <class V>
    NCA_INLINE static V slope() noexcept {
        return V(Numerator) / V(Denominator);
    }
};

/// tanh x, with the derivative 1 - y^2.
struct Tanh {
    static constexpr std::string_view name = "tanh";
    template <class V>
    NCA_INLINE static V value(V x) noexcept {
        return tanh(x);
    }
    template <class V>
    NCA_INLINE static V derivative(V y) noexcept {
        return V(1) - y * y;
    }
};

/// 1 / (1 + e^-x), with the derivative y (1 - y).
struct Sigmoid {
    static constexpr std::string_view name = "sigmoid";
    template <class V>
    NCA_INLINE static V value(V x) noexcept {
        return sigmoid(x);
    }
    template <class V>
    NCA_INLINE static V derivative(V y) noexcept {
        return y * (V(1) - y);
    }
};

/// sin x (Sitzmann et al. 2020, without their factor of 30), with the derivative cos x.
struct Sine {
    static constexpr std::string_view name = "sine";
    static constexpr bool derivative_of_input = true;
    template <class V>
    NCA_INLINE static V value(V x) noexcept {
        return sin(x);
    }
    template <class V>
    NCA_INLINE static V derivative(V x) noexcept {
        return cos(x);
    }
};

/// The activations of the library whose types have no arguments. Their names are reserved.
using LibraryActivations = TypeList<Relu, Tanh, Sigmoid, Sine>;

namespace detail {

template <class A, class V>
inline constexpr bool is_activation = requires(V v) {
    { A::value(v) } -> std::same_as<V>;
    { A::derivative(v) } -> std::same_as<V>;
};

template <class A>
inline constexpr bool is_derivative_of_input = [] {
    if constexpr (requires { A::derivative_of_input; }) {
        return A::derivative_of_input;
    } else {
        return false;
    }
}();

} // namespace detail

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_ACTIVATIONS_HPP

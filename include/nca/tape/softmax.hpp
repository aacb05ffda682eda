// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TAPE_SOFTMAX_HPP
#define NCA_TAPE_SOFTMAX_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/tape/tape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

/// Softmax and sigmoid, which turn logits into probabilities. In the comments, g is the adjoint of the result y.
namespace nca::inline NCA_ABI {

namespace detail {

/// log(sum of exp(z_k)) of a row of logits z. The largest is subtracted first, so that no exponential overflows.
template <class T>
struct LogSumExp {
    T most;     ///< the largest logit
    T sum = {}; ///< of exp(z_k - most), in index order

    /// Precondition: there are logits.
    explicit LogSumExp(std::span<const T> logits) noexcept : most{*std::max_element(logits.begin(), logits.end())} {
        for (const T z : logits) sum += std::exp(z - most);
    }

    [[nodiscard]] T value() const noexcept { return std::log(sum) + most; }
    /// The softmax of one of the logits.
    [[nodiscard]] T probability(T logit) const noexcept { return std::exp(logit - most) / sum; }
    /// -log(probability(logit)), as exact for large logits as for small ones.
    [[nodiscard]] T negative_log_likelihood(T logit) const noexcept { return std::log(sum) + (most - logit); }
};

} // namespace detail

namespace ops {

/// y = exp(a) / sum of exp(a) over the last dimension. adjoint(a) += y (g - sum of g y).
struct Softmax {
    static constexpr const char* name = "softmax";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<const T> y = at.value();
        const std::span<const T> g = at.adjoint();
        const std::span<T> a = at.input_adjoint(0);
        const auto width = static_cast<std::size_t>(at.input_shape(0).last());
        for (std::size_t row = 0; row < a.size(); row += width) {
            T dot = T(0);
            for (std::size_t k = row; k < row + width; ++k) dot += g[k] * y[k];
            for (std::size_t k = row; k < row + width; ++k) a[k] += y[k] * (g[k] - dot);
        }
    }
};

/// y = 1 / (1 + exp(-a)). adjoint(a) += y (1 - y) g.
struct Sigmoid {
    static constexpr const char* name = "sigmoid";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<const T> y = at.value();
        const std::span<T> a = at.input_adjoint(0);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] += y[k] * (T(1) - y[k]) * at.adjoint()[k];
    }
};

} // namespace ops

/// The softmax over the last dimension.
template <class T>
[[nodiscard]] BasicVar<T> softmax(const BasicVar<T>& a) {
    const BasicVar<T> y = a.tape().template record<ops::Softmax>(a.shape(), {a});
    const auto width = static_cast<std::size_t>(a.shape().last());
    const std::span<const T> logits = a.value();
    for (std::size_t row = 0; row < logits.size(); row += width) {
        const detail::LogSumExp<T> all{logits.subspan(row, width)};
        for (std::size_t k = row; k < row + width; ++k) y.value()[k] = all.probability(logits[k]);
    }
    return y;
}
/// Elementwise 1 / (1 + exp(-a)).
template <class T>
[[nodiscard]] BasicVar<T> sigmoid(const BasicVar<T>& a) {
    const BasicVar<T> y = a.tape().template record<ops::Sigmoid>(a.shape(), {a});
    for (std::size_t k = 0; k < y.value().size(); ++k) {
        const T x = a.value()[k];
        const T e = std::exp(-std::abs(x)); // never overflows
        y.value()[k] = (x < T(0) ? e : T(1)) / (T(1) + e);
    }
    return y;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TAPE_SOFTMAX_HPP

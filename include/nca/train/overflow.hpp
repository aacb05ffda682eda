// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_OVERFLOW_HPP
#define NCA_TRAIN_OVERFLOW_HPP

#include <nca/core/push_macros.hpp>

#include <nca/tape/tape.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

namespace nca::inline NCA_ABI {

namespace ops {

/// y = the sum of (a - clamp(a, low, high))^2; the adjoint is 2 (a - clamp(a, low, high)) g.
struct SquaredOverflow {
    static constexpr const char* name = "squared overflow";
    template <class T>
    struct Range {
        T low;
        T high;
        [[nodiscard]] T excess(T value) const noexcept { return value - std::clamp(value, low, high); }
    };
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        const auto& range = at.template saved<Range<T>>();
        for (std::size_t k = 0; k < g.size(); ++k) g[k] += T(2) * range.excess(at.input(0)[k]) * at.adjoint()[0];
    }
};

} // namespace ops

/// The sum of squared distances to [low, high]: an overflow loss (ultra-compact textures, feature visualisation).
template <class T>
[[nodiscard]] BasicVar<T> squared_overflow(const BasicVar<T>& a, std::type_identity_t<T> low,
                                           std::type_identity_t<T> high) {
    using Range = ops::SquaredOverflow::Range<T>;
    const Range range{low, high};
    const BasicVar<T> y = a.tape().template record<ops::SquaredOverflow, Range>(Shape{}, {a}, range);
    double total = 0.0;
    for (const T v : a.value()) {
        const auto excess = static_cast<double>(range.excess(v));
        total += excess * excess;
    }
    y.value()[0] = static_cast<T>(total);
    return y;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_OVERFLOW_HPP

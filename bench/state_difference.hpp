// SPDX-License-Identifier: Apache-2.0
// The mean absolute difference of two states, a loss of isotropic automata.
#ifndef NCA_BENCH_STATE_DIFFERENCE_HPP
#define NCA_BENCH_STATE_DIFFERENCE_HPP

#include <nca/train/rollout.hpp>

#include <cmath>
#include <cstddef>
#include <span>

namespace bench {

/// y = factor * sum of |a - b| over the cells of two states. The adjoint of a is factor * sign(a - b) g, that of b the
/// opposite.
template <class R>
struct AbsoluteDifference {
    using T = typename R::Value;
    static constexpr const char* name = "absolute difference";

    T factor;
    int stride;

    /// Calls visit(i, j) for every cell that either state stores: where it begins in their values; -1: not stored.
    template <class Visit>
    void for_each_cell(const nca::BasicVar<T>& a, const nca::BasicVar<T>& b, Visit&& visit) const {
        const auto cells_of = [](const nca::BasicVar<T>& state) -> const nca::StateCells& {
            return *static_cast<const nca::StateCells*>(state.tape().node(state.index()).saved);
        };
        const nca::StateCells& in_a = cells_of(a);
        const nca::StateCells& in_b = cells_of(b);
        for (int i = 0, j = 0; i < in_a.count || j < in_b.count;) {
            const bool from_a = i < in_a.count && (j == in_b.count || in_a.positions[i] <= in_b.positions[j]);
            const bool from_b = j < in_b.count && (i == in_a.count || in_b.positions[j] <= in_a.positions[i]);
            visit(from_a ? stride * i++ : -1, from_b ? stride * j++ : -1);
        }
    }

    static void pullback(const nca::Pullback<T>& at) {
        const auto& saved = at.template saved<AbsoluteDifference>();
        const T share = saved.factor * at.adjoint()[0];
        const std::span<T> to_a = at.input_adjoint(0);
        const std::span<T> to_b = at.input_adjoint(1);
        const T* const a = at.input(0).data();
        const T* const b = at.input(1).data();
        saved.for_each_cell(at.input_var(0), at.input_var(1), [&](int i, int j) {
            for (int c = 0; c < saved.stride; ++c) {
                const T difference = (i < 0 ? T(0) : a[i + c]) - (j < 0 ? T(0) : b[j + c]);
                const T g = difference > T(0) ? share : difference < T(0) ? -share : T(0);
                if (i >= 0 && !to_a.empty()) to_a[static_cast<std::size_t>(i + c)] += g;
                if (j >= 0 && !to_b.empty()) to_b[static_cast<std::size_t>(j + c)] -= g;
            }
        });
    }
};

/// The mean of |a - b| over all cells and channels.
template <class R>
[[nodiscard]] nca::BasicVar<typename R::Value> mean_difference(const nca::State<R>& a, const nca::State<R>& b) {
    using Op = AbsoluteDifference<R>;
    using T = typename R::Value;
    const int cells = a.context().field().cells();
    const Op op{static_cast<T>(1.0 / cells / a.channels()), nca::padded(a.channels())};
    const nca::BasicVar<T> y = a.var().tape().template record<Op, Op>(nca::Shape{}, {a.var(), b.var()}, op);
    const T* const from_a = a.var().value().data();
    const T* const from_b = b.var().value().data();
    double total = 0.0;
    op.for_each_cell(a.var(), b.var(), [&](int i, int j) {
        T sum = T(0);
        for (int c = 0; c < op.stride; ++c) {
            sum += std::abs((i < 0 ? T(0) : from_a[i + c]) - (j < 0 ? T(0) : from_b[j + c]));
        }
        total += static_cast<double>(sum);
    });
    y.value()[0] = op.factor * static_cast<T>(total);
    return y;
}

} // namespace bench

#endif // NCA_BENCH_STATE_DIFFERENCE_HPP

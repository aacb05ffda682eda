// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_LOSS_HPP
#define NCA_SYSTEMS_MNIST_LOSS_HPP

#include <nca/systems/mnist/presets.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

/// The two losses of Self-classifying MNIST on the tape, for the state of one digit.
namespace nca::mnist::inline NCA_ISA {

namespace isa_detail {

/// The loss of the votes v of one cell for a label, and d loss / d v.
template <class T>
struct CellLoss {
    /// 1/2 sum over k of (v_k - [k = label])^2; the derivative is v_k - [k = label].
    [[nodiscard]] static T l2(const T* votes, int label) noexcept {
        T sum = T(0);
        for (int k = 0; k < classes; ++k) {
            const T error = votes[k] - (k == label ? T(1) : T(0));
            sum += error * error;
        }
        return sum / T(2);
    }
    static void l2_pullback(const T* votes, int label, T g, T* adjoint) noexcept {
        for (int k = 0; k < classes; ++k) adjoint[k] += g * (votes[k] - (k == label ? T(1) : T(0)));
    }
    /// log of the sum of exp(v_k), minus v_label; the derivative is softmax(v)_k - [k = label].
    [[nodiscard]] static T cross_entropy(const T* votes, int label) noexcept {
        const T most = *std::max_element(votes, votes + classes);
        T sum = T(0);
        for (int k = 0; k < classes; ++k) sum += std::exp(votes[k] - most);
        return std::log(sum) + most - votes[label];
    }
    static void cross_entropy_pullback(const T* votes, int label, T g, T* adjoint) noexcept {
        const T most = *std::max_element(votes, votes + classes);
        T sum = T(0);
        for (int k = 0; k < classes; ++k) sum += std::exp(votes[k] - most);
        for (int k = 0; k < classes; ++k) {
            adjoint[k] += g * (std::exp(votes[k] - most) / sum - (k == label ? T(1) : T(0)));
        }
    }
};

/// The operation: input is a state, the result one number. Kept: the label. Dead cells have no adjoint.
template <class R>
struct DigitLoss {
    using T = typename R::Value;
    int label = 0;
    Loss kind = Loss::l2;
    T share = T(1); ///< factor of a cell's loss

    static constexpr const char* name = "digit loss";

    /// Calls visit(votes of a living cell, offset of these votes in the stored values).
    template <class Visit>
    static void for_each_living(std::span<const T> values, Visit&& visit) {
        constexpr auto stride = static_cast<std::size_t>(FieldOf<R>::stride);
        for (std::size_t at = 0; at < values.size(); at += stride) {
            if (values[at] > static_cast<T>(ink)) visit(values.data() + at + first_class, at + first_class);
        }
    }

    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<DigitLoss>();
        const T g = at.adjoint()[0] * saved.share;
        T* const adjoint = at.input_adjoint(0).data();
        for_each_living(at.input(0), [&](const T* votes, std::size_t offset) {
            if (saved.kind == Loss::l2) {
                CellLoss<T>::l2_pullback(votes, saved.label, g, adjoint + offset);
            } else {
                CellLoss<T>::cross_entropy_pullback(votes, saved.label, g, adjoint + offset);
            }
        });
    }
};

} // namespace isa_detail

/// The loss of a state whose digit is `label` (Loss says which), as the article defines it: L2 is summed over the
/// cells, cross-entropy averaged over all cells of the grid, of which each dead one adds log 10.
template <class R>
[[nodiscard]] BasicVar<typename R::Value> digit_loss(const State<R>& state, int label, Loss kind) {
    using T = typename R::Value;
    using Op = isa_detail::DigitLoss<R>;
    NCA_ASSERT(label >= 0 && label < classes, "nca::mnist::digit_loss: a label from 0 to 9");
    const Shape& shape = state.var().shape();
    int cells = 1;
    for (int d = 0; d < R::rank; ++d) cells *= shape[d];
    const T share = kind == Loss::l2 ? T(1) : T(1) / static_cast<T>(cells);
    const BasicVar<T> loss =
        state.var().tape().template record<Op, Op>(Shape{1}, {state.var()}, Op{label, kind, share});
    double sum = 0.0;
    int living = 0;
    Op::for_each_living(state.var().value(), [&](const T* votes, std::size_t /*offset*/) {
        sum += static_cast<double>(kind == Loss::l2 ? isa_detail::CellLoss<T>::l2(votes, label)
                                                    : isa_detail::CellLoss<T>::cross_entropy(votes, label));
        ++living;
    });
    if (kind == Loss::cross_entropy) sum += (cells - living) * std::log(10.0);
    loss.value()[0] = static_cast<T>(sum) * share;
    return loss;
}

} // namespace nca::mnist::inline NCA_ISA

#endif // NCA_SYSTEMS_MNIST_LOSS_HPP

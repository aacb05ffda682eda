// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TAPE_LOSSES_HPP
#define NCA_TAPE_LOSSES_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/tape/softmax.hpp>
#include <nca/tape/tape.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

/// Losses of classification and segmentation. Sums over elements are in double, in index order. In the comments, g is
/// the adjoint of the result y.
namespace nca::inline NCA_ABI {

/// Added to both sides of the ratio of soft_iou_loss() and dice_loss(): an empty prediction of an empty target is
/// right.
inline constexpr double overlap_epsilon = 1e-6;

namespace ops {

/// y = sum of w (log(sum of exp(z)) - z[target]) over the rows of z, divided by the sum of w.
/// adjoint(z) += w / (sum of w) (softmax(z) - [k = target]) g.
struct CrossEntropy {
    template <class T>
    struct Rows {
        std::span<const std::int32_t> targets;
        std::span<const T> weights; ///< empty: all 1
        double scale = 0.0;         ///< 1 / the sum of the weights; 0 if that is 0

        /// Calls visit(logits of the row, offset of these, target, weight) for each row whose weight is not 0.
        template <class Visit>
        void for_each(std::span<const T> logits, Visit&& visit) const {
            const std::size_t classes = targets.empty() ? 0 : logits.size() / targets.size();
            for (std::size_t row = 0; row < targets.size(); ++row) {
                const T weight = weights.empty() ? T(1) : weights[row];
                if (weight == T(0)) continue;
                const auto target = static_cast<std::size_t>(targets[row]);
                NCA_ASSERT(target < classes, "nca::cross_entropy: a class from 0 to the number of logits - 1");
                visit(logits.subspan(row * classes, classes), row * classes, target, static_cast<double>(weight));
            }
        }
    };
    static constexpr const char* name = "cross-entropy";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const auto& rows = at.template saved<Rows<T>>();
        const double g = static_cast<double>(at.adjoint()[0]) * rows.scale;
        const std::span<T> a = at.input_adjoint(0);
        rows.for_each(at.input(0), [&](std::span<const T> z, std::size_t offset, std::size_t target, double weight) {
            const detail::LogSumExp<T> all{z};
            const auto share = static_cast<T>(g * weight);
            for (std::size_t k = 0; k < z.size(); ++k) {
                a[offset + k] += share * (all.probability(z[k]) - (k == target ? T(1) : T(0)));
            }
        });
    }
};

/// y = 1 - n / d with n = I + epsilon and d = w (sum of p + sum of t) + (1 - 2 w) I + epsilon, where I = sum of p t.
/// adjoint(p) += (n (w + (1 - 2 w) t) - d t) / d^2 g.
struct Tversky {
    template <class T>
    struct Saved {
        const T* target;
        double weight;
        double numerator;
        double denominator;
    };
    static constexpr const char* name = "tversky";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<Saved<T>>();
        const double n = saved.numerator;
        const double d = saved.denominator;
        const double g = static_cast<double>(at.adjoint()[0]) / (d * d);
        const auto everywhere = static_cast<T>(g * n * saved.weight);
        const auto on_target = static_cast<T>(g * (n * (1.0 - 2.0 * saved.weight) - d));
        const std::span<T> a = at.input_adjoint(0);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] += everywhere + on_target * saved.target[k];
    }
};

} // namespace ops

namespace detail {

/// 1 - the Tversky index whose weights of false positives and false negatives are both `weight`.
template <class T>
[[nodiscard]] BasicVar<T> tversky_loss(const BasicVar<T>& prediction, std::span<const T> target, double weight) {
    NCA_ASSERT(prediction.value().size() == target.size(), "nca: the target has another size than the prediction");
    double both = 0.0;
    double total = 0.0;
    for (std::size_t k = 0; k < target.size(); ++k) {
        const auto p = static_cast<double>(prediction.value()[k]);
        const auto t = static_cast<double>(target[k]);
        both += p * t;
        total += p + t;
    }
    using Saved = ops::Tversky::Saved<T>;
    const Saved saved{target.data(), weight, both + overlap_epsilon,
                      weight * total + (1.0 - 2.0 * weight) * both + overlap_epsilon};
    const BasicVar<T> y = prediction.tape().template record<ops::Tversky, Saved>(Shape{}, {prediction}, saved);
    y.value()[0] = static_cast<T>(1.0 - saved.numerator / saved.denominator);
    return y;
}

} // namespace detail

/// The cross-entropy of logits [.., classes] with class indices [..], a scalar: the mean of -log
/// softmax(logits)[target] with one weight per element, or without weights. An element of weight 0 is ignored whatever
/// it holds; 0 if the weights add up to 0. `targets` and `weights` outlive the recording. Precondition: weights are not
/// negative.
template <class T>
[[nodiscard]] BasicVar<T> cross_entropy(const BasicVar<T>& logits, std::span<const std::int32_t> targets,
                                        std::type_identity_t<std::span<const T>> weights = {}) {
    NCA_ASSERT(targets.size() * static_cast<std::size_t>(logits.shape().last()) == logits.value().size(),
               "nca::cross_entropy: logits [.., classes] and one class index per element");
    NCA_ASSERT(weights.empty() || weights.size() == targets.size(), "nca::cross_entropy: one weight per element");
    using Rows = ops::CrossEntropy::Rows<T>;
    Rows rows{targets, weights};
    double total = 0.0;
    double total_weight = 0.0;
    rows.for_each(logits.value(), [&](std::span<const T> z, std::size_t /*offset*/, std::size_t target, double weight) {
        total += weight * static_cast<double>(detail::LogSumExp<T>{z}.negative_log_likelihood(z[target]));
        total_weight += weight;
    });
    if (total_weight != 0.0) rows.scale = 1.0 / total_weight;
    const BasicVar<T> y = logits.tape().template record<ops::CrossEntropy, Rows>(Shape{}, {logits}, rows);
    y.value()[0] = static_cast<T>(total * rows.scale);
    return y;
}
/// The soft IoU (Jaccard) loss of a prediction in [0, 1] and a target in [0, 1] of the same size, a scalar:
/// 1 - (sum of p t + e) / (sum of (p + t - p t) + e), with e = overlap_epsilon (Rahman and Wang 2016). `target`
/// outlives the recording.
template <class T>
[[nodiscard]] BasicVar<T> soft_iou_loss(const BasicVar<T>& prediction,
                                        std::type_identity_t<std::span<const T>> target) {
    return detail::tversky_loss<T>(prediction, target, 1.0);
}
/// The Dice loss of a prediction in [0, 1] and a target in [0, 1] of the same size, a scalar:
/// 1 - (2 sum of p t + 2 e) / (sum of (p + t) + 2 e), with e = overlap_epsilon (Sudre et al. 2017, arXiv:1707.03237).
/// `target` outlives the recording.
template <class T>
[[nodiscard]] BasicVar<T> dice_loss(const BasicVar<T>& prediction, std::type_identity_t<std::span<const T>> target) {
    return detail::tversky_loss<T>(prediction, target, 0.5);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TAPE_LOSSES_HPP

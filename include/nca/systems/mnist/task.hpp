// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_TASK_HPP
#define NCA_SYSTEMS_MNIST_TASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/hash.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/presets.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/tape/softmax.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout.hpp>
#include <nca/train/trainer.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nca::inline NCA_ABI::mnist::inline NCA_ISA {

namespace isa_detail {

/// The operation: input is a state, the result one number. Dead cells have no adjoint.
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
        constexpr auto stride = static_cast<std::size_t>(padded(R::channels));
        for (std::size_t at = 0; at < values.size(); at += stride) {
            if (values[at] > static_cast<T>(ink)) visit(values.data() + at + first_class, at + first_class);
        }
    }

    [[nodiscard]] T target(int k) const noexcept { return k == label ? T(1) : T(0); }
    [[nodiscard]] static nca::detail::LogSumExp<T> log_sum_exp(const T* votes) noexcept {
        return nca::detail::LogSumExp<T>{std::span<const T>{votes, static_cast<std::size_t>(classes)}};
    }
    /// Of the votes v of a cell: 1/2 sum over k of (v_k - [k = label])^2, or log of the sum of exp(v_k), minus v_label.
    [[nodiscard]] T of_cell(const T* votes) const noexcept {
        if (kind == Loss::cross_entropy) return log_sum_exp(votes).value() - votes[label];
        T sum = T(0);
        for (int k = 0; k < classes; ++k) {
            const T error = votes[k] - target(k);
            sum += error * error;
        }
        return sum / T(2);
    }
    /// The derivative is v_k - [k = label], or softmax(v)_k - [k = label].
    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<DigitLoss>();
        const T g = at.adjoint()[0] * saved.share;
        for_each_living(at.input(0), [&](const T* votes, std::size_t offset) {
            T* const adjoint = at.input_adjoint(0).data() + offset;
            if (saved.kind == Loss::l2) {
                for (int k = 0; k < classes; ++k) adjoint[k] += g * (votes[k] - saved.target(k));
                return;
            }
            const auto all = log_sum_exp(votes);
            for (int k = 0; k < classes; ++k) adjoint[k] += g * (all.probability(votes[k]) - saved.target(k));
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
    const Op op{label, kind, share};
    const BasicVar<T> loss = state.var().tape().template record<Op, Op>(Shape{1}, {state.var()}, Op{op});
    double sum = 0.0;
    int living = 0;
    Op::for_each_living(state.var().value(), [&](const T* votes, std::size_t /*offset*/) {
        sum += static_cast<double>(op.of_cell(votes));
        ++living;
    });
    if (kind == Loss::cross_entropy) sum += (cells - living) * std::log(10.0);
    loss.value()[0] = static_cast<T>(sum) * share;
    return loss;
}

/// Training one rule on a set of digits, as in the article's notebook.
///
/// The first quarter of a batch becomes fresh digits, and the last quarter either fresh digits too (persistent) or
/// another image under the cells as they are (mutating). Digits outlive the task.
template <class R = mnist::Rule<>>
class Task {
public:
    using Rule = R;
    using T = typename R::Value;
    static constexpr std::string_view name = "mnist";
    static constexpr std::uint32_t fire_stream = 3;
    static constexpr std::int32_t label_count = classes;

    /// Precondition: there are digits.
    Task(const Digits& digits, const Experiment& experiment) : digits_{&digits}, experiment_{experiment} {
        NCA_ASSERT(digits.count > 0, "nca::mnist: no digits to train on");
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] static constexpr Extents<image_side, image_side> extents() noexcept { return {}; }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {.batch = experiment_.batch,
                .pool_size = experiment_.scheme == Scheme::naive ? experiment_.batch : experiment_.pool_size,
                .mean_window = experiment_.mean_window,
                .learning_rate = experiment_.learning_rate()};
    }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(experiment_);
        pairs.emplace_back("images", fingerprint(std::span<const float>(digits_->grey)));
        pairs.emplace_back("labels", fingerprint(std::span<const std::uint8_t>(digits_->labels)));
        return pairs;
    }

    void fill(SamplePool<T>& pool, const Philox& random) const {
        const Philox own = random.split(pool_stream);
        for (int slot = 0; slot < pool.size(); ++slot) {
            put_fresh(pool[slot], pool.label(slot), own, static_cast<std::uint64_t>(slot));
        }
    }
    void begin(Batch<R>& batch, const Philox& random) const {
        const Philox fresh = random.split(fresh_stream);
        const int quarter = batch.size() / 4;
        for (int i = 0; i < batch.size(); ++i) {
            const bool last_quarter = i >= batch.size() - quarter;
            const auto index = static_cast<std::uint64_t>(i);
            if (experiment_.scheme == Scheme::naive || i < quarter ||
                (last_quarter && experiment_.scheme == Scheme::persistent)) {
                put_fresh(batch.state(i), batch.label(i), fresh, index);
            } else if (last_quarter) {
                change_image<R>(batch.state(i), geometry_, draw(batch.label(i), fresh, index));
            }
        }
        batch.steps = experiment_.steps;
        batch.options.fire_rate = experiment_.fire_rate;
        batch.options.noise = experiment_.noise;
    }
    void restart(Batch<R>& batch, int sample) const {
        put_fresh(batch.state(sample), batch.label(sample), batch.random.split(repair_stream),
                  static_cast<std::uint64_t>(sample));
    }
    [[nodiscard]] BasicVar<T> loss(Rollout<R>& rollout, int /*sample*/) const {
        return digit_loss(rollout.template run<keep_all>(experiment_.steps), rollout.label(), experiment_.loss);
    }

private:
    static constexpr std::uint32_t pool_stream = 3;
    static constexpr std::uint32_t fresh_stream = 2;
    static constexpr std::uint32_t repair_stream = 4;

    /// The image of a random digit, and its label.
    [[nodiscard]] std::span<const float> draw(std::int32_t& label, const Philox& random, std::uint64_t index) const {
        const int digit = digits_->draw(random, index);
        label = digits_->labels[static_cast<std::size_t>(digit)];
        return digits_->image(digit);
    }
    void put_fresh(SparseState<T>& state, std::int32_t& label, const Philox& random, std::uint64_t index) const {
        put_image<R>(state, geometry_, draw(label, random, index));
    }

    const Digits* digits_;
    Experiment experiment_;
    FieldOf<R> geometry_{extents().sizes()};
};

} // namespace nca::inline NCA_ABI::mnist::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_TASK_HPP

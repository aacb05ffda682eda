// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_BATCH_GRADIENT_HPP
#define NCA_TRAIN_BATCH_GRADIENT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/memory.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/rollout.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// The gradient of a batch's mean loss: samples run in parallel, and sums do not depend on the executor.
template <class R>
class BatchGradient {
public:
    using T = typename R::Value;

    /// Memory for a batch and so many parameters, padding included. Allocates; later iterations allocate only while the
    /// tapes still grow.
    NCA_COLD BatchGradient(int batch, const ExecutorRef& executor) requires(requires { R::block_size; })
        : BatchGradient{batch, R::block_size, executor} {}
    NCA_COLD BatchGradient(int batch, std::size_t parameters, const ExecutorRef& executor)
        : executor_{executor}, parts_(static_cast<std::size_t>(batch) * parameters), gradient_(parameters),
          losses_(static_cast<std::size_t>(batch)) {
        order_.reserve(losses_.size());
        for (int i = 0; i < std::min(batch, executor.concurrency()); ++i) give_back(std::make_unique<BasicTape<T>>());
    }

    /// The mean of the losses of record(tape, weights, sample), called by the executor's threads with an empty tape.
    template <class Record>
    double compute(R& rule, Record&& record) {
        return compute(rule, std::forward<Record>(record), [](int /*sample*/) { return 0; });
    }
    /// The same, the samples of the largest cost(sample) first: the last to start are then soon done, and threads wait
    /// little for one another.
    template <class Record, class Cost>
    double compute(R& rule, Record&& record, Cost&& cost) {
        run(rule, std::forward<Record>(record), std::forward<Cost>(cost), [](int /*sample*/) { return true; });
        return sum();
    }

    /// The first half of compute(), for the samples for which chosen(sample) is true.
    template <class Record, class Cost, class Chosen>
    void run(R& rule, Record&& record, Cost&& cost, Chosen&& chosen) {
        const auto batch = losses_.size();
        order_.clear();
        for (int sample = 0; sample < static_cast<int>(batch); ++sample) {
            if (chosen(sample)) order_.push_back(sample);
        }
        std::sort(order_.begin(), order_.end(), [&](int a, int b) {
            const auto first = cost(a);
            const auto second = cost(b);
            return first > second || (first == second && a < b);
        });
        executor_.run(static_cast<int>(order_.size()), [&](int turn) {
            const int sample = order_[static_cast<std::size_t>(turn)];
            std::unique_ptr<BasicTape<T>> taken = take_tape();
            BasicTape<T>& tape = *taken;
            tape.clear();
            const Weights<R> weights = parameters(tape, rule);
            const BasicVar<T> loss = record(tape, weights, sample);
            loss_of(sample) = static_cast<double>(loss.item());
            const T share = T(1) / static_cast<T>(batch);
            tape.backward_from(loss, {&share, 1});
            const std::span<const T> gradient = weights.gradient();
            std::copy(gradient.begin(), gradient.end(), gradient_of(sample).begin());
            give_back(std::move(taken));
        });
    }
    /// The second half: adds the gradients of all samples, in their order. Returns the mean of the losses.
    double sum() noexcept {
        std::fill(gradient_.begin(), gradient_.end(), T(0));
        double total = 0.0;
        for (int sample = 0; sample < static_cast<int>(losses_.size()); ++sample) {
            const std::span<const T> part = gradient_of(sample);
            for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_[i] += part[i];
            total += loss_of(sample);
        }
        return total / static_cast<double>(losses_.size());
    }
    /// The share of a sample in the gradient, and its loss.
    [[nodiscard]] std::span<T> gradient_of(int sample) noexcept {
        return {parts_.data() + static_cast<std::size_t>(sample) * gradient_.size(), gradient_.size()};
    }
    [[nodiscard]] double& loss_of(int sample) noexcept { return losses_[static_cast<std::size_t>(sample)]; }

    /// The gradient of the last call, laid out as `rule.parameters()`.
    [[nodiscard]] std::span<T> gradient() noexcept { return {gradient_.data(), gradient_.size()}; }
    /// The losses of the samples of the last call.
    [[nodiscard]] std::span<const double> losses() const noexcept { return losses_; }
    /// True if every number of the gradient is finite.
    [[nodiscard]] bool is_finite() const noexcept {
        return std::all_of(gradient_.begin(), gradient_.end(), [](T g) { return std::isfinite(g); });
    }
    /// True if every number of the gradient is zero.
    [[nodiscard]] bool is_zero() const noexcept {
        return std::all_of(gradient_.begin(), gradient_.end(), [](T g) { return g == T(0); });
    }

private:
    [[nodiscard]] NCA_NOINLINE std::unique_ptr<BasicTape<T>> take_tape() {
        const std::lock_guard lock{mutex_};
        // An executor may run more at a time than it said.
        if (tapes_.empty()) return std::make_unique<BasicTape<T>>();
        std::unique_ptr<BasicTape<T>> tape = std::move(tapes_.back());
        tapes_.pop_back();
        return tape;
    }
    NCA_NOINLINE void give_back(std::unique_ptr<BasicTape<T>> tape) {
        const std::lock_guard lock{mutex_};
        tapes_.push_back(std::move(tape));
    }

    ExecutorRef executor_;
    std::mutex mutex_{};
    std::vector<std::unique_ptr<BasicTape<T>>> tapes_{}; ///< that no sample uses
    AlignedArray<T> parts_;                              ///< [batch, block_size]: the gradients of the samples
    AlignedArray<T> gradient_;
    std::vector<double> losses_;
    std::vector<int> order_{}; ///< in which the samples run
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_BATCH_GRADIENT_HPP

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
#include <numeric>
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
          losses_(static_cast<std::size_t>(batch)), order_(static_cast<std::size_t>(batch)) {
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
        const int batch = static_cast<int>(losses_.size());
        std::iota(order_.begin(), order_.end(), 0);
        std::sort(order_.begin(), order_.end(), [&](int a, int b) {
            const auto first = cost(a);
            const auto second = cost(b);
            return first > second || (first == second && a < b);
        });
        executor_.run(batch, [&](int turn) {
            const int sample = order_[static_cast<std::size_t>(turn)];
            std::unique_ptr<BasicTape<T>> taken = take_tape();
            BasicTape<T>& tape = *taken;
            tape.clear();
            const Weights<R> weights = parameters(tape, rule);
            const BasicVar<T> loss = record(tape, weights, sample);
            losses_[static_cast<std::size_t>(sample)] = static_cast<double>(loss.item());
            const T share = T(1) / static_cast<T>(batch);
            tape.backward_from(loss, {&share, 1});
            const std::span<const T> gradient = weights.gradient();
            std::copy(gradient.begin(), gradient.end(), part(static_cast<std::size_t>(sample)));
            give_back(std::move(taken));
        });
        std::fill(gradient_.begin(), gradient_.end(), T(0));
        double total = 0.0;
        for (std::size_t sample = 0; sample < losses_.size(); ++sample) {
            for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_[i] += part(sample)[i];
            total += losses_[sample];
        }
        return total / batch;
    }

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
    /// The gradient of a sample.
    [[nodiscard]] T* part(std::size_t sample) noexcept { return parts_.data() + sample * gradient_.size(); }

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
    std::vector<int> order_; ///< in which the samples run
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_BATCH_GRADIENT_HPP

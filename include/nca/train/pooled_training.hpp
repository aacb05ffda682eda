// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_POOLED_TRAINING_HPP
#define NCA_TRAIN_POOLED_TRAINING_HPP

#include <nca/cell/sparse_state.hpp>
#include <nca/core/config.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/philox.hpp>
#include <nca/train/adam.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/running_mean.hpp>
#include <nca/train/sample_pool.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace nca::inline NCA_ISA {

/// What the trainers of all systems have in common: what trains and its running mean, the optimiser, the sample pool,
/// the seed and the count of iterations, and how an iteration ends. `Trained` is a rule, or what else has parameters.
/// See train/checkpoint.hpp, which writes and reads it.
template <class Trained>
class PooledTraining {
public:
    using T = typename Trained::Value;

    PooledTraining(const PooledTraining&) = delete;
    PooledTraining& operator=(const PooledTraining&) = delete;

    /// What trains.
    [[nodiscard]] Trained& rule() noexcept { return rule_; }
    [[nodiscard]] const Trained& rule() const noexcept { return rule_; }
    /// The running mean of its parameters. It takes no part in training; it is smoother than any single iterate.
    [[nodiscard]] Trained& averaged_rule() noexcept { return average_; }
    [[nodiscard]] const Trained& averaged_rule() const noexcept { return average_; }
    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
    /// Iterations done; set to resume.
    [[nodiscard]] std::int64_t iteration() const noexcept { return iteration_; }
    void set_iteration(std::int64_t iteration) noexcept { iteration_ = iteration; }
    /// The optimiser; written to resume.
    [[nodiscard]] Adam<T>& adam() noexcept { return adam_; }
    [[nodiscard]] const Adam<T>& adam() const noexcept { return adam_; }
    /// The sample pool; written to resume.
    [[nodiscard]] SamplePool<T>& pool() noexcept { return pool_; }
    [[nodiscard]] const SamplePool<T>& pool() const noexcept { return pool_; }

protected:
    /// A pool of empty states, and the memory of a batch. The executor outlives this object. Allocates.
    PooledTraining(std::uint64_t seed, int pool_size, int batch, const ExecutorRef& executor,
                   const AdamOptions& adam = {})
        : seed_{seed}, pool_{pool_size, {}}, adam_{Trained::block_size, adam}, batch_{batch, executor},
          results_(static_cast<std::size_t>(batch)) {
        NCA_ASSERT(batch > 0 && batch <= pool_size, "nca::PooledTraining: the batch fits into the pool");
    }
    ~PooledTraining() = default;

    /// The random numbers of what happens before the first iteration (1), and of the trainer's own purposes (3 and
    /// more).
    [[nodiscard]] Philox random_of(std::uint32_t stream) const noexcept { return Philox{seed_}.split(stream); }
    /// The random numbers of this iteration.
    [[nodiscard]] Philox iteration_random() const noexcept {
        return Philox{seed_}.split(iteration_stream, static_cast<std::uint32_t>(iteration_));
    }

    /// Steps Adam along the gradient of the batch, after normalise(gradient), and moves the running mean. False, and
    /// nothing changed, if the loss or the gradient is not finite.
    template <class Normalise>
    [[nodiscard]] bool update(double loss, double learning_rate, int mean_window, Normalise&& normalise) {
        if (!std::isfinite(loss) || !batch_.is_finite()) return false;
        normalise(batch_.gradient());
        adam_.step(rule_.parameters(), batch_.gradient(), learning_rate);
        update_running_mean(average_.parameters(), std::as_const(rule_).parameters(), iteration_, mean_window);
        return true;
    }
    /// Writes the last states of a batch back to its slots of the pool; after an iteration that was not finite calls
    /// replace(slot, sample) instead.
    template <class Replace>
    void write_back(const std::vector<int>& slots, bool finite, Replace&& replace) {
        for (std::size_t i = 0; i < slots.size(); ++i) {
            if (finite) {
                std::swap(pool_[slots[i]], results_[i]);
            } else {
                replace(slots[i], i);
            }
        }
    }

    static constexpr std::uint32_t initial_stream = 1;

    std::uint64_t seed_;
    SamplePool<T> pool_;
    Trained rule_{};
    Trained average_{};
    Adam<T> adam_;
    BatchGradient<Trained> batch_;
    std::vector<SparseState<T>> results_; ///< the last states of a batch
    std::int64_t iteration_ = 0;

private:
    static constexpr std::uint32_t iteration_stream = 2;
};

} // namespace nca::inline NCA_ISA

#endif // NCA_TRAIN_POOLED_TRAINING_HPP

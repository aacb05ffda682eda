// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_TRAINER_HPP
#define NCA_SYSTEMS_MNIST_TRAINER_HPP

#include <nca/core/executor.hpp>
#include <nca/optim/adam.hpp>
#include <nca/optim/gradient.hpp>
#include <nca/optim/running_mean.hpp>
#include <nca/systems/mnist.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/loss.hpp>
#include <nca/systems/mnist/samples.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/sample_pool.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nca::mnist::inline NCA_ISA {

/// The learning rate, in shares of the run: 1e-3 for 30% of the iterations, 1e-4 up to 70%, then the experiment's last
/// rate.
[[nodiscard]] constexpr double learning_rate(std::int64_t iteration, const Experiment& experiment) noexcept {
    if (10 * iteration < 3 * experiment.iterations) return 1e-3;
    return 10 * iteration < 7 * experiment.iterations ? 1e-4 : experiment.last_learning_rate;
}

/// The training of one rule on a set of digits, as in the article's notebook.
///
/// One iteration: draw a batch from the pool; put fresh digits into its first quarter, and into its last quarter either
/// fresh digits too (persistent) or other pictures on top of what the cells hold (mutating); run the steps, take the
/// loss, normalise the gradient of each variable, step Adam, write the states back. Everything random is a function of
/// the seed and the iteration, so the result does not depend on the executor, and a resumed run equals an uninterrupted
/// one bit for bit.
template <class R = mnist::Rule<>>
class Trainer {
public:
    using T = typename R::Value;

    /// What one iteration did.
    struct Report {
        std::int64_t iteration = 0; ///< counted from 0
        double loss = 0.0;          ///< mean over the batch
        double seconds = 0.0;       ///< wall time of the iteration
        bool finite = true;         ///< false: the loss or gradient overflowed; the rule is unchanged, the batch fresh
    };

    /// A trainer whose rule is initialised and whose pool holds fresh digits. Digits and executor outlive it. Allocates
    /// the memory of training. Precondition: there are digits; the batch fits into the pool.
    Trainer(const Digits& digits, const Experiment& experiment, std::uint64_t seed, ExecutorRef executor)
        : digits_{&digits}, experiment_{experiment}, seed_{seed}, pool_{experiment.scheme == Scheme::naive
                                                                            ? experiment.batch
                                                                            : experiment.pool_size,
                                                                        {}},
          labels_(static_cast<std::size_t>(pool_.size())), adam_{R::block_size}, batch_{experiment.batch, executor},
          results_(static_cast<std::size_t>(experiment.batch)) {
        NCA_ASSERT(digits.count > 0, "nca::mnist: no digits to train on");
        NCA_ASSERT(experiment.batch > 0 && experiment.batch <= pool_.size(), "nca::mnist: batch and pool size");
        rule_.initialise(Philox{seed}.split(initial_stream));
        average_ = rule_;
        const Philox random = Philox{seed}.split(pool_stream);
        for (int slot = 0; slot < pool_.size(); ++slot) put_fresh(slot, random, static_cast<std::uint64_t>(slot));
    }

    [[nodiscard]] R& rule() noexcept { return rule_; }
    [[nodiscard]] const R& rule() const noexcept { return rule_; }
    /// The running mean of the rule's parameters over the experiment's window. It takes no part in training.
    [[nodiscard]] R& averaged_rule() noexcept { return average_; }
    [[nodiscard]] const R& averaged_rule() const noexcept { return average_; }
    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const Digits& digits() const noexcept { return *digits_; }
    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
    /// The extents of the training grid.
    [[nodiscard]] static typename FieldOf<R>::Sizes sizes() noexcept { return {picture_side, picture_side}; }
    /// Iterations done; set to resume.
    [[nodiscard]] std::int64_t iteration() const noexcept { return iteration_; }
    void set_iteration(std::int64_t iteration) noexcept { iteration_ = iteration; }
    /// The optimiser, the pool and the labels of its states; written to resume.
    [[nodiscard]] Adam<T>& adam() noexcept { return adam_; }
    [[nodiscard]] const Adam<T>& adam() const noexcept { return adam_; }
    [[nodiscard]] SamplePool<T>& pool() noexcept { return pool_; }
    [[nodiscard]] const SamplePool<T>& pool() const noexcept { return pool_; }
    [[nodiscard]] std::vector<std::int32_t>& labels() noexcept { return labels_; }
    [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return labels_; }

    /// One training iteration.
    Report step() {
        const auto start = std::chrono::steady_clock::now();
        const Philox random = Philox{seed_}.split(iteration_stream, static_cast<std::uint32_t>(iteration_));
        const std::vector<int> slots = prepare_batch(random);
        StepOptions<R> options;
        options.fire_rate = experiment_.fire_rate;
        options.noise = experiment_.noise;
        const double loss = batch_.compute(rule_, [&](BasicTape<T>& tape, const Weights<R>& weights, int sample) {
            const auto index = static_cast<std::size_t>(sample);
            const State<R> first = constant_state<R>(tape, sizes(), pool_[slots[index]]);
            const State<R> last = rollout<keep_all>(weights, first, experiment_.steps,
                                          random.split(fire_stream, static_cast<std::uint32_t>(sample)), 0, options);
            last.save(results_[index]);
            return digit_loss(last, labels_[static_cast<std::size_t>(slots[index])], experiment_.loss);
        });
        const bool finite = std::isfinite(loss) && batch_.is_finite();
        if (finite) {
            normalise_variables<R>(batch_.gradient());
            adam_.step(rule_.parameters(), batch_.gradient(), learning_rate(iteration_, experiment_));
            update_running_mean(average_.parameters(), std::as_const(rule_).parameters(), iteration_,
                                experiment_.mean_window);
        }
        for (std::size_t i = 0; i < slots.size(); ++i) {
            if (finite) {
                std::swap(pool_[slots[i]], results_[i]);
            } else {
                put_fresh(slots[i], random.split(repair_stream), i);
            }
        }
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        return {iteration_++, loss, elapsed.count(), finite};
    }

private:
    static constexpr std::uint32_t initial_stream = 1;
    static constexpr std::uint32_t iteration_stream = 2;
    static constexpr std::uint32_t pool_stream = 3;
    static constexpr std::uint32_t draw_stream = 1;
    static constexpr std::uint32_t fresh_stream = 2;
    static constexpr std::uint32_t fire_stream = 3;
    static constexpr std::uint32_t repair_stream = 4;

    /// Draws the slots of a batch and changes the first and the last quarter of them.
    [[nodiscard]] std::vector<int> prepare_batch(const Philox& random) {
        const std::vector<int> slots = pool_.draw(experiment_.batch, random.split(draw_stream));
        const Philox fresh = random.split(fresh_stream);
        const std::size_t quarter = slots.size() / 4;
        for (std::size_t i = 0; i < slots.size(); ++i) {
            const bool last_quarter = i >= slots.size() - quarter;
            if (experiment_.scheme == Scheme::naive || i < quarter ||
                (last_quarter && experiment_.scheme == Scheme::persistent)) {
                put_fresh(slots[i], fresh, i);
            } else if (last_quarter) {
                mutate(slots[i], fresh, i);
            }
        }
        return slots;
    }

    /// Draws another digit; its cells hold nothing yet (put_fresh) or keep what they hold (mutate).
    void put_fresh(int slot, const Philox& random, std::uint64_t index) {
        put_picture<R>(pool_[slot], geometry_, digits_->picture(draw_digit(slot, random, index)));
    }
    void mutate(int slot, const Philox& random, std::uint64_t index) {
        change_picture<R>(pool_[slot], geometry_, digits_->picture(draw_digit(slot, random, index)));
    }
    [[nodiscard]] int draw_digit(int slot, const Philox& random, std::uint64_t index) {
        const auto digit = static_cast<int>(random.below(index, static_cast<std::uint32_t>(digits_->count)));
        labels_[static_cast<std::size_t>(slot)] = digits_->labels[static_cast<std::size_t>(digit)];
        return digit;
    }

    const Digits* digits_;
    Experiment experiment_;
    std::uint64_t seed_;
    FieldOf<R> geometry_{sizes()};
    SamplePool<T> pool_;
    std::vector<std::int32_t> labels_;
    R rule_{};
    R average_{};
    Adam<T> adam_;
    BatchGradient<R> batch_;
    std::vector<SparseState<T>> results_;
    std::int64_t iteration_ = 0;
};

} // namespace nca::mnist::inline NCA_ISA

#endif // NCA_SYSTEMS_MNIST_TRAINER_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_TRAINER_HPP
#define NCA_SYSTEMS_MNIST_TRAINER_HPP

#include <nca/core/executor.hpp>
#include <nca/systems/mnist.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/loss.hpp>
#include <nca/systems/mnist/samples.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/pooled_training.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
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
class Trainer : public PooledTraining<R> {
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
        : PooledTraining<R>{seed, experiment.scheme == Scheme::naive ? experiment.batch : experiment.pool_size,
                            experiment.batch, executor},
          digits_{&digits}, experiment_{experiment}, labels_(static_cast<std::size_t>(pool_.size())) {
        NCA_ASSERT(digits.count > 0, "nca::mnist: no digits to train on");
        rule_.initialise(random_of(initial_stream));
        average_ = rule_;
        const Philox random = random_of(pool_stream);
        for (int slot = 0; slot < pool_.size(); ++slot) put_fresh(slot, random, static_cast<std::uint64_t>(slot));
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const Digits& digits() const noexcept { return *digits_; }
    /// The extents of the training grid.
    [[nodiscard]] static typename FieldOf<R>::Sizes sizes() noexcept { return {picture_side, picture_side}; }
    /// The labels of the states of the pool; written to resume.
    [[nodiscard]] std::vector<std::int32_t>& labels() noexcept { return labels_; }
    [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return labels_; }

    /// One training iteration.
    Report step() {
        const auto start = std::chrono::steady_clock::now();
        const Philox random = iteration_random();
        const std::vector<int> slots = prepare_batch(random);
        StepOptions<R> options;
        options.fire_rate = experiment_.fire_rate;
        options.noise = experiment_.noise;
        const double loss = batch_.compute(rule_, [&](BasicTape<T>& tape, const Weights<R>& weights, int sample) {
            const auto index = static_cast<std::size_t>(sample);
            const State<R> first = constant_state<R>(tape, sizes(), pool_[slots[index]]);
            const State<R> last =
                rollout<keep_all>(weights, first, experiment_.steps,
                                  random.split(fire_stream, static_cast<std::uint32_t>(sample)), 0, options);
            last.save(results_[index]);
            return digit_loss(last, labels_[static_cast<std::size_t>(slots[index])], experiment_.loss);
        });
        const bool finite =
            update(loss, learning_rate(iteration_, experiment_), experiment_.mean_window, normalise_variables<R>);
        write_back(slots, finite,
                   [&](int slot, std::size_t sample) { put_fresh(slot, random.split(repair_stream), sample); });
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        return {iteration_++, loss, elapsed.count(), finite};
    }

private:
    using Base = PooledTraining<R>;
    using Base::average_;
    using Base::batch_;
    using Base::initial_stream;
    using Base::iteration_;
    using Base::iteration_random;
    using Base::pool_;
    using Base::random_of;
    using Base::results_;
    using Base::rule_;
    using Base::update;
    using Base::write_back;

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
    FieldOf<R> geometry_{sizes()};
    std::vector<std::int32_t> labels_;
};

} // namespace nca::mnist::inline NCA_ISA

#endif // NCA_SYSTEMS_MNIST_TRAINER_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_BATCH_HPP
#define NCA_TRAIN_BATCH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/rule.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/philox.hpp>
#include <nca/train/rollout.hpp>
#include <nca/train/sample_pool.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::inline NCA_ABI {

/// One training iteration before its samples are run: what a task's begin() may read and change.
template <class R>
struct Batch {
    using T = typename R::Value;

    SamplePool<T>& pool;
    std::vector<int> slots; ///< the slot of the pool that each sample starts from and is written back to
    Philox random;          ///< of the iteration; its streams 1 and 4 are taken (draw of the slots, fire masks)
    std::int64_t iteration; ///< counted from 0, and again from 0 where training starts anew
    ExecutorRef executor;
    ArchitectureOf<R> architecture{}; ///< of the rule
    StepOptions<R> options{};         ///< of the steps of the rollouts
    int steps = 0;                    ///< of the rollouts, for tasks that draw them

    [[nodiscard]] int size() const noexcept { return static_cast<int>(slots.size()); }
    /// The state that a sample starts from.
    [[nodiscard]] SparseState<T>& state(int sample) noexcept { return pool[slots[static_cast<std::size_t>(sample)]]; }
    /// The label of that state.
    [[nodiscard]] std::int32_t& label(int sample) noexcept {
        return pool.label(slots[static_cast<std::size_t>(sample)]);
    }
    /// Draws `steps` uniformly from [min, max), from a stream of the iteration's random numbers.
    void draw_steps(int min, int max, std::uint32_t stream) noexcept {
        NCA_ASSERT(0 < min && min < max, "nca::Batch: an interval of steps");
        steps = min + static_cast<int>(random.split(stream).below(0, static_cast<std::uint32_t>(max - min)));
    }
    /// Shortens `steps` over the first iterations of a training: to a tenth in the first one, from which they grow
    /// geometrically to what they were in iteration `until`.
    void shorten_steps(std::int64_t until) noexcept {
        if (iteration >= until) return;
        const double left = 1.0 - static_cast<double>(iteration) / static_cast<double>(until);
        steps = std::max(1, static_cast<int>(std::pow(0.1, left) * steps));
    }
};

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// One sample of a batch on its tape: what a task's loss() runs and reads. `Trained` is what trains, mostly the rule.
template <class R, class Trained = R>
class Rollout {
public:
    using T = typename R::Value;

    /// Starts from the sample's state in the pool.
    Rollout(BasicTape<T>& tape, const Weights<Trained>& weights, Batch<R>& batch,
            const typename FieldOf<R>::Sizes& sizes, int sample, const Philox& random)
        : weights_{weights}, batch_{&batch}, sample_{sample}, random_{random}, state_{constant_state<R>(
                                                                                   tape, batch.architecture, sizes,
                                                                                   batch.state(sample))} {}

    [[nodiscard]] BasicTape<T>& tape() const noexcept { return state_.var().tape(); }
    [[nodiscard]] const Weights<Trained>& weights() const noexcept { return weights_; }
    [[nodiscard]] const Batch<R>& batch() const noexcept { return *batch_; }
    [[nodiscard]] int sample() const noexcept { return sample_; }
    [[nodiscard]] std::int32_t label() const noexcept { return batch_->label(sample_); }
    /// The random numbers of the sample's fire masks and noise.
    [[nodiscard]] const Philox& random() const noexcept { return random_; }
    /// Steps done: the index of the next step's random numbers.
    [[nodiscard]] int steps() const noexcept { return steps_; }
    /// The state now. What it is after loss() goes back to the pool.
    [[nodiscard]] const State<R>& state() const noexcept { return state_; }

    /// Runs `count` steps of the rule that trains; see nca::rollout() for `Keep`, nca::step() for `inputs`.
    template <class Keep = keep_states>
    const State<R>& run(int count, const BasicVar<T>* inputs = nullptr) {
        static_assert(std::is_same_v<Trained, R>, "nca::Rollout::run: what trains is not the rule; use advance()");
        return advance(nca::rollout<Keep>(weights_, state_, count, random_, static_cast<std::uint64_t>(steps_),
                                          batch_->options, inputs),
                       count);
    }
    /// Continues from a state that was made from state() by other means, in `count` steps.
    const State<R>& advance(const State<R>& state, int count) {
        state_ = state;
        steps_ += count;
        return state_;
    }

private:
    Weights<Trained> weights_;
    Batch<R>* batch_;
    int sample_;
    Philox random_;
    int steps_ = 0;
    State<R> state_;
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_BATCH_HPP

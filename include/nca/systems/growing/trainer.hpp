// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_TRAINER_HPP
#define NCA_SYSTEMS_GROWING_TRAINER_HPP

#include <nca/core/executor.hpp>
#include <nca/core/grid.hpp>
#include <nca/systems/growing.hpp>
#include <nca/systems/growing/samples.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/pooled_training.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace nca::growing::inline NCA_ISA {

/// The training of one rule towards one target picture, as in the article's notebook.
///
/// One iteration: draw a batch from the pool, order it by falling loss, replace the worst by the seed, damage the best
/// (regenerating), run a random number of steps, take the mean squared error of red, green, blue and alpha, normalise
/// the gradient of each variable, step Adam, write the states back. Everything random is a function of the seed and the
/// iteration, so the result does not depend on the executor, and a resumed run equals an uninterrupted one bit for bit.
template <class R = growing::Rule<>>
class Trainer : public PooledTraining<R> {
public:
    using T = typename R::Value;
    using Target = Grid<T, 4, Dynamic, Dynamic>;

    /// What one iteration did.
    struct Report {
        std::int64_t iteration = 0; ///< counted from 0
        double loss = 0.0;          ///< mean over the batch
        int steps = 0;              ///< length of the rollout
        double seconds = 0.0;       ///< wall time of the iteration
        bool finite = true; ///< false: the loss or gradient overflowed; the rule is unchanged, the batch reseeded
    };

    /// A trainer whose rule is initialised. target: premultiplied RGBA on the whole training grid, padding included.
    /// The executor outlives the trainer. Allocates the memory of training.
    Trainer(const Target& target, const Experiment& experiment, std::uint64_t seed, ExecutorRef executor)
        : PooledTraining<R>{seed, experiment.sample_pool ? experiment.pool_size : experiment.batch, experiment.batch,
                            executor},
          target_{target}, experiment_{experiment}, seed_state_{seed_state<R>(target.extents().sizes())} {
        NCA_ASSERT(experiment.damaged < experiment.batch, "nca::growing: the seed and the damaged fit into a batch");
        NCA_ASSERT(0 < experiment.min_steps && experiment.min_steps < experiment.max_steps,
                   "nca::growing: an interval of steps");
        rule_.initialise(random_of(initial_stream));
        average_ = rule_;
        for (int slot = 0; slot < pool_.size(); ++slot) pool_[slot] = seed_state_;
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    /// The extents of the training grid.
    [[nodiscard]] const typename FieldOf<R>::Sizes& sizes() const noexcept { return target_.extents().sizes(); }

    /// One training iteration.
    Report step() {
        const auto start = std::chrono::steady_clock::now();
        const Philox random = iteration_random();
        std::vector<int> slots(static_cast<std::size_t>(experiment_.batch));
        std::iota(slots.begin(), slots.end(), 0);
        if (experiment_.sample_pool) {
            slots = pool_.draw(experiment_.batch, random.split(draw_stream));
            sort_by_falling_loss(slots, [this](int slot) { return loss_of(pool_[slot]); });
            for (int i = 0; i < experiment_.damaged; ++i) {
                cut_disc<R>(pool_[slots[slots.size() - 1 - static_cast<std::size_t>(i)]], sizes(),
                            random.split(damage_stream), i);
            }
        }
        pool_[slots[0]] = seed_state_;

        const int steps = draw_steps(random.split(steps_stream));
        StepOptions<R> options;
        options.fire_rate = experiment_.fire_rate;
        const double loss = batch_.compute(rule_, [&](BasicTape<T>& tape, const Weights<R>& weights, int sample) {
            const auto index = static_cast<std::size_t>(sample);
            const State<R> first = constant_state<R>(tape, target_.extents().sizes(), pool_[slots[index]]);
            const State<R> last = rollout(weights, first, steps,
                                          random.split(fire_stream, static_cast<std::uint32_t>(sample)), 0, options);
            last.save(results_[index]);
            const Shape shape{target_.extents()[0], target_.extents()[1], 4};
            return mean(square(rgba(last) - tape.constant(shape, target_.values())));
        });
        const bool finite = update(loss, experiment_.learning_rate(iteration_), mean_window, normalise_variables<R>);
        // Without the sample pool there is a slot per sample, which holds the seed for ever.
        if (experiment_.sample_pool) {
            write_back(slots, finite, [this](int slot, std::size_t /*sample*/) { pool_[slot] = seed_state_; });
        }
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        return {iteration_++, loss, steps, elapsed.count(), finite};
    }

    /// The mean squared error of a state's colour over all cells and the four channels.
    [[nodiscard]] double loss_of(const SparseState<T>& state) const { return loss_(state); }

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

    /// About the number of iterations over which parameters are averaged. Creatures of the mean are closer to the
    /// target by a fifth to a third (measured).
    static constexpr int mean_window = 200;
    static constexpr std::uint32_t draw_stream = 1;
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t damage_stream = 3;
    static constexpr std::uint32_t fire_stream = 4;

    [[nodiscard]] int draw_steps(const Philox& random) const noexcept {
        const int range = experiment_.max_steps - experiment_.min_steps;
        const int steps = experiment_.min_steps + static_cast<int>(random.below(0, static_cast<std::uint32_t>(range)));
        if (iteration_ >= experiment_.warm_up) return steps;
        const double share = 0.1 + 0.9 * static_cast<double>(iteration_) / static_cast<double>(experiment_.warm_up);
        return std::max(1, static_cast<int>(share * steps));
    }

    Target target_;
    Experiment experiment_;
    ColourLoss<R> loss_{target_};
    SparseState<T> seed_state_;
};

} // namespace nca::growing::inline NCA_ISA

#endif // NCA_SYSTEMS_GROWING_TRAINER_HPP

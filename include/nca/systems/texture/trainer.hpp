// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_TRAINER_HPP
#define NCA_SYSTEMS_TEXTURE_TRAINER_HPP

#include <nca/autodiff/ops.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/grid.hpp>
#include <nca/loss/overflow.hpp>
#include <nca/optim/adam.hpp>
#include <nca/optim/gradient.hpp>
#include <nca/optim/running_mean.hpp>
#include <nca/systems/texture.hpp>
#include <nca/systems/texture/picture_loss.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/sample_pool.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::texture::inline NCA_ISA {

/// The training of one rule towards a texture, as in the article's notebooks.
///
/// One iteration: draw a batch from the pool; now and then put the seed into its first place; run a random number of
/// steps; take the loss of the pictures that the last states show, and how far these states lie outside [-1, 1];
/// normalise the gradient of each variable, step Adam, write the states back. Everything random is a function of the
/// seed and the iteration, so the result does not depend on the executor, and a resumed run equals an uninterrupted one
/// bit for bit.
template <class R = PyTorchRule<>>
class Trainer {
public:
    static_assert(std::is_same_v<typename R::Value, float>, "nca::texture::Trainer: losses of pictures are in float");
    using Value = float;

    /// What one iteration did.
    struct Report {
        std::int64_t iteration = 0; ///< counted from 0
        double loss = 0.0;          ///< mean over the batch, overflow included
        int steps = 0;              ///< length of the rollout
        double seconds = 0.0;       ///< wall time of the iteration
        bool finite = true; ///< false: the loss or gradient overflowed; the rule is unchanged, the batch reseeded
    };

    /// A trainer whose rule is initialised and whose pool holds seeds. The loss, which is for pictures of
    /// experiment.side, and the executor outlive it. Allocates the memory of training; a pool of 256 states of 128 x
    /// 128 cells grows to 280 MB while it fills.
    Trainer(PictureLoss& loss, const Experiment& experiment, std::uint64_t seed, ExecutorRef executor)
        : loss_{&loss}, experiment_{experiment}, seed_{seed}, executor_{executor}, pool_{experiment.pool_size, {}},
          adam_{R::block_size, {.epsilon = experiment.epsilon}}, batch_{experiment.batch, executor},
          results_(static_cast<std::size_t>(experiment.batch)) {
        NCA_ASSERT(experiment.batch > 0 && experiment.batch <= pool_.size(), "nca::texture: batch and pool size");
        NCA_ASSERT(0 < experiment.min_steps && experiment.min_steps < experiment.max_steps,
                   "nca::texture: an interval of steps");
        NCA_ASSERT(loss.height() == experiment.side && loss.width() == experiment.side,
                   "nca::texture: the loss is for pictures of another size than the grid");
        initialise(rule_, experiment.start, Philox{seed}.split(initial_stream));
        average_ = rule_;
        const Philox random = Philox{seed}.split(pool_stream);
        for (int slot = 0; slot < pool_.size(); ++slot) plant(slot, random, static_cast<std::uint32_t>(slot));
    }

    [[nodiscard]] R& rule() noexcept { return rule_; }
    [[nodiscard]] const R& rule() const noexcept { return rule_; }
    /// The running mean of the rule's parameters over the experiment's window. It takes no part in training.
    [[nodiscard]] R& averaged_rule() noexcept { return average_; }
    [[nodiscard]] const R& averaged_rule() const noexcept { return average_; }
    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const PictureLoss& loss() const noexcept { return *loss_; }
    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
    /// The extents of the training grid.
    [[nodiscard]] typename FieldOf<R>::Sizes sizes() const noexcept { return {experiment_.side, experiment_.side}; }
    /// Iterations done; set to resume.
    [[nodiscard]] std::int64_t iteration() const noexcept { return iteration_; }
    void set_iteration(std::int64_t iteration) noexcept { iteration_ = iteration; }
    /// The optimiser and the pool; written to resume.
    [[nodiscard]] Adam<float>& adam() noexcept { return adam_; }
    [[nodiscard]] const Adam<float>& adam() const noexcept { return adam_; }
    [[nodiscard]] SamplePool<float>& pool() noexcept { return pool_; }
    [[nodiscard]] const SamplePool<float>& pool() const noexcept { return pool_; }

    /// One training iteration.
    Report step() {
        const auto start = std::chrono::steady_clock::now();
        const Philox random = Philox{seed_}.split(iteration_stream, static_cast<std::uint32_t>(iteration_));
        const std::vector<int> slots = pool_.draw(experiment_.batch, random.split(draw_stream));
        if (iteration_ % experiment_.reseed_every == 0) plant(slots[0], random.split(seed_stream), 0);
        const auto range = static_cast<std::uint32_t>(experiment_.max_steps - experiment_.min_steps);
        const int steps = experiment_.min_steps + static_cast<int>(random.split(steps_stream).below(0, range));
        loss_->draw(random.split(loss_stream), executor_);
        StepOptions<R> options;
        options.fire_rate = experiment_.fire_rate;
        options.eight_bit = experiment_.eight_bit;
        if (experiment_.eight_bit) round_parameters(std::as_const(rule_), rounded_);
        R& trained = experiment_.eight_bit ? rounded_ : rule_;
        const double loss = batch_.compute(trained, [&](Tape& tape, const Weights<R>& weights, int sample) {
            const auto index = static_cast<std::size_t>(sample);
            const State<R> first = constant_state<R>(tape, sizes(), pool_[slots[index]]);
            const Philox fire = random.split(fire_stream, static_cast<std::uint32_t>(sample));
            const State<R> last =
                experiment_.checkpointing
                    ? rollout<keep_every<checkpoint_distance>>(weights, first, steps, fire, 0, options)
                    : rollout(weights, first, steps, fire, 0, options);
            last.save(results_[index]);
            const Var style = picture_loss(last, *loss_);
            if (experiment_.overflow == 0.0) return style;
            const Var excess =
                experiment_.squared_overflow ? squared_overflow(last.var(), -1.0F, 1.0F) : overflow(last.var());
            return style + static_cast<float>(experiment_.overflow) * excess;
        });
        const bool finite = std::isfinite(loss) && batch_.is_finite();
        if (finite) {
            normalise(batch_.gradient());
            adam_.step(rule_.parameters(), batch_.gradient(), experiment_.learning_rate(iteration_));
            update_running_mean(average_.parameters(), std::as_const(rule_).parameters(), iteration_,
                                experiment_.mean_window);
        }
        for (std::size_t i = 0; i < slots.size(); ++i) {
            if (finite) {
                std::swap(pool_[slots[i]], results_[i]);
            } else {
                plant(slots[i], random.split(seed_stream), static_cast<std::uint32_t>(i));
            }
        }
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        return {iteration_++, loss, steps, elapsed.count(), finite};
    }

private:
    /// About the root of the number of steps, which keeps the fewest states.
    static constexpr int checkpoint_distance = 8;
    static constexpr std::uint32_t initial_stream = 1;
    static constexpr std::uint32_t iteration_stream = 2;
    static constexpr std::uint32_t pool_stream = 3;
    static constexpr std::uint32_t draw_stream = 1;
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t seed_stream = 3;
    static constexpr std::uint32_t fire_stream = 4;
    static constexpr std::uint32_t loss_stream = 5;

    /// Makes a state of the pool the seed: zeros, which take no memory, or noise, where parameters start from noise.
    void plant(int slot, const Philox& random, std::uint32_t name) {
        SparseState<float>& state = pool_[slot];
        state.positions.clear();
        state.values.clear();
        if (experiment_.start != Start::small_normal) return;
        Grid<float, R::channels, Dynamic, Dynamic> noise{Extents<Dynamic, Dynamic>{sizes()}};
        plant_noise(noise.values(), random.split(name));
        FieldOf<R> field{sizes()};
        field.load(noise.values().data());
        save_cells(field, state);
    }

    void normalise(std::span<float> gradient) const noexcept {
        if (!experiment_.output_bias) {
            constexpr const LayerLayout& last = R::layers.back();
            std::fill_n(gradient.begin() + static_cast<std::ptrdiff_t>(last.bias), last.stride(), 0.0F);
        }
        experiment_.joint_bias ? normalise_layers<R>(gradient) : normalise_variables<R>(gradient);
    }

    PictureLoss* loss_;
    Experiment experiment_;
    std::uint64_t seed_;
    ExecutorRef executor_;
    SamplePool<float> pool_;
    R rule_{};
    R average_{};
    R rounded_{};
    Adam<float> adam_;
    BatchGradient<R> batch_;
    std::vector<SparseState<float>> results_;
    std::int64_t iteration_ = 0;
};

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_TRAINER_HPP

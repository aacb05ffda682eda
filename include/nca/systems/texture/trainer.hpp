// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_TRAINER_HPP
#define NCA_SYSTEMS_TEXTURE_TRAINER_HPP

#include <nca/core/executor.hpp>
#include <nca/core/grid.hpp>
#include <nca/systems/texture.hpp>
#include <nca/systems/texture/image_loss.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/normalised_gradient.hpp>
#include <nca/train/overflow.hpp>
#include <nca/train/pooled_training.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
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
class Trainer : public PooledTraining<R> {
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
    /// 128 cells grows to 220 MB while it fills.
    Trainer(ImageLoss& loss, const Experiment& experiment, std::uint64_t seed, ExecutorRef executor)
        : PooledTraining<R>{seed, experiment.pool_size, experiment.batch, executor, {.epsilon = experiment.epsilon}},
          loss_{&loss}, experiment_{experiment}, executor_{executor} {
        NCA_ASSERT(0 < experiment.min_steps && experiment.min_steps < experiment.max_steps,
                   "nca::texture: an interval of steps");
        NCA_ASSERT(loss.height() == experiment.side && loss.width() == experiment.side,
                   "nca::texture: the loss is for pictures of another size than the grid");
        initialise(rule_, experiment.start, random_of(initial_stream));
        average_ = rule_;
        const Philox random = random_of(pool_stream);
        for (int slot = 0; slot < pool_.size(); ++slot) plant(slot, random, static_cast<std::uint32_t>(slot));
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const ImageLoss& loss() const noexcept { return *loss_; }
    /// The extents of the training grid.
    [[nodiscard]] typename FieldOf<R>::Sizes sizes() const noexcept { return {experiment_.side, experiment_.side}; }

    /// One training iteration.
    Report step() {
        const auto start = std::chrono::steady_clock::now();
        const Philox random = iteration_random();
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
            const State<R> last = run(weights, first, steps, fire, options);
            last.save(results_[index]);
            const Var style = image_loss(last, *loss_);
            if (experiment_.overflow == 0.0) return style;
            const Var excess =
                experiment_.squared_overflow ? squared_overflow(last.var(), -1.0F, 1.0F) : overflow(last.var());
            return style + static_cast<float>(experiment_.overflow) * excess;
        });
        const bool finite = update(loss, experiment_.learning_rate(iteration_), experiment_.mean_window,
                                   [this](std::span<float> gradient) { normalise(gradient); });
        write_back(slots, finite, [&](int slot, std::size_t sample) {
            plant(slot, random.split(seed_stream), static_cast<std::uint32_t>(sample));
        });
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        return {iteration_++, loss, steps, elapsed.count(), finite};
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

    /// About the root of the number of steps, which keeps the fewest states.
    static constexpr int checkpoint_distance = 8;
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

    [[nodiscard]] State<R> run(const Weights<R>& weights, const State<R>& first, int steps, const Philox& fire,
                               const StepOptions<R>& options) const {
        if (experiment_.normalised_states) {
            State<R> state = first;
            for (int i = 0; i < steps; ++i) {
                const FireMask mask(fire, static_cast<std::uint64_t>(i), options.fire_rate);
                state = with_normalised_gradient(nca::step(weights, state, mask, options));
            }
            return state;
        }
        return experiment_.checkpointing
                   ? rollout<keep_every<checkpoint_distance>>(weights, first, steps, fire, 0, options)
                   : rollout(weights, first, steps, fire, 0, options);
    }

    void normalise(std::span<float> gradient) const noexcept {
        if (!experiment_.output_bias) {
            constexpr const LayerLayout& last = R::layers.back();
            std::fill_n(gradient.begin() + static_cast<std::ptrdiff_t>(last.bias), last.stride(), 0.0F);
        }
        experiment_.joint_bias ? normalise_layers<R>(gradient) : normalise_variables<R>(gradient);
    }

    ImageLoss* loss_;
    Experiment experiment_;
    ExecutorRef executor_;
    R rounded_{};
};

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_TRAINER_HPP

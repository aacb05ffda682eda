// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_CREATURE_TRAINER_HPP
#define NCA_SYSTEMS_ADVERSARIAL_CREATURE_TRAINER_HPP

#include <nca/cell/perturbation.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/grid.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/adversarial.hpp>
#include <nca/systems/growing/samples.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/perturb.hpp>
#include <nca/train/pooled_training.hpp>
#include <nca/train/species_rollout.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace nca::adversarial::inline NCA_ISA {

/// The training of an attack on a growing creature towards another picture, as in the article's notebooks. `Trained` is
/// what trains: adversaries among the cells (the type of the victim's rule) or a perturbation of all states.
///
/// One iteration: draw a batch from the pool and order it by falling loss; replace the worst by the grown creature with
/// new adversaries (a perturbation: the worst two by the seed and the grown creature); damage the best; run a random
/// number of steps, take the mean squared error of red, green, blue and alpha, normalise the gradient of each variable,
/// step Adam, write the states back. A state keeps its adversaries until it is replaced. Everything random is a
/// function of the seed and the iteration, so the result does not depend on the executor, and a resumed run equals an
/// uninterrupted one bit for bit.
template <class R, class Trained>
class CreatureTrainer : public PooledTraining<Trained> {
public:
    using T = typename R::Value;
    using Target = Grid<T, 4, Dynamic, Dynamic>;
    static constexpr bool injects = std::is_same_v<Trained, R>;
    static_assert(injects || std::is_same_v<Trained, Perturbation<R>>,
                  "nca::adversarial::CreatureTrainer: what trains is a rule of the victim's type or its perturbation");

    /// What one iteration did.
    struct Report {
        std::int64_t iteration = 0; ///< counted from 0
        double loss = 0.0;          ///< mean over the batch
        int steps = 0;              ///< length of the rollout
        double seconds = 0.0;       ///< wall time of the iteration
        bool finite = true; ///< false: the loss or gradient overflowed; what trains is unchanged, the batch grown anew
    };

    /// A trainer at the published start: an adversary that does nothing, or the identity. target: premultiplied RGBA on
    /// the whole training grid, padding included. Victim and executor outlive it, and the victim is never changed.
    /// Allocates the memory of training, and grows the victim. Preconditions: the batch fits into the pool, the damaged
    /// and the replaced samples into the batch; the fraction lies in [0, 1].
    CreatureTrainer(const R& victim, const Target& target, const CreatureAttack& attack, std::uint64_t seed,
                    ExecutorRef executor)
        : PooledTraining<Trained>{seed, attack.pool_size, attack.batch, executor}, victim_{&victim}, target_{target},
          attack_{attack}, seed_state_{growing::seed_state<R>(target.extents().sizes())}, grown_state_{grow()},
          masks_(static_cast<std::size_t>(attack.pool_size)) {
        NCA_ASSERT(attack.damaged + replaced <= attack.batch, "nca::adversarial: the damaged fit into a batch");
        NCA_ASSERT(0 < attack.min_steps && attack.min_steps < attack.max_steps,
                   "nca::adversarial: an interval of steps");
        for (int slot = 0; slot < pool_.size(); ++slot) pool_[slot] = grown_state_;
        if constexpr (injects) {
            rule_.initialise(random_of(initial_stream));
            for (std::size_t slot = 0; slot < masks_.size(); ++slot) masks_[slot] = static_cast<std::int32_t>(slot);
        } else {
            for (int slot = 0; slot < pool_.size() / 2; ++slot) pool_[slot] = seed_state_;
        }
        average_ = rule_;
    }

    [[nodiscard]] const R& victim() const noexcept { return *victim_; }
    [[nodiscard]] const CreatureAttack& attack() const noexcept { return attack_; }
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    /// The extents of the training grid.
    [[nodiscard]] const typename FieldOf<R>::Sizes& sizes() const noexcept { return target_.extents().sizes(); }
    /// For each state of the pool the number of the draw that placed its adversaries; written to resume.
    [[nodiscard]] std::vector<std::int32_t>& labels() noexcept requires(injects) { return masks_; }
    [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept requires(injects) { return masks_; }

    /// The victims and adversaries of a state of the pool.
    [[nodiscard]] SpeciesMap species_of(int slot) const requires(injects) {
        const auto draw = static_cast<std::uint64_t>(masks_[static_cast<std::size_t>(slot)]);
        return draw_adversaries(FireMask(random_of(adversary_stream), draw, attack_.fraction), allowed_);
    }
    /// The creature from which attacks start.
    [[nodiscard]] const SparseState<T>& grown_state() const noexcept { return grown_state_; }

    /// One training iteration.
    Report step() {
        const auto start = std::chrono::steady_clock::now();
        const Philox random = iteration_random();
        const std::vector<int> slots = prepare_batch(random);
        const int steps =
            attack_.min_steps +
            static_cast<int>(
                random.split(steps_stream).below(0, static_cast<std::uint32_t>(attack_.max_steps - attack_.min_steps)));
        StepOptions<R> options;
        options.fire_rate = attack_.fire_rate;
        const double loss = batch_.compute(rule_, [&](BasicTape<T>& tape, const Weights<Trained>& trained, int sample) {
            const auto index = static_cast<std::size_t>(sample);
            const State<R> first = constant_state<R>(tape, sizes(), pool_[slots[index]]);
            const Philox fire = random.split(fire_stream, static_cast<std::uint32_t>(sample));
            const Weights<R> victim = frozen_parameters(tape, *victim_);
            const State<R> last = [&] {
                if constexpr (injects) {
                    const std::array<Weights<R>, 2> weights{victim, trained};
                    return species_rollout<R>(weights, species_of(slots[index]), first, steps, fire, 0, options);
                } else {
                    return perturbed_rollout<R>(victim, trained, first, steps, fire, 0, options);
                }
            }();
            last.save(results_[index]);
            const Shape shape{target_.extents()[0], target_.extents()[1], 4};
            return mean(square(rgba(last) - tape.constant(shape, target_.values())));
        });
        const bool finite = update(loss, attack_.learning_rate(iteration_), mean_window, [](std::span<T> gradient) {
            if constexpr (injects) {
                normalise_variables<R>(gradient);
            } else {
                normalise(gradient);
            }
        });
        write_back(slots, finite, [this](int slot, std::size_t /*sample*/) { pool_[slot] = grown_state_; });
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        return {iteration_++, loss, steps, elapsed.count(), finite};
    }

private:
    using Base = PooledTraining<Trained>;
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

    /// Samples of a batch that start anew.
    static constexpr int replaced = injects ? 1 : 2;
    static constexpr int mean_window = 200;
    static constexpr std::uint32_t grown_stream = 3;
    static constexpr std::uint32_t adversary_stream = 4;
    static constexpr std::uint32_t draw_stream = 1;
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t damage_stream = 3;
    static constexpr std::uint32_t fire_stream = 4;

    [[nodiscard]] SparseState<T> grow() const {
        Simulation<R, Dynamic, Dynamic> world{borrow(*victim_), target_.extents(), random_of(grown_stream).key()};
        StepOptions<R> options;
        options.fire_rate = attack_.fire_rate;
        world.set_options(options);
        world.plant(sizes()[1] / 2, sizes()[0] / 2);
        world.step(attack_.grown_steps);
        return world.snapshot().cells;
    }

    /// Draws the slots of a batch and changes the states with the highest and the lowest losses.
    [[nodiscard]] std::vector<int> prepare_batch(const Philox& random) {
        std::vector<int> slots = pool_.draw(attack_.batch, random.split(draw_stream));
        growing::sort_by_falling_loss(slots, [this](int slot) { return loss_(pool_[slot]); });
        if constexpr (injects) {
            pool_[slots[0]] = grown_state_;
            masks_[static_cast<std::size_t>(slots[0])] =
                static_cast<std::int32_t>((attack_.pool_size + iteration_) & 0x7FFFFFFF);
        } else {
            pool_[slots[0]] = seed_state_;
            pool_[slots[1]] = grown_state_;
        }
        for (int i = 0; i < attack_.damaged; ++i) {
            growing::cut_disc<R>(pool_[slots[slots.size() - 1 - static_cast<std::size_t>(i)]], sizes(),
                                 random.split(damage_stream), i);
        }
        return slots;
    }

    const R* victim_;
    Target target_;
    CreatureAttack attack_;
    CellMask allowed_ = allowed_cells(target_);
    growing::ColourLoss<R> loss_{target_};
    SparseState<T> seed_state_;
    SparseState<T> grown_state_;
    std::vector<std::int32_t> masks_;
};

/// Trains adversaries in a creature.
template <class R>
using InjectionTrainer = CreatureTrainer<R, R>;
/// Trains a perturbation of a creature's states.
template <class R>
using PerturbationTrainer = CreatureTrainer<R, Perturbation<R>>;

} // namespace nca::adversarial::inline NCA_ISA

#endif // NCA_SYSTEMS_ADVERSARIAL_CREATURE_TRAINER_HPP

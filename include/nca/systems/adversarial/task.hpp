// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_TASK_HPP
#define NCA_SYSTEMS_ADVERSARIAL_TASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perturbation.hpp>
#include <nca/core/hash.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/adversarial/presets.hpp>
#include <nca/systems/adversarial/rule.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/mnist/task.hpp>
#include <nca/train/perturb.hpp>
#include <nca/train/species_rollout.hpp>
#include <nca/train/trainer.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA {

/// Training adversaries that make every digit agree on one class, as in the article's notebook.
///
/// The first quarter of a batch becomes fresh digits with new adversaries, and the last quarter other images under the
/// cells as they are. The label of a state is the number of the draw that placed its adversaries. The loss is L2
/// towards the class of the attack. Victim and digits outlive the task, unchanged.
template <class R = mnist::Rule<>>
class DigitTask {
public:
    using Rule = R;
    using T = typename R::Value;
    static constexpr std::string_view name = "attack on mnist";
    static constexpr std::uint32_t fire_stream = 3;

    /// Preconditions: there are digits; the class is a digit, and the fraction lies in [0, 1].
    DigitTask(const R& victim, const mnist::Digits& digits, const DigitAttack& attack)
        : victim_{&victim}, digits_{&digits}, attack_{attack} {
        NCA_ASSERT(digits.count > 0, "nca::adversarial: no digits to train on");
        NCA_ASSERT(attack.digit >= 0 && attack.digit < mnist::classes, "nca::adversarial: a class from 0 to 9");
        all_.fill();
    }

    [[nodiscard]] const DigitAttack& attack() const noexcept { return attack_; }
    [[nodiscard]] static constexpr Extents<mnist::image_side, mnist::image_side> extents() noexcept { return {}; }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {.batch = attack_.batch, .pool_size = attack_.pool_size, .learning_rate = attack_.learning_rate};
    }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(attack_);
        pairs.emplace_back("victim", fingerprint(victim_->parameters()));
        pairs.emplace_back("images", fingerprint(std::span<const float>(digits_->grey)));
        return pairs;
    }
    /// The victims and adversaries of a draw.
    [[nodiscard]] SpeciesMap species(std::int32_t draw) const {
        return draw_adversaries(FireMask(adversaries_, static_cast<std::uint64_t>(draw), attack_.fraction), all_);
    }

    void fill(SamplePool<T>& pool, const Philox& random) {
        adversaries_ = random.split(adversary_stream);
        const Philox own = random.split(pool_stream);
        for (int slot = 0; slot < pool.size(); ++slot) {
            mnist::put_image<R>(pool[slot], geometry_, draw_image(own, static_cast<std::uint64_t>(slot)));
            pool.label(slot) = slot;
        }
    }
    void begin(Batch<R>& batch, const Philox& random) const {
        const Philox fresh = random.split(fresh_stream);
        const int quarter = batch.size() / 4;
        for (int i = 0; i < quarter; ++i) put_fresh(batch, i, fresh);
        for (int i = batch.size() - quarter; i < batch.size(); ++i) {
            mnist::change_image<R>(batch.state(i), geometry_, draw_image(fresh, static_cast<std::uint64_t>(i)));
        }
        batch.steps = attack_.steps;
        batch.options.fire_rate = attack_.fire_rate;
        batch.options.noise = attack_.noise;
    }
    void restart(Batch<R>& batch, int sample) const { put_fresh(batch, sample, batch.random.split(repair_stream)); }
    [[nodiscard]] BasicVar<T> loss(Rollout<R>& rollout, int /*sample*/) const {
        const std::array<Weights<R>, 2> weights{frozen_parameters(rollout.tape(), *victim_), rollout.weights()};
        const State<R>& last =
            rollout.advance(species_rollout<R, keep_all>(weights, species(rollout.label()), rollout.state(),
                                                         attack_.steps, rollout.random(), 0, rollout.batch().options),
                            attack_.steps);
        return mnist::digit_loss(last, attack_.digit, mnist::Loss::l2);
    }

private:
    static constexpr std::uint32_t pool_stream = 3;
    static constexpr std::uint32_t adversary_stream = 4;
    static constexpr std::uint32_t fresh_stream = 2;
    static constexpr std::uint32_t repair_stream = 4;

    [[nodiscard]] std::span<const float> draw_image(const Philox& random, std::uint64_t index) const noexcept {
        return digits_->image(digits_->draw(random, index));
    }
    void put_fresh(Batch<R>& batch, int sample, const Philox& random) const {
        mnist::put_image<R>(batch.state(sample), geometry_, draw_image(random, static_cast<std::uint64_t>(sample)));
        const std::int64_t draw = attack_.pool_size + batch.iteration * attack_.batch + sample;
        batch.label(sample) = static_cast<std::int32_t>(draw & 0x7FFFFFFF);
    }

    const R* victim_;
    const mnist::Digits* digits_;
    DigitAttack attack_;
    Philox adversaries_{};
    FieldOf<R> geometry_{extents().sizes()};
    CellMask all_{mnist::image_side, mnist::image_side};
};

/// Training an attack on a growing creature towards another image, as in the article's notebooks. What trains are
/// adversaries among the cells (the victim's rule) or a perturbation of all states.
///
/// A batch is sorted by descending loss; the worst sample becomes the grown creature with new adversaries, or any with
/// CreatureAttack::reseed_any (with a perturbation the worst two become the seed and the grown creature), and the best
/// are damaged. The label of a state
/// is the number of the draw that placed its adversaries. The victim outlives the task, unchanged.
template <class R, class TrainedType>
class CreatureTask {
public:
    using Rule = R;
    using Trained = TrainedType;
    using T = typename R::Value;
    static constexpr bool injects = std::is_same_v<Trained, R>;
    /// Samples of a batch that are replaced.
    static constexpr int replaced = injects ? 1 : 2;
    static_assert(injects || std::is_same_v<Trained, Perturbation<R>>,
                  "nca::adversarial::CreatureTask: what trains is a rule of the victim's type or its perturbation");
    static constexpr std::string_view name = injects ? "attack on growing" : "perturbation";

    /// target: premultiplied RGBA on the whole training grid, padding included. Preconditions: the damaged and the
    /// replaced samples fit into the batch; the fraction lies in [0, 1].
    CreatureTask(const R& victim, growing::Target<R> target, const CreatureAttack& attack)
        : victim_{&victim}, attack_{attack}, allowed_{allowed_cells(target)}, loss_{std::move(target)} {
        NCA_ASSERT(attack.damaged + replaced <= attack.batch, "nca::adversarial: the damaged fit into a batch");
    }

    [[nodiscard]] const CreatureAttack& attack() const noexcept { return attack_; }
    [[nodiscard]] const growing::Target<R>& target() const noexcept { return loss_.target(); }
    [[nodiscard]] const auto& extents() const noexcept { return target().extents(); }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {.batch = attack_.batch, .pool_size = attack_.pool_size, .learning_rate = attack_.learning_rate};
    }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(attack_);
        pairs.emplace_back("victim", fingerprint(victim_->parameters()));
        pairs.emplace_back("target_fingerprint", fingerprint(target().values()));
        return pairs;
    }
    /// The victims and adversaries of a draw.
    [[nodiscard]] SpeciesMap species(std::int32_t draw) const requires(injects) {
        return draw_adversaries(FireMask(adversaries_, static_cast<std::uint64_t>(draw), attack_.fraction), allowed_);
    }
    /// The creature from which attacks start.
    [[nodiscard]] const SparseState<T>& grown_state() const noexcept { return grown_; }

    void fill(SamplePool<T>& pool, const Philox& random) {
        adversaries_ = random.split(adversary_stream);
        grow(random.split(grown_stream));
        for (int slot = 0; slot < pool.size(); ++slot) {
            const bool seed = !injects && slot < pool.size() / 2;
            pool[slot] = seed ? seed_state<R>(extents().sizes()) : grown_;
            pool.label(slot) = injects ? slot : 0;
        }
    }
    void begin(Batch<R>& batch, const Philox& random) const {
        growing::sort_by_descending_loss(batch.slots, [&](int slot) { return loss_(batch.pool[slot]); });
        if constexpr (injects) {
            if (attack_.reseed_any) growing::draw_first(batch.slots, attack_.damaged, random.split(reseed_stream));
            batch.state(0) = grown_;
            batch.label(0) = static_cast<std::int32_t>((attack_.pool_size + batch.iteration) & 0x7FFFFFFF);
        } else {
            batch.state(0) = seed_state<R>(extents().sizes());
            batch.state(1) = grown_;
        }
        for (int i = 0; i < attack_.damaged; ++i) {
            growing::cut_disc<R>(batch.state(batch.size() - 1 - i), extents().sizes(), random.split(damage_stream), i);
        }
        batch.draw_steps(attack_.min_steps, attack_.max_steps, steps_stream);
        batch.options.fire_rate = attack_.fire_rate;
    }
    void restart(Batch<R>& batch, int sample) const { batch.state(sample) = grown_; }
    [[nodiscard]] BasicVar<T> loss(Rollout<R, Trained>& rollout, int /*sample*/) const {
        const Weights<R> victim = frozen_parameters(rollout.tape(), *victim_);
        const Batch<R>& batch = rollout.batch();
        if constexpr (injects) {
            const std::array<Weights<R>, 2> weights{victim, rollout.weights()};
            rollout.advance(species_rollout<R>(weights, species(rollout.label()), rollout.state(), batch.steps,
                                               rollout.random(), 0, batch.options),
                            batch.steps);
        } else {
            rollout.advance(perturbed_rollout<R>(victim, rollout.weights(), rollout.state(), batch.steps,
                                                 rollout.random(), 0, batch.options),
                            batch.steps);
        }
        return with_gradient_of_power(growing::colour_loss<R>(rollout.state(), target()), attack_.loss_exponent);
    }
    void normalise(std::span<T> gradient) const noexcept {
        if constexpr (injects) {
            normalise_variables<R>(gradient);
        } else {
            nca::normalise(gradient);
        }
    }

private:
    static constexpr std::uint32_t grown_stream = 3;
    static constexpr std::uint32_t adversary_stream = 4;
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t damage_stream = 3;
    static constexpr std::uint32_t reseed_stream = 5;

    void grow(const Philox& random) {
        Simulation<R, Dynamic, Dynamic> world{borrow(*victim_), extents(), random.key()};
        StepOptions<R> options;
        options.fire_rate = attack_.fire_rate;
        world.set_options(options);
        world.plant(extents()[1] / 2, extents()[0] / 2);
        world.step(attack_.grown_steps);
        grown_ = world.snapshot().cells;
    }

    const R* victim_;
    CreatureAttack attack_;
    CellMask allowed_;
    growing::ColourLoss<R> loss_;
    Philox adversaries_{};
    SparseState<T> grown_{};
};

/// Training adversaries in a creature.
template <class R>
using InjectionTask = CreatureTask<R, R>;
/// Training a perturbation of a creature's states.
template <class R>
using PerturbationTask = CreatureTask<R, Perturbation<R>>;

} // namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ADVERSARIAL_TASK_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_DIGIT_TASK_HPP
#define NCA_SYSTEMS_ADVERSARIAL_DIGIT_TASK_HPP

#include <nca/core/hash.hpp>
#include <nca/systems/adversarial/presets.hpp>
#include <nca/systems/adversarial/rule.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/loss.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/mnist/samples.hpp>
#include <nca/train/species_rollout.hpp>
#include <nca/train/trainer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nca::adversarial::inline NCA_ISA {

/// Training adversaries that make every digit agree on one class, as in the article's notebook.
///
/// The first quarter of a batch becomes fresh digits with new adversaries, and the last quarter other images under the
/// cells as they are. A state keeps its adversaries until it is fresh again; its label is the number of the draw that
/// placed them. The loss is L2 towards the class of the attack. Victim and digits outlive the task, unchanged.
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
    [[nodiscard]] static constexpr Extents<mnist::picture_side, mnist::picture_side> extents() noexcept { return {}; }
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
            mnist::put_picture<R>(pool[slot], geometry_, draw_image(own, static_cast<std::uint64_t>(slot)));
            pool.label(slot) = slot;
        }
    }
    void begin(Batch<R>& batch, const Philox& random) const {
        const Philox fresh = random.split(fresh_stream);
        const int quarter = batch.size() / 4;
        for (int i = 0; i < quarter; ++i) put_fresh(batch, i, fresh);
        for (int i = batch.size() - quarter; i < batch.size(); ++i) {
            mnist::change_picture<R>(batch.state(i), geometry_, draw_image(fresh, static_cast<std::uint64_t>(i)));
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
        std::int32_t label = 0;
        return mnist::draw_digit(*digits_, label, random, index);
    }
    void put_fresh(Batch<R>& batch, int sample, const Philox& random) const {
        mnist::put_picture<R>(batch.state(sample), geometry_, draw_image(random, static_cast<std::uint64_t>(sample)));
        const std::int64_t draw = attack_.pool_size + batch.iteration * attack_.batch + sample;
        batch.label(sample) = static_cast<std::int32_t>(draw & 0x7FFFFFFF);
    }

    const R* victim_;
    const mnist::Digits* digits_;
    DigitAttack attack_;
    Philox adversaries_{};
    FieldOf<R> geometry_{extents().sizes()};
    CellMask all_{mnist::picture_side, mnist::picture_side};
};

} // namespace nca::adversarial::inline NCA_ISA

#endif // NCA_SYSTEMS_ADVERSARIAL_DIGIT_TASK_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_DIGIT_TRAINER_HPP
#define NCA_SYSTEMS_ADVERSARIAL_DIGIT_TRAINER_HPP

#include <nca/core/executor.hpp>
#include <nca/systems/adversarial.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/loss.hpp>
#include <nca/systems/mnist/samples.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/pooled_training.hpp>
#include <nca/train/species_rollout.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::adversarial::inline NCA_ISA {

/// The training of adversaries that make every digit agree on one class, as in the article's notebook.
///
/// One iteration: draw a batch from the pool; put fresh digits with new adversaries into its first quarter, and other
/// pictures under the cells of its last quarter; run victims and adversaries, take the L2 loss towards the class of the
/// attack, normalise the gradient of each variable of the adversary, step Adam, write the states back. A state keeps
/// its adversaries until it is fresh again. Everything random is a function of the seed and the iteration, so the
/// result does not depend on the executor, and a resumed run equals an uninterrupted one bit for bit.
template <class R = mnist::Rule<>>
class DigitTrainer : public PooledTraining<R> {
public:
    using T = typename R::Value;

    /// What one iteration did.
    struct Report {
        std::int64_t iteration = 0; ///< counted from 0
        double loss = 0.0;          ///< mean over the batch
        double seconds = 0.0;       ///< wall time of the iteration
        bool finite = true;         ///< false: the loss or gradient overflowed; the rule is unchanged, the batch fresh
    };

    /// A trainer whose adversary is initialised and whose pool holds fresh digits. Victim, digits and executor outlive
    /// it, and the victim is never changed. Allocates the memory of training. Precondition: there are digits; the batch
    /// fits into the pool; the class is a digit and the fraction lies in [0, 1].
    DigitTrainer(const R& victim, const mnist::Digits& digits, const DigitAttack& attack, std::uint64_t seed,
                 ExecutorRef executor)
        : PooledTraining<R>{seed, attack.pool_size, attack.batch, executor}, victim_{&victim}, digits_{&digits},
          attack_{attack}, masks_(static_cast<std::size_t>(attack.pool_size)) {
        NCA_ASSERT(digits.count > 0, "nca::adversarial: no digits to train on");
        NCA_ASSERT(attack.digit >= 0 && attack.digit < mnist::classes, "nca::adversarial: a class from 0 to 9");
        rule_.initialise(random_of(initial_stream));
        average_ = rule_;
        const Philox random = random_of(pool_stream);
        for (int slot = 0; slot < pool_.size(); ++slot) {
            put_fresh(slot, random, static_cast<std::uint64_t>(slot), static_cast<std::int32_t>(slot));
        }
        all_.fill();
    }

    [[nodiscard]] const R& victim() const noexcept { return *victim_; }
    [[nodiscard]] const DigitAttack& attack() const noexcept { return attack_; }
    [[nodiscard]] const mnist::Digits& digits() const noexcept { return *digits_; }
    /// The extents of the training grid.
    [[nodiscard]] static typename FieldOf<R>::Sizes sizes() noexcept {
        return {mnist::picture_side, mnist::picture_side};
    }
    /// For each state of the pool the number of the draw that placed its adversaries; written to resume.
    [[nodiscard]] std::vector<std::int32_t>& labels() noexcept { return masks_; }
    [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return masks_; }

    /// The victims and adversaries of a state of the pool.
    [[nodiscard]] SpeciesMap species_of(int slot) const {
        const auto draw = static_cast<std::uint64_t>(masks_[static_cast<std::size_t>(slot)]);
        return draw_adversaries(FireMask(random_of(adversary_stream), draw, attack_.fraction), all_);
    }

    /// One training iteration.
    Report step() {
        const auto start = std::chrono::steady_clock::now();
        const Philox random = iteration_random();
        const std::vector<int> slots = prepare_batch(random);
        StepOptions<R> options;
        options.fire_rate = attack_.fire_rate;
        options.noise = attack_.noise;
        const double loss = batch_.compute(rule_, [&](BasicTape<T>& tape, const Weights<R>& adversary, int sample) {
            const auto index = static_cast<std::size_t>(sample);
            const std::array<Weights<R>, 2> weights{frozen_parameters(tape, *victim_), adversary};
            const State<R> first = constant_state<R>(tape, sizes(), pool_[slots[index]]);
            const State<R> last =
                species_rollout<R, keep_all>(weights, species_of(slots[index]), first, attack_.steps,
                                             random.split(fire_stream, static_cast<std::uint32_t>(sample)), 0, options);
            last.save(results_[index]);
            return mnist::digit_loss(last, attack_.digit, mnist::Loss::l2);
        });
        const bool finite = update(loss, DigitAttack::learning_rate(iteration_), mean_window, normalise_variables<R>);
        write_back(slots, finite, [&](int slot, std::size_t sample) {
            put_fresh(slot, random.split(repair_stream), sample, next_draw(sample));
        });
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

    static constexpr int mean_window = 200;
    static constexpr std::uint32_t pool_stream = 3;
    static constexpr std::uint32_t adversary_stream = 4;
    static constexpr std::uint32_t draw_stream = 1;
    static constexpr std::uint32_t fresh_stream = 2;
    static constexpr std::uint32_t fire_stream = 3;
    static constexpr std::uint32_t repair_stream = 4;

    [[nodiscard]] std::vector<int> prepare_batch(const Philox& random) {
        const std::vector<int> slots = pool_.draw(attack_.batch, random.split(draw_stream));
        const Philox fresh = random.split(fresh_stream);
        const std::size_t quarter = slots.size() / 4;
        for (std::size_t i = 0; i < quarter; ++i) put_fresh(slots[i], fresh, i, next_draw(i));
        for (std::size_t i = slots.size() - quarter; i < slots.size(); ++i) {
            mnist::change_picture<R>(pool_[slots[i]], geometry_, draw_picture(fresh, i));
        }
        return slots;
    }

    /// A number for the adversaries that sample i of this iteration gets.
    [[nodiscard]] std::int32_t next_draw(std::size_t i) const noexcept {
        const std::int64_t draw = attack_.pool_size + iteration_ * attack_.batch + static_cast<std::int64_t>(i);
        return static_cast<std::int32_t>(draw & 0x7FFFFFFF);
    }
    [[nodiscard]] std::span<const float> draw_picture(const Philox& random, std::uint64_t index) const noexcept {
        return digits_->picture(static_cast<int>(random.below(index, static_cast<std::uint32_t>(digits_->count))));
    }
    void put_fresh(int slot, const Philox& random, std::uint64_t index, std::int32_t draw) {
        mnist::put_picture<R>(pool_[slot], geometry_, draw_picture(random, index));
        masks_[static_cast<std::size_t>(slot)] = draw;
    }

    const R* victim_;
    const mnist::Digits* digits_;
    DigitAttack attack_;
    FieldOf<R> geometry_{sizes()};
    CellMask all_{mnist::picture_side, mnist::picture_side};
    std::vector<std::int32_t> masks_;
};

} // namespace nca::adversarial::inline NCA_ISA

#endif // NCA_SYSTEMS_ADVERSARIAL_DIGIT_TRAINER_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_TASK_HPP
#define NCA_SYSTEMS_MNIST_TASK_HPP

#include <nca/core/hash.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/loss.hpp>
#include <nca/systems/mnist/presets.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/train/trainer.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace nca::mnist::inline NCA_ISA {

/// Training one rule on a set of digits, as in the article's notebook.
///
/// The first quarter of a batch becomes fresh digits, and the last quarter either fresh digits too (persistent) or
/// another image under the cells as they are (mutating). Digits outlive the task.
template <class R = mnist::Rule<>>
class Task {
public:
    using Rule = R;
    using T = typename R::Value;
    static constexpr std::string_view name = "mnist";
    static constexpr std::uint32_t fire_stream = 3;
    static constexpr std::int32_t label_count = classes;

    /// Precondition: there are digits.
    Task(const Digits& digits, const Experiment& experiment) : digits_{&digits}, experiment_{experiment} {
        NCA_ASSERT(digits.count > 0, "nca::mnist: no digits to train on");
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] static constexpr Extents<picture_side, picture_side> extents() noexcept { return {}; }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {.batch = experiment_.batch,
                .pool_size = experiment_.scheme == Scheme::naive ? experiment_.batch : experiment_.pool_size,
                .mean_window = experiment_.mean_window,
                .learning_rate = experiment_.learning_rate()};
    }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(experiment_);
        pairs.emplace_back("images", fingerprint(std::span<const float>(digits_->grey)));
        pairs.emplace_back("labels", fingerprint(std::span<const std::uint8_t>(digits_->labels)));
        return pairs;
    }

    void fill(SamplePool<T>& pool, const Philox& random) const {
        const Philox own = random.split(pool_stream);
        for (int slot = 0; slot < pool.size(); ++slot) {
            put_fresh(pool[slot], pool.label(slot), own, static_cast<std::uint64_t>(slot));
        }
    }
    void begin(Batch<R>& batch, const Philox& random) const {
        const Philox fresh = random.split(fresh_stream);
        const int quarter = batch.size() / 4;
        for (int i = 0; i < batch.size(); ++i) {
            const bool last_quarter = i >= batch.size() - quarter;
            const auto index = static_cast<std::uint64_t>(i);
            if (experiment_.scheme == Scheme::naive || i < quarter ||
                (last_quarter && experiment_.scheme == Scheme::persistent)) {
                put_fresh(batch.state(i), batch.label(i), fresh, index);
            } else if (last_quarter) {
                change_image<R>(batch.state(i), geometry_, draw(batch.label(i), fresh, index));
            }
        }
        batch.steps = experiment_.steps;
        batch.options.fire_rate = experiment_.fire_rate;
        batch.options.noise = experiment_.noise;
    }
    void restart(Batch<R>& batch, int sample) const {
        put_fresh(batch.state(sample), batch.label(sample), batch.random.split(repair_stream),
                  static_cast<std::uint64_t>(sample));
    }
    [[nodiscard]] BasicVar<T> loss(Rollout<R>& rollout, int /*sample*/) const {
        return digit_loss(rollout.template run<keep_all>(experiment_.steps), rollout.label(), experiment_.loss);
    }

private:
    static constexpr std::uint32_t pool_stream = 3;
    static constexpr std::uint32_t fresh_stream = 2;
    static constexpr std::uint32_t repair_stream = 4;

    /// The image of a random digit, and its label.
    [[nodiscard]] std::span<const float> draw(std::int32_t& label, const Philox& random, std::uint64_t index) const {
        const int digit = digits_->draw(random, index);
        label = digits_->labels[static_cast<std::size_t>(digit)];
        return digits_->picture(digit);
    }
    void put_fresh(SparseState<T>& state, std::int32_t& label, const Philox& random, std::uint64_t index) const {
        put_image<R>(state, geometry_, draw(label, random, index));
    }

    const Digits* digits_;
    Experiment experiment_;
    FieldOf<R> geometry_{extents().sizes()};
};

} // namespace nca::mnist::inline NCA_ISA

#endif // NCA_SYSTEMS_MNIST_TASK_HPP

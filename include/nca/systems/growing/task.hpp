// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_TASK_HPP
#define NCA_SYSTEMS_GROWING_TASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/hash.hpp>
#include <nca/systems/growing/metrics.hpp>
#include <nca/systems/growing/presets.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/trainer.hpp>

#include <string_view>
#include <utility>

namespace nca::inline NCA_ABI::growing::inline NCA_ISA {

/// The mean squared error of a state's red, green, blue and alpha against a target, which outlives the recording.
template <class R>
[[nodiscard]] BasicVar<typename R::Value> colour_loss(const State<R>& state, const Target<R>& target) {
    return mean_squared_error(rgba(state), target.values());
}

/// Training one rule to grow into a target, as in the article's notebook; for grids of 1 to 3 dimensions.
///
/// A batch is sorted by descending loss; the worst sample becomes the seed, and the best are damaged (regenerating).
/// With Experiment::reseed_any it is any of those that are not damaged.
/// Samples run a random number of steps, and their loss is the mean squared error of red, green, blue and alpha.
/// The seed, in the middle of the grid, has to lie on the picture, or it dies: see offset_to_seed().
template <class R = growing::Rule<>>
class Task {
public:
    using Rule = R;
    using T = typename R::Value;
    static constexpr std::string_view name = "growing";

    /// `architecture`: of a rule of run-time sizes. Precondition: it has at least four channels, and life in the
    /// fourth.
    Task(growing::Target<R> target, const Experiment& experiment, const ArchitectureOf<R>& architecture = {})
        : loss_{std::move(target)}, experiment_{experiment}, architecture_{architecture} {
        NCA_ASSERT(!architecture.empty() && architecture.has_life(), "nca::growing: a rule with an alive mask");
    }

    [[nodiscard]] const ArchitectureOf<R>& architecture() const noexcept { return architecture_; }
    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const growing::Target<R>& target() const noexcept { return loss_.target(); }
    [[nodiscard]] double loss_of(const SparseState<T>& state) const { return loss_(state); }

    [[nodiscard]] const auto& extents() const noexcept { return target().extents(); }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {.batch = experiment_.batch,
                .pool_size = experiment_.pool_size,
                .sample_pool = experiment_.sample_pool,
                .learning_rate = experiment_.learning_rate};
    }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(experiment_);
        pairs.emplace_back("target_fingerprint", fingerprint(target().values()));
        return pairs;
    }

    NCA_COLD void begin(Batch<R>& batch, const Philox& random) const {
        NCA_ASSERT(experiment_.damaged < batch.size(), "nca::growing: the seed and the damaged fit into a batch");
        const auto& sizes = extents().sizes();
        if (experiment_.sample_pool) {
            sort_by_descending_loss(batch.slots, [&](int slot) { return loss_(batch.pool[slot]); });
            if (experiment_.reseed_any) draw_first(batch.slots, experiment_.damaged, random.split(reseed_stream));
            const int damaged = batch.iteration < experiment_.damage_from ? 0 : experiment_.damaged;
            for (int i = 0; i < damaged; ++i) {
                cut_disc<R>(batch.state(batch.size() - 1 - i), sizes, random.split(damage_stream), i,
                            experiment_.discs);
            }
        }
        batch.state(0) = seed_state<R>(sizes, architecture_);
        batch.draw_steps(experiment_.min_steps, experiment_.max_steps, steps_stream);
        batch.shorten_steps(experiment_.warm_up);
        batch.options.fire_rate = experiment_.fire_rate;
    }
    [[nodiscard]] BasicVar<T> loss(Rollout<R>& rollout, int /*sample*/) const {
        return with_gradient_of_power(colour_loss<R>(rollout.run(rollout.batch().steps), target()),
                                      experiment_.loss_exponent);
    }

private:
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t damage_stream = 3;
    static constexpr std::uint32_t reseed_stream = 5;

    ColourLoss<R> loss_;
    Experiment experiment_;
    ArchitectureOf<R> architecture_;
};

} // namespace nca::inline NCA_ABI::growing::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_TASK_HPP

// SPDX-License-Identifier: Apache-2.0
// The recipe `fast` of Growing NCA with one ingredient replaced.
#ifndef NCA_BENCH_RECIPES_TRIAL_HPP
#define NCA_BENCH_RECIPES_TRIAL_HPP

#include <nca/systems/growing.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench {

using Rule = nca::growing::Rule<>;
using Target = nca::growing::Target<Rule>;

enum class Method { soap, adam, muon };
enum class Norm { variables, all, none };

/// A training recipe: what growing::Experiment says, and what only experiments vary.
struct Trial {
    nca::growing::Experiment experiment{};
    Method method = Method::soap;
    double weight_decay = 0.0; ///< of AdamW
    Norm norm = Norm::variables;
    int moments = 1;      ///< losses are taken at so many moments of the last half of a rollout
    double penalty = 0.0; ///< weight of the mean square of the colours where nothing should be visible
    int truncate = 0;     ///< gradients go back this far, except from the seed; 0: to the start
    int mean_window = 200;
    int padding = 16; ///< empty cells around the target while it trains
};

/// The work of a training in steps of grown samples, that of the seed counting half: what time is proportional to.
[[nodiscard]] inline double work_of(const nca::growing::Experiment& experiment, std::int64_t iterations) {
    double share = 0.0;
    for (std::int64_t i = 0; i < iterations; ++i) {
        const double left = 1.0 - static_cast<double>(i) / std::max(1.0, static_cast<double>(experiment.warm_up));
        share += left > 0.0 ? std::pow(0.1, left) : 1.0;
    }
    return share * (experiment.batch - 0.5) * (experiment.min_steps + experiment.max_steps) / 2;
}

/// growing::Task with the ingredients of a trial.
class TrialTask {
public:
    using Rule = bench::Rule;

    TrialTask(const Target& target, const Trial& trial)
        : task_{target, trial.experiment}, trial_{trial}, empty_(static_cast<std::size_t>(target.extents().cells())) {
        const nca::CellMask visible = nca::growing::visible_cells<Rule>(target);
        for (int cell = 0; cell < target.extents().cells(); ++cell) {
            const bool empty = !visible.test(cell / visible.columns(), cell % visible.columns());
            empty_[static_cast<std::size_t>(cell)] = empty ? 1.0F : 0.0F;
        }
    }

    [[nodiscard]] const auto& extents() const noexcept { return task_.extents(); }
    [[nodiscard]] nca::TrainerOptions options() const noexcept {
        nca::TrainerOptions options = task_.options();
        options.mean_window = trial_.mean_window;
        return options;
    }
    void begin(nca::Batch<Rule>& batch, const nca::Philox& random) const { task_.begin(batch, random); }
    [[nodiscard]] nca::Var loss(nca::Rollout<Rule>& rollout, int /*sample*/) const {
        const int steps = rollout.batch().steps;
        const int whole = trial_.truncate > 0 && rollout.sample() > 0 ? std::max(0, steps - trial_.truncate) : 0;
        if (whole > 0) skip(rollout, whole);
        const int between = (steps - whole) / (2 * trial_.moments);
        nca::Var sum = loss_now(rollout, steps - whole - between * (trial_.moments - 1));
        for (int i = 1; i < trial_.moments; ++i) sum = sum + loss_now(rollout, between);
        return sum;
    }
    void normalise(std::span<float> gradient) const noexcept {
        if (trial_.norm == Norm::variables) nca::normalise_variables<Rule>(gradient);
        if (trial_.norm == Norm::all) nca::normalise(gradient);
    }

private:
    /// Steps through which no gradient goes back.
    static void skip(nca::Rollout<Rule>& rollout, int steps) {
        const auto& weights = rollout.weights().var();
        const nca::Weights<Rule> frozen{rollout.tape().constant_view(weights.shape(), weights.value())};
        rollout.advance(nca::rollout(frozen, rollout.state(), steps, rollout.random(), 0, rollout.batch().options),
                        steps);
    }
    [[nodiscard]] nca::Var loss_now(nca::Rollout<Rule>& rollout, int steps) const {
        const nca::State<Rule>& state = rollout.run(steps);
        nca::Var error = nca::growing::colour_loss<Rule>(state, task_.target());
        error = nca::with_gradient_of_power(error, trial_.experiment.loss_exponent);
        if (trial_.penalty == 0.0) return error;
        const nca::Var squares = nca::square(nca::first_channels(state, 4));
        std::vector<float> weights(squares.value().size());
        for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = empty_[i / 4];
        const nca::Var outside = squares * rollout.tape().constant(squares.shape(), std::span<const float>{weights});
        return error + static_cast<float>(trial_.penalty / static_cast<double>(empty_.size())) * nca::sum(outside);
    }

    nca::growing::Task<Rule> task_;
    Trial trial_;
    std::vector<float> empty_; ///< 1 where nothing of the target is visible
};

} // namespace bench

#endif // NCA_BENCH_RECIPES_TRIAL_HPP

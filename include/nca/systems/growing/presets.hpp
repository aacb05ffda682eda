// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PRESETS_HPP
#define NCA_SYSTEMS_GROWING_PRESETS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/core/text.hpp>
#include <nca/train/schedule.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace nca::inline NCA_ABI::growing {

/// The discs by which training damages creatures, in coordinates from -1 to 1 along every axis of the grid. The
/// defaults are the published ones.
struct Discs {
    double centre = 0.5;     ///< centres lie in [-centre, centre)
    double min_radius = 0.1; ///< radii lie in [min_radius, min_radius + radius_range)
    double radius_range = 0.3;

    /// The numbers in words, for files: "centre 0.5, radius 0.1 + 0.3". Allocates.
    [[nodiscard]] std::string text() const {
        std::string words = "centre ";
        words += number_text(centre) + ", radius " + number_text(min_radius) + " + " + number_text(radius_range);
        return words;
    }
};

/// The hyperparameters of one experiment of Growing NCA. The presets below hold the published ones.
struct Experiment {
    std::string_view name = "regenerating";
    std::string_view recipe = "published"; ///< where the other numbers are from
    bool sample_pool = true;               ///< start from the pool and write back; else always from the seed
    int damaged = 3;                       ///< how many samples of a batch, those with the lowest losses, are damaged
    Discs discs{};                         ///< what is erased of them
    int pool_size = 1024;
    int batch = 8;
    int min_steps = 64; ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 96;
    double fire_rate = 0.5;
    Schedule learning_rate = drop_after(2000);
    std::int64_t iterations = 8000;
    /// Over this many iterations the length of rollouts grows geometrically from a tenth to what was drawn: not in the
    /// article. Training starts with more targets and initial weights, and its first half costs little. 0: off.
    std::int64_t warm_up = 0;
    /// Samples are damaged from this iteration on: 0 in the article. What a creature has not yet learned to grow it
    /// cannot learn to heal.
    std::int64_t damage_from = 0;
    /// Which sample of a batch becomes the seed: the worst, as in the article, or any that is not damaged. In a small
    /// batch the worst is soon whatever heals slowly, which would never be seen to its end.
    bool reseed_any = false;
    /// The gradient of a sample is that of its mean squared error to this power: not in the article. With 0.5 samples
    /// that are nearly right count as much as those that are far from it.
    double loss_exponent = 1.0;

    /// What changes the numbers of a training; the length of a run does not.
    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using E = Experiment;
        visit(field("experiment", &E::name, "growing, persistent or regenerating"));
        visit(field("recipe", &E::recipe, "published or fast"));
        visit(field("damaged", &E::damaged, "Samples of a batch that are damaged", 0, 255));
        visit(field("damage_from", &E::damage_from, "Iteration from which samples are damaged", 0, 1e8));
        visit(field("discs", &E::discs, "What is erased of damaged samples"));
        visit(field("reseed_any", &E::reseed_any, "Whether any sample, not the worst, becomes the seed"));
        visit(field("min_steps", &E::min_steps, "Minimum steps of a rollout", 1, 1e6));
        visit(field("max_steps", &E::max_steps, "Steps of a rollout stay below", 2, 1e6));
        visit(field("fire_rate", &E::fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0));
        visit(field("warm_up", &E::warm_up, "Iterations over which rollouts grow to their length", 0, 1e8));
        visit(field("loss_exponent", &E::loss_exponent, "Power of the mean squared error of a sample", 0.01, 10.0));
    }
};

/// Experiment 1: from the seed to the target; what happens later is accidental.
inline constexpr Experiment growing{.name = "growing", .sample_pool = false, .damaged = 0};
/// Experiment 2: with the sample pool the target becomes an attractor.
inline constexpr Experiment persistent{.name = "persistent", .sample_pool = true, .damaged = 0};
/// Experiment 3: damaged samples widen its basin, and the creature regenerates.
inline constexpr Experiment regenerating{.name = "regenerating", .sample_pool = true, .damaged = 3};
/// All presets that are trained. Experiment 4 rotates the perception of a trained rule: StepOptions::angle.
inline constexpr std::array<Experiment, 3> experiments{growing, persistent, regenerating};

/// The iterations of the recipe `fast` for a target of so many living cells (living_cells()): in nine tenths of the
/// time of 1,800 iterations of the article's recipe on a grown lizard, or more where there are more than 2,080.
[[nodiscard]] constexpr std::int64_t fast_iterations(int living_cells) noexcept {
    constexpr std::int64_t least = 2'500;
    constexpr std::int64_t work = 5'200'000; // iterations times living cells
    return std::max(least, work / std::max(living_cells, 500));
}

/// The recipe `fast` for one of these experiments, to be trained with the optimiser Soap (docs/recipes.md). The
/// schedules depend on the number of iterations.
[[nodiscard]] constexpr Experiment fast(Experiment experiment, std::int64_t iterations) noexcept {
    experiment.recipe = "fast";
    experiment.batch = 4;
    experiment.damaged = experiment.damaged > 0 ? 2 : 0;
    experiment.damage_from = iterations * 40 / 100;
    experiment.reseed_any = true;
    experiment.discs = {.centre = 0.42, .min_radius = 0.12, .radius_range = 0.28};
    experiment.min_steps = 48;
    experiment.learning_rate = decay_to_zero(iterations, 4e-3);
    experiment.iterations = iterations;
    experiment.warm_up = iterations * 75 / 100;
    experiment.loss_exponent = 0.5;
    return experiment;
}

} // namespace nca::inline NCA_ABI::growing

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_PRESETS_HPP

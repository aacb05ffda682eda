// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_PRESETS_HPP
#define NCA_SYSTEMS_ADVERSARIAL_PRESETS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/train/schedule.hpp>

#include <cstdint>
#include <string_view>

namespace nca::inline NCA_ABI::adversarial {

/// The injection into Self-classifying MNIST: the adversaries make every digit agree on one class.
struct DigitAttack {
    int digit = 8;         ///< the class on which all digits shall agree
    double fraction = 0.1; ///< fraction of the cells that are adversaries
    int pool_size = 160;
    int batch = 16; ///< a quarter is fresh, a quarter keeps its cells while the image changes, half continues
    int steps = 20;
    double fire_rate = 0.5;
    double noise = 0.02; ///< of victims and adversaries alike
    std::int64_t iterations = 100'000;
    /// As published: it drops after iterations 30,000 and 70,000.
    Schedule learning_rate{.initial = 1e-3, .phases = {{{30'001, 1e-4}, {70'001, 1e-5}}}};

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using A = DigitAttack;
        visit(field("class", &A::digit, "The digit on which all cells shall agree", 0, 9));
        visit(field("fraction", &A::fraction, "Fraction of the cells that are adversaries", 0.0, 1.0));
        visit(field("steps", &A::steps, "Steps of a rollout", 1, 1e6));
        visit(field("fire_rate", &A::fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0));
        visit(field("noise", &A::noise, "Standard deviation of the noise on every update", 0.0, 10.0));
    }
};

/// The injection into a growing creature: the adversaries lie where the target is and turn the grown creature into it.
struct CreatureAttack {
    std::string_view recipe = "published"; ///< where the other numbers are from
    double fraction = 0.1;                 ///< fraction of the target's cells that are adversaries
    int pool_size = 1024;
    int batch = 8;
    int damaged = 3;    ///< how many samples of a batch, those with the lowest losses, are damaged
    int min_steps = 64; ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 96;
    int grown_steps = 200; ///< steps of the victim, from the seed, after which it counts as grown
    double fire_rate = 0.5;
    Schedule learning_rate = drop_after(2000);
    std::int64_t iterations = 8000;
    /// Which sample of a batch becomes the grown creature: the worst, as in the article, or any that is not damaged. In
    /// a small batch the worst is soon the creature that resists, which adversaries would never see again.
    bool reseed_any = false;
    /// The gradient of a sample is that of its mean squared error to this power: not in the article.
    double loss_exponent = 1.0;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using A = CreatureAttack;
        visit(field("recipe", &A::recipe, "published or fast"));
        visit(field("fraction", &A::fraction, "Fraction of the target's cells that are adversaries", 0.0, 1.0));
        visit(field("damaged", &A::damaged, "Samples of a batch that are damaged", 0, 255));
        visit(field("min_steps", &A::min_steps, "Minimum steps of a rollout", 1, 1e6));
        visit(field("max_steps", &A::max_steps, "Steps of a rollout stay below", 2, 1e6));
        visit(field("grown_steps", &A::grown_steps, "Steps after which the victim counts as grown", 1, 1e6));
        visit(field("fire_rate", &A::fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0));
        visit(field("reseed_any", &A::reseed_any, "Whether any sample, not the worst, starts anew"));
        visit(field("loss_exponent", &A::loss_exponent, "Power of the mean squared error of a sample", 0.01, 10.0));
    }
};

/// The published attacks on the lizard: without a tail with a tenth of adversaries; red with six tenths (a tenth
/// fails).
inline constexpr CreatureAttack no_tail{};
inline constexpr CreatureAttack red{.fraction = 0.6};
/// The recipe `fast` for adversaries in a creature, to be trained with the optimiser Soap (docs/adversarial.md). The
/// learning rate depends on the number of iterations.
[[nodiscard]] constexpr CreatureAttack fast(CreatureAttack attack, std::int64_t iterations) noexcept {
    attack.recipe = "fast";
    attack.batch = 4;
    attack.damaged = 0;
    attack.reseed_any = true;
    attack.learning_rate = decay_to_zero(iterations, 2e-3);
    attack.iterations = iterations;
    attack.loss_exponent = 0.5;
    return attack;
}
/// The perturbation of a creature's states takes the same numbers and has no adversaries.
inline constexpr CreatureAttack perturbation{.fraction = 0.0};

} // namespace nca::inline NCA_ABI::adversarial

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ADVERSARIAL_PRESETS_HPP

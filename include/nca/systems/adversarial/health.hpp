// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_HEALTH_HPP
#define NCA_SYSTEMS_ADVERSARIAL_HEALTH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/systems/adversarial/metrics.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

/// Whether an attack on digits succeeds, and whether they recover.
namespace nca::inline NCA_ABI::adversarial {

/// What an attack does to digits, in words. The first that holds, in this order, is the verdict.
enum class Verdict {
    fails,             ///< less than half of the digits are deceived at step 200
    succeeds_for_good, ///< a quarter of the digits or more is wrong 200 steps after the attack
    succeeds           ///< none of these
};
[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 3> names{"fails", "succeeds for good", "succeeds while it lasts"};
    return names[static_cast<std::size_t>(verdict)];
}

/// How an attack does that lasts from the beginning to step 200; shares as in DigitMetrics.
struct Health {
    Verdict verdict = Verdict::fails;
    double cells_deceived = 0.0;  ///< at step 200
    double digits_deceived = 0.0; ///< at step 200
    double digits_wrong = 0.0;    ///< at step 200
    double still_wrong = 0.0;     ///< digits that are wrong at step 400
    int digits = 0;               ///< that were measured

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = Health;
        visit(field("verdict", &H::verdict, "What the attack does"));
        visit(field("cells_deceived", &H::cells_deceived, "Share of the cells that are deceived at step 200"));
        visit(field("digits_deceived", &H::digits_deceived, "Share of the digits that are deceived at step 200"));
        visit(field("digits_wrong", &H::digits_wrong, "Share of the digits that are wrong at step 200"));
        visit(field("still_wrong", &H::still_wrong, "Share of them 200 steps after the attack"));
        visit(field("digits", &H::digits, "Digits that were measured"));
    }
};

/// The verdict on these numbers.
[[nodiscard]] inline Verdict judge(const Health& health) noexcept {
    if (health.digits_deceived < 0.5) return Verdict::fails;
    return health.still_wrong >= 0.25 ? Verdict::succeeds_for_good : Verdict::succeeds;
}

} // namespace nca::inline NCA_ABI::adversarial

namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA {

/// Attacks the first digits of a set, at most `most`, and tells how the attack does; does not depend on the executor.
/// digit: the class of the attack; fraction: of the cells that are adversaries. Precondition: there are digits.
template <class R, class E>
[[nodiscard]] Health health(const R& victim, const R& adversary, const mnist::Digits& digits, int digit,
                            double fraction, const StepOptions<R>& options, E&& executor, int most = 200) {
    const DigitEvaluation evaluation{.count = std::min(most, digits.count),
                                     .digit = digit,
                                     .fraction = fraction,
                                     .remove_at = 200,
                                     .record = {200, 400}};
    const std::vector<DigitMetrics> at = evaluate(victim, adversary, digits, evaluation, options, executor);
    Health health{.cells_deceived = at[0].cells_deceived,
                  .digits_deceived = at[0].digits_deceived,
                  .digits_wrong = at[0].digits_wrong,
                  .still_wrong = at[1].digits_wrong,
                  .digits = evaluation.count};
    health.verdict = judge(health);
    return health;
}

} // namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ADVERSARIAL_HEALTH_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_HEALTH_HPP
#define NCA_SYSTEMS_MNIST_HEALTH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/fields.hpp>
#include <nca/systems/mnist/metrics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

/// Whether cells agree on the digit that they form, and go on agreeing.
namespace nca::inline NCA_ABI::mnist {

/// What becomes of digits, in words. The first that holds, in this order, is the verdict.
enum class Verdict {
    overflows, ///< the states are not finite
    guesses,   ///< less than half of the cells are right at step 200
    forgets,   ///< a tenth of the cells or more that were right at step 200 is not at step 1,000
    recognises ///< none of these
};
[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 4> names{"overflows", "guesses", "forgets", "recognises"};
    return names[static_cast<std::size_t>(verdict)];
}

/// How digits do, as shares of cells that are right and of digits whose cells all agree; see Metrics.
struct Health {
    Verdict verdict = Verdict::guesses;
    double accuracy_20 = 0.0;
    double accuracy_200 = 0.0;
    double accuracy_1000 = 0.0;
    double agreement_20 = 0.0;
    double agreement_200 = 0.0;
    double agreement_1000 = 0.0;
    double state_1000 = 0.0; ///< Metrics::state at step 1,000
    int digits = 0;          ///< that were measured

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = Health;
        visit(field("verdict", &H::verdict, "What becomes of digits"));
        visit(field("accuracy_20", &H::accuracy_20, "Share of the cells that are right at step 20"));
        visit(field("accuracy_200", &H::accuracy_200, "At step 200"));
        visit(field("accuracy_1000", &H::accuracy_1000, "At step 1,000"));
        visit(field("agreement_20", &H::agreement_20, "Share of the digits whose cells all agree at step 20"));
        visit(field("agreement_200", &H::agreement_200, "At step 200"));
        visit(field("agreement_1000", &H::agreement_1000, "At step 1,000"));
        visit(field("state_1000", &H::state_1000, "Mean absolute value of the channels at step 1,000"));
        visit(field("digits", &H::digits, "Digits that were measured"));
    }
};

/// The verdict on these numbers.
[[nodiscard]] inline Verdict judge(const Health& health) noexcept {
    if (!std::isfinite(health.state_1000)) return Verdict::overflows;
    if (health.accuracy_200 < 0.5) return Verdict::guesses;
    if (health.accuracy_1000 <= 0.9 * health.accuracy_200) return Verdict::forgets;
    return Verdict::recognises;
}

} // namespace nca::inline NCA_ABI::mnist

namespace nca::inline NCA_ABI::mnist::inline NCA_ISA {

/// Runs the first digits of a set, at most `most`, for 1,000 steps, and tells how they do; does not depend on the
/// executor. A hundred take a few seconds. Precondition: there are digits.
template <class R, class E>
[[nodiscard]] Health health(const R& rule, const Digits& digits, const StepOptions<R>& options, E&& executor,
                            int most = 100) {
    const Evaluation evaluation{.count = std::min(most, digits.count), .record = {20, 200, 1'000}};
    const std::vector<Metrics> at = evaluate(rule, digits, evaluation, options, executor);
    Health health{.accuracy_20 = at[0].cell_accuracy,
                  .accuracy_200 = at[1].cell_accuracy,
                  .accuracy_1000 = at[2].cell_accuracy,
                  .agreement_20 = at[0].agreement,
                  .agreement_200 = at[1].agreement,
                  .agreement_1000 = at[2].agreement,
                  .state_1000 = at[2].state,
                  .digits = evaluation.count};
    health.verdict = judge(health);
    return health;
}

} // namespace nca::inline NCA_ABI::mnist::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_HEALTH_HPP

// SPDX-License-Identifier: Apache-2.0
// Gradients of rules of run-time sizes against the plain composition and central differences.
#include <nca/cell/rule.hpp>

#include <doctest/doctest.h>

#include <common/rollout_checks.hpp>
#include <common/rules.hpp>
#include <common/twins.hpp>
#include <type_traits>

namespace {

using namespace nca;
using namespace nca::tests;

} // namespace

TEST_CASE_TEMPLATE("gradients of a rule of run-time sizes equal those of the plain composition", R, NCA_TWINS) {
    using D = typename R::template Rebind<double>;
    const auto any = twin(random_rule<D>(1, 0.3));
    using Options = StepOptions<std::remove_cvref_t<decltype(any)>>;
    check_against_plain(any, options_of<std::remove_cvref_t<decltype(any)>>(StepOptions<D>{}), 1e-11);
    check_against_plain(any, Options{.step_size = 0.5, .angle = 0.3, .boundary = Boundary::torus}, 1e-11);
}

TEST_CASE_TEMPLATE("float gradients of a rule of run-time sizes agree with the plain composition", R, Growing, Texture,
                   Digits, SigmoidWithFrozen, Space) {
    const auto any = twin(random_rule<R>(1, 0.3));
    check_against_plain(any, options_of<std::remove_cvref_t<decltype(any)>>(StepOptions<R>{}), 1e-4);
}

TEST_CASE_TEMPLATE("a rollout of a rule of run-time sizes agrees with central differences", R, GrowingInDouble,
                   TanhOfFive, LeakyOfSeventeen, SigmoidWithFrozen, Micro, PerChannelWithHidden, Line, LearnedSpace) {
    using D = typename R::template Rebind<double>;
    const auto any = twin(random_rule<D>(1, 0.2));
    check_against_differences(any, options_of<std::remove_cvref_t<decltype(any)>>(StepOptions<D>{}), 5);
}

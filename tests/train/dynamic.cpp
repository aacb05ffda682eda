// SPDX-License-Identifier: Apache-2.0
// Gradients of rules of run-time sizes: the same bits as those of the rules whose sizes are their type.
#include <nca/tape/ops.hpp>
#include <nca/train/rollout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rollout_checks.hpp>
#include <common/rules.hpp>
#include <common/twins.hpp>
#include <cstring>
#include <type_traits>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests;

/// The gradients of the mean square after four steps with respect to the parameters and the first state, and the state.
template <class Keep, class R>
[[nodiscard]] std::vector<typename R::Value> gradients(R& rule, const StepOptions<R>& options) {
    using T = typename R::Value;
    BasicTape<T> tape;
    const auto weights = parameters(tape, rule);
    const auto start = small_state<R>(2, rule.architecture());
    const auto first = variable_state<R>(tape, rule.architecture(), grid_view<R>(start, rule.architecture()));
    const auto last = rollout<Keep>(weights, first, 4, Philox{3}, 0, options);
    const auto x = first_channels(last, last.channels());
    tape.backward(mean(square(x)));
    std::vector<T> result(start.size());
    first.store_gradient(result.data());
    result.insert(result.end(), weights.gradient().begin(), weights.gradient().end());
    result.insert(result.end(), x.value().begin(), x.value().end());
    return result;
}

template <class Keep, class R>
void check_bits(const StepOptions<R>& options = {}, double scale = 0.3) {
    auto rule = random_rule<R>(1, scale);
    auto any = twin(rule);
    const auto wanted = gradients<Keep>(rule, options);
    const auto found = gradients<Keep>(any, options_of<std::remove_cvref_t<decltype(any)>>(options));
    CHECK(std::any_of(wanted.begin(), wanted.end(), [](auto g) { return g != 0; }));
    REQUIRE(found.size() == wanted.size());
    CHECK(std::memcmp(found.data(), wanted.data(), wanted.size() * sizeof(wanted[0])) == 0);
}

} // namespace

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same gradient bits when states are kept", R, NCA_TWINS) {
    check_bits<keep_states, R>();
    check_bits<keep_states, R>({.step_size = 0.5, .angle = 0.3});
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same gradient bits when all is kept", R, Digits, SineOfThirtyThree,
                   Space) {
    check_bits<keep_all, R>();
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same gradient bits when few states are kept", R, Digits,
                   SineOfThirtyThree, Space) {
    check_bits<keep_every<3>, R>();
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same 8-bit gradient bits", R, Texture, TextureInDouble,
                   RidgeWithoutHidden) {
    check_bits<keep_states, R>({.eight_bit = true}, 1.0);
    check_bits<keep_states, R>({.angle = 0.3, .eight_bit = true}, 1.0);
}

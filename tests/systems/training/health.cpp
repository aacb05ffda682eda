// SPDX-License-Identifier: Apache-2.0
// The health of results: what is measured, and the verdicts on it.
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/adversarial/health.hpp>
#include <nca/systems/growing/health.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/mnist/health.hpp>
#include <nca/systems/texture/health.hpp>

#include <doctest/doctest.h>

#include <array>
#include <common/data.hpp>
#include <limits>
#include <string>

using namespace nca;

namespace {

using SmallRule = growing::Rule<8, 16>;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A white rectangle.
template <class R>
growing::Target<R> rectangle(int side, int top, int left, int height, int width) {
    growing::Target<R> target{Extents<Dynamic, Dynamic>{{side, side}}};
    for (int y = top; y < top + height; ++y) {
        for (int x = left; x < left + width; ++x) std::fill_n(target(y, x).begin(), 4, 1.0F);
    }
    return target;
}

/// A creature that regenerates, in numbers.
constexpr growing::Health healthy{.energy = 1.0,
                                  .error_96 = 0.02,
                                  .error_200 = 0.01,
                                  .error_1000 = 0.01,
                                  .error_10000 = 0.01,
                                  .recovery = 0.01,
                                  .recovery_worst = 0.02,
                                  .recovery_middle = 0.02,
                                  .cells = 1.0,
                                  .room = 8.0};

} // namespace

TEST_CASE("cuts: nine discs on the bounding box of what is visible, with a quarter of its longer side as radius") {
    const auto cuts = growing::cuts_of<SmallRule>(rectangle<SmallRule>(64, 10, 20, 12, 24));
    CHECK(growing::Cuts<SmallRule>::places == 9);
    CHECK(cuts.radius == 6.0);
    CHECK(cuts.centre(growing::Cuts<SmallRule>::middle) == std::array{31.5, 15.5}); // x, y
    CHECK(cuts.centre(0) == std::array{23.5, 11.5});
    CHECK(cuts.centre(2) == std::array{39.5, 11.5});
    CHECK(cuts.centre(8) == std::array{39.5, 19.5});
}

TEST_CASE("cuts: an empty target has discs of no size") {
    const growing::Target<SmallRule> empty{Extents<Dynamic, Dynamic>{{8, 8}}};
    CHECK(growing::cuts_of<SmallRule>(empty).radius == 0.0);
}

TEST_CASE("the verdict on a creature follows from its numbers") {
    using growing::Health;
    using growing::Verdict;
    const auto verdict = [](double Health::*number, double value) {
        Health health = healthy;
        health.*number = value;
        return growing::judge(health);
    };
    CHECK(growing::judge(healthy) == Verdict::regenerates);
    CHECK(verdict(&Health::error_10000, infinity) == Verdict::overflows);
    CHECK(verdict(&Health::cells, 0.05) == Verdict::dies);
    CHECK(verdict(&Health::cells, 2.1) == Verdict::grows_without_end);
    CHECK(verdict(&Health::error_200, 0.2) == Verdict::blurred);
    CHECK(verdict(&Health::error_1000, 0.2) == Verdict::unstable);
    CHECK(verdict(&Health::error_10000, 0.2) == Verdict::unstable);
    CHECK(verdict(&Health::recovery_worst, 0.3) == Verdict::persists);
}

TEST_CASE("a creature that fills a narrow grid grows without end, though it is not twice its target") {
    growing::Health health = healthy;
    health.room = 1.5;
    health.cells = 1.4;
    CHECK(growing::judge(health) == growing::Verdict::grows_without_end);
}

TEST_CASE("the health of a creature does not depend on the executor") {
    SmallRule rule;
    rule.initialise(Philox{3}, /*output_scale=*/0.2);
    const auto target = rectangle<SmallRule>(16, 5, 5, 6, 6);
    SerialExecutor serial;
    ThreadPool threads{3};
    const growing::HealthOptions options{.seeds = 2, .drift_seeds = 1};
    const auto a = growing::health(rule, StepOptions<SmallRule>{}, target, serial, options);
    const auto b = growing::health(rule, StepOptions<SmallRule>{}, target, threads, options);
    CHECK(describe_fields(a) == describe_fields(b));
}

TEST_CASE("of a creature that dies every error is the energy of its target") {
    SmallRule rule; // of zeros
    rule.bias(1, growing::alpha_channel) = -1.0F;
    SerialExecutor serial;
    const auto target = rectangle<SmallRule>(16, 4, 4, 8, 8);
    const auto health = growing::health(rule, StepOptions<SmallRule>{}, target, serial, {.seeds = 1, .drift_seeds = 1});
    CHECK(health.energy == 0.25);
    CHECK(health.error_96 == health.energy);
    CHECK(health.error_10000 == health.energy);
    CHECK(health.recovery == doctest::Approx(health.energy));
    CHECK(health.cells == 0.0);
    CHECK(health.room == 4.0);
    CHECK(health.verdict == growing::Verdict::dies);
}

TEST_CASE("a rule that does nothing keeps its seed, which is no creature") {
    const SmallRule rule; // of zeros
    SerialExecutor serial;
    const auto target = rectangle<SmallRule>(16, 4, 4, 8, 8);
    const auto health = growing::health(rule, StepOptions<SmallRule>{}, target, serial, {.seeds = 1, .drift_seeds = 1});
    CHECK(health.cells == doctest::Approx(1.0 / 64.0));
    CHECK(health.verdict == growing::Verdict::dies);
}

TEST_CASE("the verdict on digits follows from their numbers") {
    using mnist::Verdict;
    const mnist::Health good{.accuracy_200 = 0.96, .accuracy_1000 = 0.95, .state_1000 = 1.0};
    CHECK(mnist::judge(good) == Verdict::recognises);
    mnist::Health health = good;
    health.accuracy_1000 = 0.8;
    CHECK(mnist::judge(health) == Verdict::forgets);
    health.accuracy_200 = 0.1;
    CHECK(mnist::judge(health) == Verdict::guesses);
    health.state_1000 = infinity;
    CHECK(mnist::judge(health) == Verdict::overflows);
}

TEST_CASE("the verdict on a texture follows from its losses, which may be negative") {
    using texture::Verdict;
    CHECK(texture::judge({.loss_0 = 8.0, .loss_500 = 2.0, .loss_late = 2.5}) == Verdict::persists);
    CHECK(texture::judge({.loss_0 = 8.0, .loss_500 = 2.0, .loss_late = 6.0}) == Verdict::unstable);
    CHECK(texture::judge({.loss_0 = 8.0, .loss_500 = 7.0, .loss_late = 7.0}) == Verdict::formless);
    CHECK(texture::judge({.loss_0 = 8.0, .loss_500 = 2.0, .loss_late = infinity}) == Verdict::overflows);
    CHECK(texture::judge({.loss_0 = -1.0, .loss_500 = -9.0, .loss_late = -8.0}) == Verdict::persists);
}

TEST_CASE("the verdict on an attack on digits follows from its numbers") {
    using adversarial::Verdict;
    CHECK(adversarial::judge({.digits_deceived = 0.9, .still_wrong = 0.1}) == Verdict::succeeds);
    CHECK(adversarial::judge({.digits_deceived = 0.9, .still_wrong = 0.5}) == Verdict::succeeds_for_good);
    CHECK(adversarial::judge({.digits_deceived = 0.2, .still_wrong = 0.0}) == Verdict::fails);
}

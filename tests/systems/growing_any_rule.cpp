// SPDX-License-Identifier: Apache-2.0
// Creatures of a rule that is known only at run time.
#include <nca/systems/growing.hpp>
#include <nca/systems/growing/health.hpp>
#include <nca/train/soap.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace {

using namespace nca;
using Known = growing::Rule<6, 8>;

constexpr int side = 14;

growing::Target<Known> disc() {
    growing::Target<Known> target{Extents<Dynamic, Dynamic>{{side, side}}};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            if ((x - 7) * (x - 7) + (y - 7) * (y - 7) > 12) continue;
            target(y, x)[0] = 0.5F;
            target(y, x)[3] = 1.0F;
        }
    }
    return target;
}

growing::Experiment experiment() {
    growing::Experiment experiment = growing::regenerating;
    experiment.batch = 4;
    experiment.damaged = 2;
    experiment.pool_size = 8;
    experiment.min_steps = 8;
    experiment.max_steps = 12;
    return experiment;
}

ArchitectureOf<AnyRule> architecture() {
    return *ArchitectureOf<AnyRule>::from(ArchitectureOf<Known>{}.description());
}

bool same_parameters(const Known& known, const AnyRule& any) {
    return std::equal(known.parameters().begin(), known.parameters().end(), any.parameters().begin(),
                      any.parameters().end());
}

/// Trains both for some iterations.
template <class A, class B>
void check_same_training(A&& known, B&& any) {
    known.run(12);
    any.run(12);
    CHECK(known.losses() == any.losses());
    CHECK(same_parameters(known.rule(), any.rule()));
    CHECK(same_parameters(known.averaged_rule(), any.averaged_rule()));
    CHECK(known.identity() == any.identity());
}

} // namespace

TEST_CASE("a creature of a rule known at run time trains bit for bit as one of a rule known at compile time") {
    SerialExecutor serial;
    check_same_training(Trainer{growing::Task<Known>{disc(), experiment()}, {.seed = 1}, serial},
                        Trainer{growing::Task<AnyRule>{disc(), experiment(), architecture()}, {.seed = 1}, serial});
}

TEST_CASE("SOAP trains a rule known at run time bit for bit as one known at compile time") {
    SerialExecutor serial;
    check_same_training(Trainer{growing::Task<Known>{disc(), experiment()}, Soap<Known>{}, {.seed = 1}, serial},
                        Trainer{growing::Task<AnyRule>{disc(), experiment(), architecture()},
                                Soap<AnyRule>{{}, architecture()},
                                {.seed = 1},
                                serial});
}

TEST_CASE("the health of a creature does not depend on when its rule is known") {
    SerialExecutor serial;
    Trainer trainer{growing::Task<Known>{disc(), experiment()}, {.seed = 1}, serial};
    trainer.run(4);
    const Known& known = trainer.rule();
    const auto any = AnyRule::from(known);
    REQUIRE(any.ok());
    const growing::HealthOptions once{.seeds = 1, .drift_seeds = 1};
    const growing::Health a = growing::health<Known>(known, {}, disc(), serial, once);
    const growing::Health b =
        growing::health<AnyRule>(*any, step_options_of<AnyRule>(any->architecture()), disc(), serial, once);
    CHECK(describe_fields(a) == describe_fields(b));
}

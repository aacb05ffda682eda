// SPDX-License-Identifier: Apache-2.0
// Simulations of rules of run-time sizes: the same bits as the rules whose sizes are their type.
#include <nca/run/simulation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <common/twin_states.hpp>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests;

/// Runs the pieces of a step in the other order, as if on two threads.
struct Backwards {
    [[nodiscard]] static constexpr int concurrency() noexcept { return 2; }
    template <class Task>
    static void run(int count, Task&& task) {
        for (int i = count - 1; i >= 0; --i) task(i);
    }
};

} // namespace

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same state bits after ten steps", R, NCA_TWINS) {
    check_state_bits(random_rule<R>(1, 0.3));
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same state bits where perception is rotated", R, NCA_TWINS) {
    check_state_bits(random_rule<R>(1, 0.3), {.angle = 0.3});
    check_state_bits(random_rule<R>(1, 0.3), {.angle = 0.3}, true);
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same state bits with any step size, fire rate and boundary", R,
                   NCA_TWINS) {
    StepOptions<R> options;
    options.step_size = typename R::Value(0.3);
    options.fire_rate = 1.0;
    options.boundary = Boundary::torus;
    check_state_bits(random_rule<R>(1, 0.3), options);
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same 8-bit state bits", R, Texture, TextureInDouble,
                   RidgeWithoutHidden) {
    check_state_bits(random_rule<R>(1, 1.0), {.eight_bit = true});
    check_state_bits(random_rule<R>(1, 1.0), {.angle = 0.3, .eight_bit = true}, true);
}

TEST_CASE("a view of a rule of run-time sizes runs without a copy") {
    const auto rule = random_rule<Growing>(1, 0.3);
    const AnyRule any = twin(rule);
    using World = Simulation<AnyRule, Dynamic, Dynamic>;
    World world{borrow(any), extents_of<AnyRule>(), 3};
    CHECK(world.rule().parameters().data() == any.parameters().data());
}

TEST_CASE("steps of a rule of run-time sizes are the same on any number of threads") {
    const AnyRule any = twin(random_rule<Texture>(1, 0.3));
    using World = Simulation<AnyRule, Dynamic, Dynamic>;
    World one{any, extents_of<AnyRule>(), 3};
    World two{any, extents_of<AnyRule>(), 3, Reserve{.concurrency = 2}};
    const auto start = random_state<Texture>(13 * 17, 4, 0.3);
    World::StateGrid grid{one.extents(), 12};
    std::copy(start.begin(), start.end(), grid.values().begin());
    one.load(grid);
    two.load(grid);
    one.step(10);
    two.step(10, Backwards{});
    const auto values = [](const World& world) {
        const auto state = world.state();
        return std::vector<float>(state.values().begin(), state.values().end());
    };
    CHECK(same_bits(values(one), values(two)));
}

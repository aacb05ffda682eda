// SPDX-License-Identifier: Apache-2.0
// Simulations of rules of run-time sizes: the same bits as the rules whose sizes are their type.
#include <nca/run/simulation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <common/twins.hpp>
#include <cstring>
#include <type_traits>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests;

template <class R>
[[nodiscard]] auto extents_of() {
    if constexpr (R::rank == 1) {
        return Extents<Dynamic>{{70}};
    } else if constexpr (R::rank == 2) {
        return Extents<Dynamic, Dynamic>{{13, 17}};
    } else {
        return Extents<Dynamic, Dynamic, Dynamic>{{5, 6, 7}};
    }
}

/// The state after ten steps from a random one, every cell at an angle of its own if `turned`.
template <class R, int... Sizes>
[[nodiscard]] std::vector<typename R::Value> run(const R& rule, const Extents<Sizes...>& extents,
                                                 const StepOptions<R>& options, bool turned) {
    using T = typename R::Value;
    Simulation<R, Sizes...> world{rule, extents, 3};
    world.set_options(options);
    const int channels = rule.architecture().channels();
    const auto start = random_state<R>(extents.cells(), 4, 0.3, channels);
    typename Simulation<R, Sizes...>::StateGrid grid{extents, channels};
    std::copy(start.begin(), start.end(), grid.values().begin());
    world.load(grid);
    if (turned) {
        std::vector<T> angles;
        for (int i = 0; i < extents.cells(); ++i) angles.push_back(static_cast<T>(i) / T(10));
        REQUIRE(world.set_angles(angles).ok());
    }
    world.step(10);
    const auto state = world.state();
    return {state.values().begin(), state.values().end()};
}

template <class T>
[[nodiscard]] bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class R>
void check_bits(const R& rule, const StepOptions<R>& options = {}, bool turned = false) {
    const auto any = twin(rule);
    const auto wanted = run(rule, extents_of<R>(), options, turned);
    REQUIRE(std::all_of(wanted.begin(), wanted.end(), [](auto value) { return std::isfinite(value); }));
    CHECK(std::any_of(wanted.begin(), wanted.end(), [](auto value) { return value != 0; }));
    CHECK(
        same_bits(run(any, extents_of<R>(), options_of<std::remove_cvref_t<decltype(any)>>(options), turned), wanted));
}

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
    check_bits(random_rule<R>(1, 0.3));
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same state bits where perception is rotated", R, NCA_TWINS) {
    check_bits(random_rule<R>(1, 0.3), {.angle = 0.3});
    check_bits(random_rule<R>(1, 0.3), {.angle = 0.3}, true);
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same state bits with any step size, fire rate and boundary", R,
                   NCA_TWINS) {
    StepOptions<R> options;
    options.step_size = typename R::Value(0.3);
    options.fire_rate = 1.0;
    options.boundary = Boundary::torus;
    check_bits(random_rule<R>(1, 0.3), options);
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the same 8-bit state bits", R, Texture, TextureInDouble,
                   RidgeWithoutHidden) {
    check_bits(random_rule<R>(1, 1.0), {.eight_bit = true});
    check_bits(random_rule<R>(1, 1.0), {.angle = 0.3, .eight_bit = true}, true);
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

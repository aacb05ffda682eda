// SPDX-License-Identifier: Apache-2.0
// States of rules of run-time sizes against those of the rules whose sizes are their type.
#ifndef NCA_TESTS_COMMON_TWIN_STATES_HPP
#define NCA_TESTS_COMMON_TWIN_STATES_HPP

#include <nca/run/simulation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <common/twins.hpp>
#include <cstring>
#include <type_traits>
#include <vector>

namespace nca::tests {

/// A small grid with rows of odd lengths.
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

/// The state of a rule after ten steps has the bits of that of its twin of run-time sizes.
template <class R>
void check_state_bits(const R& rule, const StepOptions<R>& options = {}, bool turned = false) {
    const auto any = twin(rule);
    const auto wanted = run(rule, extents_of<R>(), options, turned);
    REQUIRE(std::all_of(wanted.begin(), wanted.end(), [](auto value) { return std::isfinite(value); }));
    CHECK(std::any_of(wanted.begin(), wanted.end(), [](auto value) { return value != 0; }));
    CHECK(
        same_bits(run(any, extents_of<R>(), options_of<std::remove_cvref_t<decltype(any)>>(options), turned), wanted));
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_TWIN_STATES_HPP

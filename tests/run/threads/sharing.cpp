// SPDX-License-Identifier: Apache-2.0
// One rule, many simulations, many threads; and the same trajectory on every executor.
#include <nca/core/thread_pool.hpp>
#include <nca/run.hpp>

#include <doctest/doctest.h>

#include <../examples/models/growing/lizard.hpp>
#include <common/rules.hpp>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

using namespace nca;
using Growing = lizard::Rule;
using World = Simulation<Growing, 64, 64>;

/// A job system that starts one thread per task, last task first.
struct Reversed {
    [[nodiscard]] static int concurrency() noexcept { return 3; }
    template <class Task>
    static void run(int count, Task&& task) {
        std::vector<std::thread> threads;
        for (int i = count - 1; i >= 0; --i) threads.emplace_back([&task, i] { task(i); });
        for (std::thread& thread : threads) thread.join();
    }
};

/// The thread sanitizer, under which a step takes a hundred times as long, sees a race in the first rounds.
#if defined(__SANITIZE_THREAD__)
constexpr int rounds = 2;
#else
constexpr int rounds = 10;
#endif

/// Rounds of 50 steps with damage and painting, on an executor.
template <class E>
std::uint64_t run_and_hash(const Growing& rule, std::uint64_t seed, int concurrency, E&& executor) {
    World world{borrow(rule), {}, seed, {.concurrency = concurrency}};
    world.plant(32, 32);
    for (int i = 0; i < rounds; ++i) {
        world.step(50, executor);
        world.erase(7.5, 20.0 + 2 * i, 30);
        world.paint(2.0, World::seed_cell(), 40, 5.0 * i);
    }
    REQUIRE(world.living_cells() > 200);
    return world.hash();
}

/// 30 steps of a random rule from a random state, with damage in between.
template <class E>
std::vector<float> run_random_rule(int concurrency, E&& executor) {
    using Wide = Simulation<Growing, 40, 48>;
    Wide world{tests::random_rule<Growing>(3), {}, 7, {.concurrency = concurrency}};
    const auto start = tests::random_state<Growing>(40 * 48, 9);
    world.load(Wide::StateGrid::ConstView{start.data(), Extents<40, 48>{}});
    world.step(11, executor);
    world.erase(5.0, 20, 20);
    world.step(19, executor);
    const auto state = world.state();
    return {state.values().begin(), state.values().end()};
}

} // namespace

TEST_CASE("500 steps with damage are bit-identical on every executor") {
    const Growing rule = lizard::rule();
    const std::uint64_t serial = run_and_hash(rule, 1, 1, SerialExecutor{});
    ThreadPool two{2};
    ThreadPool eight{8};
    CHECK(run_and_hash(rule, 1, 2, two) == serial);
    CHECK(run_and_hash(rule, 1, 8, eight) == serial);
    CHECK(run_and_hash(rule, 1, 3, Reversed{}) == serial);
    // More parts than the executor runs in parallel, and fewer.
    CHECK(run_and_hash(rule, 1, 5, two) == serial);
    CHECK(run_and_hash(rule, 1, 1, eight) == serial);
    CHECK(run_and_hash(rule, 2, 1, SerialExecutor{}) != serial);
}

TEST_CASE("the trajectory of any rule and start does not depend on the executor") {
    const std::vector<float> serial = run_random_rule(1, SerialExecutor{});
    ThreadPool two{2};
    CHECK(run_random_rule(2, two) == serial);
    CHECK(run_random_rule(5, Reversed{}) == serial);
}

TEST_CASE("four simulations on four threads share one rule") {
    const Growing rule = lizard::rule();
    std::vector<std::uint64_t> alone;
    for (std::uint64_t seed = 0; seed < 4; ++seed) alone.push_back(run_and_hash(rule, seed, 1, SerialExecutor{}));
    std::vector<std::uint64_t> together(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] { together[i] = run_and_hash(rule, i, 1, SerialExecutor{}); });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(together == alone);
}

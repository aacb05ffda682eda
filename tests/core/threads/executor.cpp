// SPDX-License-Identifier: Apache-2.0
#include <nca/core/executor.hpp>
#include <nca/core/thread_pool.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

static_assert(nca::Executor<nca::SerialExecutor> && nca::Executor<nca::ThreadPool> && nca::Executor<nca::ExecutorRef>);
static_assert(!nca::Executor<int>);

namespace {

/// A user-defined executor: one new thread per task.
struct SpawningExecutor {
    [[nodiscard]] static int concurrency() noexcept { return 4; }
    template <class Task>
    static void run(int count, Task&& task) {
        std::vector<std::thread> threads;
        for (int i = 0; i < count; ++i) threads.emplace_back([&task, i] { task(i); });
        for (std::thread& t : threads) t.join();
    }
};

template <class E>
void check_runs_each_task_once(E& executor) {
    for (const int count : {0, 1, 2, 7, 100}) {
        std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
        executor.run(count, [&](int i) { calls[static_cast<std::size_t>(i)].fetch_add(1); });
        for (const auto& c : calls) CHECK(c.load() == 1);
    }
}

} // namespace

TEST_CASE("every executor runs every task once") {
    nca::SerialExecutor serial;
    check_runs_each_task_once(serial);
    nca::ThreadPool pool{3};
    check_runs_each_task_once(pool);
    SpawningExecutor own;
    check_runs_each_task_once(own);
    nca::ExecutorRef reference{own};
    check_runs_each_task_once(reference);
}

TEST_CASE("a thread pool can be used many times in a row") {
    nca::ThreadPool pool{4};
    std::atomic<long> sum{0};
    for (int round = 0; round < 2000; ++round) pool.run(5, [&](int i) { sum.fetch_add(i); });
    CHECK(sum.load() == 20000);
}

TEST_CASE("thread pools and executor references report their concurrency") {
    nca::ThreadPool one{1};
    CHECK(one.concurrency() == 1);
    nca::ThreadPool three{3};
    CHECK(nca::ExecutorRef{three}.concurrency() == 3);
    CHECK(nca::ThreadPool{}.concurrency() >= 1);
}

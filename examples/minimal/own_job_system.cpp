// SPDX-License-Identifier: Apache-2.0
// Steps with a job system of your own: any type with these two functions is an executor. The trajectory is the same.
#include <nca/run.hpp>

#include "../models/growing/lizard.hpp"

#include <cinttypes>
#include <cstdio>
#include <future>
#include <vector>

struct Jobs {
    static int concurrency() noexcept { return 4; } // how many tasks may run at a time
    template <class Task>
    static void run(int count, Task&& task) { // task(0) to task(count - 1), on any threads
        std::vector<std::future<void>> jobs;
        for (int i = 1; i < count; ++i) jobs.push_back(std::async(std::launch::async, [&task, i] { task(i); }));
        if (count > 0) task(0);
        for (auto& job : jobs) job.get();
    }
};

int main() {
    using World = nca::Simulation<lizard::Rule, 96, 96>;
    World serial{lizard::rule(), /*seed=*/7};
    World parallel{lizard::rule(), {}, /*seed=*/7, {.concurrency = Jobs::concurrency()}};
    for (World* world : {&serial, &parallel}) world->plant(48, 48);
    serial.step(100);
    parallel.step(100, Jobs{});
    std::printf("serial %016" PRIx64 ", four jobs %016" PRIx64 "\n", serial.hash(), parallel.hash());
    return serial.hash() == parallel.hash() && serial.living_cells() > 0 ? 0 : 1;
}

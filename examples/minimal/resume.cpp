// SPDX-License-Identifier: Apache-2.0
// A training that was stopped and resumed gives the same weights as one that ran through, bit for bit.
#include <nca/nca.hpp>

#include <algorithm>
#include <cstdio>

int main() {
    nca::growing::Target<nca::growing::Rule<>> target{nca::Extents<nca::Dynamic, nca::Dynamic>{{16, 16}}};
    for (int i = 6; i < 10; ++i) std::fill_n(target(i, 8).begin(), 4, 1.0F); // a short white line
    nca::growing::Experiment experiment = nca::growing::regenerating;
    experiment.pool_size = 16;
    experiment.min_steps = 8;
    experiment.max_steps = 16;
    const nca::growing::Task task{target, experiment};
    nca::ThreadPool threads;

    nca::Trainer whole{task, {.seed = 1}, threads};
    whole.run(8);

    nca::Trainer first{task, {.seed = 1}, threads};
    first.run(5);
    if (const auto saved = first.save("checkpoint.safetensors"); !saved) {
        return std::fprintf(stderr, "%s\n", saved.error().message.c_str()), 2;
    }
    nca::Trainer second{task, {.seed = 1}, threads}; // another day
    if (const auto resumed = second.resume("checkpoint.safetensors"); !resumed) {
        return std::fprintf(stderr, "%s\n", resumed.error().message.c_str()), 2;
    }
    const auto done = static_cast<int>(second.iteration());
    second.run(8);

    const bool equal = std::ranges::equal(whole.rule().parameters(), second.rule().parameters());
    std::printf("resumed after %d iterations: %s\n", done, equal ? "the same weights" : "other weights");
    return equal ? 0 : 1;
}

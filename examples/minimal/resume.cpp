// SPDX-License-Identifier: Apache-2.0
// A training that was stopped and resumed gives the same weights as one that ran through, bit for bit.
#include <nca/nca.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

int main() {
    using Trainer = nca::growing::Trainer<>;
    Trainer::Target target{nca::Extents<nca::Dynamic, nca::Dynamic>{{16, 16}}};
    for (int i = 6; i < 10; ++i) std::fill_n(target(i, 8).begin(), 4, 1.0F); // a short white line
    nca::growing::Experiment experiment = nca::growing::regenerating;
    experiment.pool_size = 16;
    experiment.min_steps = 8;
    experiment.max_steps = 16;
    nca::ThreadPool threads;

    Trainer whole{target, experiment, /*seed=*/1, threads};
    for (int i = 0; i < 8; ++i) whole.step();

    Trainer first{target, experiment, /*seed=*/1, threads};
    std::vector<float> losses;
    for (int i = 0; i < 5; ++i) losses.push_back(static_cast<float>(first.step().loss));
    if (const auto saved = nca::growing::save_checkpoint(first, losses, "checkpoint.safetensors"); !saved) {
        return std::fprintf(stderr, "%s\n", saved.error().message.c_str()), 2;
    }
    Trainer second{target, experiment, /*seed=*/1, threads}; // another day
    const auto resumed = nca::growing::load_checkpoint(second, "checkpoint.safetensors");
    if (!resumed) return std::fprintf(stderr, "%s\n", resumed.error().message.c_str()), 2;
    while (second.iteration() < 8) second.step();

    const auto a = whole.rule().parameters();
    const auto b = second.rule().parameters();
    const bool equal = std::equal(a.begin(), a.end(), b.begin(), b.end());
    std::printf("resumed after %zu iterations: %s\n", resumed->size(), equal ? "the same weights" : "other weights");
    return equal ? 0 : 1;
}

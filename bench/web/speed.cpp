// SPDX-License-Identifier: Apache-2.0
// What speed.mjs times in WebAssembly, natively and on one thread: microseconds of a step of the grown lizard, and
// milliseconds of a training iteration. The fastest of many, because other programs disturb the rest.
#include <nca/run/simulation.hpp>
#include <nca/systems/growing.hpp>
#include <nca/systems/growing/published.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace {

/// The seconds of the fastest of `count` calls.
template <class Work>
double fastest(int count, Work&& work) {
    using Clock = std::chrono::steady_clock;
    double best = 1e9;
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

} // namespace

int main() {
    using Rule = nca::growing::Rule<>;
    using Shape = nca::Extents<nca::Dynamic, nca::Dynamic>;
    const auto model = nca::growing::load_model<Rule>("examples/models/growing/lizard.safetensors");
    if (!model) return std::fprintf(stderr, "%s\n", model.error().message.c_str()), 2;
    nca::Simulation<Rule, nca::Dynamic, nca::Dynamic> world{model->rule, Shape{{72, 72}}, 7};
    world.plant(36, 36);
    world.step(300);
    const double step = fastest(60, [&] { world.step(20); }) / 20;

    nca::growing::Target<Rule> target{Shape{{72, 72}}};
    for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 40; ++x) {
            if ((x - 20) * (x - 20) + (y - 20) * (y - 20) >= 250) continue;
            const auto pixel = target(y + 16, x + 16);
            pixel[0] = pixel[3] = 1.0F;
        }
    }
    nca::ThreadPool one{1};
    nca::Trainer trainer{nca::growing::Task{target, nca::growing::regenerating}, {.seed = 1}, one};
    trainer.run(3);
    const double iteration = fastest(12, [&] { trainer.step(); });
    std::printf("%.1f %.1f\n", step * 1e6, iteration * 1e3);
}

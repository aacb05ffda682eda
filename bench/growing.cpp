// SPDX-License-Identifier: Apache-2.0
// A grown lizard on 72x72 cells: simulation steps, training iterations, and the memory of the tape. The model is that
// of model_path().
#include <nca/core/thread_pool.hpp>

#include "lizard.hpp"
#include "naive.hpp"
#include "roofline.hpp"
#include "tiles.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using bench::lizard;
using bench::Meter;
using bench::Rule;
using bench::World;
using Grid = World::StateGrid;

/// The simulation is reset to the grown creature after this many steps (half a percent of the time), so that the result
/// does not depend on whether the model is stable for a million steps.
constexpr int steps_per_iteration = 256;

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "bench: %s\n", what);
    std::exit(1);
}

/// across x across lizards on a grid of side `size`, too far apart to interact.
[[nodiscard]] Grid herd(int size, int across) {
    Grid grid{nca::Extents<nca::Dynamic, nca::Dynamic>{{size, size}}};
    const int margin = (size - across * bench::side) / 2;
    for (int y = 0; y < across * bench::side; ++y) {
        for (int x = 0; x < across * bench::side; ++x) {
            const auto from = lizard().state(y % bench::side, x % bench::side);
            std::copy(from.begin(), from.end(), grid(margin + y, margin + x).begin());
        }
    }
    return grid;
}

/// across^2 lizards on a square grid, one thread.
void step(benchmark::State& state) {
    const Grid start = herd(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
    const std::uint64_t seed = 5;
    World world(lizard().rule, start.extents(), seed);
    world.load(start);
    world.step();
    bench::require_close(
        "a step", world.state().values(),
        bench::naive::step(lizard().rule, start, nca::FireMask(nca::Philox{seed}, 0, bench::fire_rate)));
    const double active = bench::count_active(start, nca::Philox{seed}, steps_per_iteration, bench::fire_rate);

    Meter meter(state);
    for (auto _ : state) {
        world.load(start);
        for (int i = 0; i < steps_per_iteration; ++i) world.step();
    }
    meter.report({.flop = active * bench::forward_flop, .cells = active, .steps = steps_per_iteration});
    state.counters["steps/frame at 60 Hz"] = state.counters["steps/s"] / 60.0;
    state.counters["living"] = world.living_cells();
}

/// Eight simulations in lockstep: threads take simulations, and wait for the last before the next step.
void step_batch(benchmark::State& state) {
    const int threads = static_cast<int>(state.range(0));
    nca::ThreadPool pool(threads);
    auto worlds = bench::make_worlds(bench::batch);
    double active = 0.0;
    for (std::uint64_t i = 1; i <= worlds.size(); ++i) {
        active += bench::count_active(lizard().state, nca::Philox{i}, steps_per_iteration, bench::fire_rate);
    }

    Meter meter(state, threads);
    for (auto _ : state) {
        for (World& world : worlds) world.load(lizard().state);
        for (int i = 0; i < steps_per_iteration; ++i) {
            pool.run(bench::batch, [&](int world) { worlds[static_cast<std::size_t>(world)].step(); });
        }
    }
    meter.report({.flop = active * bench::forward_flop,
                  .cells = active,
                  .steps = static_cast<double>(steps_per_iteration) * bench::batch});
}

/// One iteration: 8 samples of 80 steps, gradient, normalisation, Adam.
template <class R>
void training(benchmark::State& state) {
    const int threads = static_cast<int>(state.range(0));
    bench::Training<nca::keep_states, R> training(threads);
    const double loss = training.compute(0, 4, bench::fire_rate);
    const std::vector<float> gradient(training.gradient().begin(), training.gradient().end());
    bench::Training<nca::keep_all, R> other(3 - threads);
    require(loss == other.compute(0, 4, bench::fire_rate) &&
                std::equal(gradient.begin(), gradient.end(), other.gradient().begin()),
            "the gradient depends on the number of threads or on what the tape keeps");
    const auto [flop, active] = bench::Training<>::flop_and_cells();

    std::uint32_t iteration = 0;
    double sum = training.iterate(iteration++);
    Meter meter(state, threads);
    for (auto _ : state) sum += training.iterate(iteration++);
    meter.report({.flop = flop, .cells = active});
    state.counters["loss"] = sum / iteration;
}

/// The gradient of one sample on one tape: the time and memory of each checkpointing policy.
template <class Keep>
void rollout(benchmark::State& state, double recomputed_flop) {
    nca::Tape tape;
    Rule rule = lizard().rule;
    const nca::Philox random{11};
    std::vector<float> gradient;
    const auto run = [&](auto keep, nca::Tape& on) {
        on.clear();
        const auto weights = nca::parameters(on, rule);
        on.backward(bench::rollout_loss<decltype(keep)>(on, weights, bench::steps, random, bench::fire_rate));
        gradient.assign(weights.gradient().begin(), weights.gradient().end());
    };
    nca::Tape plain;
    run(nca::keep_states{}, plain);
    const std::vector<float> wanted = gradient;
    run(Keep{}, tape);
    require(gradient == wanted, "the gradient depends on what the tape keeps");
    const double active = bench::count_active(lizard().state, random, bench::steps, bench::fire_rate);

    Meter meter(state);
    for (auto _ : state) run(Keep{}, tape);
    meter.report({.flop = active * (bench::forward_flop + bench::pullback_flop + recomputed_flop), .cells = active});
    constexpr double mebibyte = 1024.0 * 1024.0;
    state.counters["values MiB"] = static_cast<double>(tape.statistics().value_bytes) / mebibyte;
    state.counters["adjoints MiB"] = static_cast<double>(tape.statistics().adjoint_bytes) / mebibyte;
}

} // namespace

int main(int argc, char** argv) {
    using benchmark::kMicrosecond;
    using benchmark::kMillisecond;
    benchmark::AddCustomContext("model", bench::model_path());
    benchmark::AddCustomContext("iteration", "step: 256 steps; training: 8 samples of 80 steps; rollout: 1 of them");
    const auto add = [](const char* name, auto* function) {
        return benchmark::RegisterBenchmark(name, function)->Unit(kMillisecond);
    };
    add("step", step)->ArgNames({"side", "across"})->Args({bench::side, 1})->Args({256, 3});
    add("step_batch8/threads", step_batch)->Arg(1)->Arg(2)->UseRealTime();
    add("training/threads", training<Rule>)->Arg(1)->Arg(2)->UseRealTime();
    add("training_bfloat16/threads", training<bench::NarrowRule>)->Arg(1)->Arg(2)->UseRealTime();
    const auto add_rollout = [](const char* name, auto function, double recomputed) {
        benchmark::RegisterBenchmark(name, function, recomputed)->Unit(kMillisecond);
    };
    add_rollout("rollout/keep_all", rollout<nca::keep_all>, 0.0);
    add_rollout("rollout/keep_states", rollout<nca::keep_states>, bench::recompute_flop);
    add_rollout("rollout/keep_every<10>", rollout<nca::keep_every<10>>, bench::forward_flop + bench::recompute_flop);
    return bench::run(argc, argv);
}

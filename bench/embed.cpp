// SPDX-License-Identifier: Apache-2.0
// What a game needs: a lizard on a torus of 96x96 cells as a fraction of a 60 Hz frame, 64 lizards on 512x512, an empty
// grid of 1024x1024, a single lizard in it, and drawing. One core; the model is that of model_path().
#include "lizard.hpp"
#include "roofline.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using bench::lizard;
using bench::Meter;
using bench::World;
using Grid = World::StateGrid;

constexpr double frame_seconds = 1.0 / 60.0;
constexpr std::uint64_t seed = 5;

/// across x across lizards, evenly spaced on a square grid of side `size`. Their 72x72 cells may overlap where they are
/// empty.
[[nodiscard]] Grid herd(int size, int across) {
    Grid grid{nca::Extents<nca::Dynamic, nca::Dynamic>{{size, size}}};
    const int pitch = size / (across > 0 ? across : 1);
    const int shift = (pitch - bench::side) / 2;
    for (int i = 0; i < across * across; ++i) {
        for (int y = 0; y < bench::side; ++y) {
            for (int x = 0; x < bench::side; ++x) {
                const auto from = lizard().state(y, x);
                if (from[3] == 0.0F) continue;
                const auto wrap = [size](int at) { return ((at % size) + size) % size; };
                const auto to = grid(wrap(i / across * pitch + shift + y), wrap(i % across * pitch + shift + x));
                std::copy(from.begin(), from.end(), to.begin());
            }
        }
    }
    return grid;
}

[[nodiscard]] World world_of(const Grid& start) {
    World world(nca::borrow(lizard().rule), start.extents(), seed);
    auto options = world.options();
    options.boundary = nca::Boundary::torus;
    world.set_options(options);
    world.load(start);
    return world;
}

/// Steps of a torus of `side` cells with across^2 lizards.
void step(benchmark::State& state) {
    const Grid start = herd(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
    World world = world_of(start);
    constexpr int steps = 256;
    const double active = bench::count_active(start, nca::Philox{seed}, steps, bench::fire_rate);
    const auto snapshot = world.snapshot();
    Meter meter(state);
    for (auto _ : state) {
        if (!world.restore(snapshot)) std::exit(1);
        world.step(steps);
    }
    meter.report({.flop = active * bench::forward_flop, .cells = active, .steps = steps});
    state.counters["living"] = world.living_cells();
    state.counters["% of frame"] = 100.0 / (state.counters["steps/s"].value * frame_seconds);
}

/// Drawing these simulations into memory.
void rgba(benchmark::State& state) {
    const Grid start = herd(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
    const World world = world_of(start);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(start.extents().cells()) * 4);
    for (auto _ : state) {
        if (!world.rgba(pixels)) std::exit(1);
        benchmark::DoNotOptimize(pixels.data());
    }
}

} // namespace

int main(int argc, char** argv) {
    benchmark::AddCustomContext("model", bench::model_path());
    const std::vector<std::vector<std::int64_t>> worlds{{96, 1}, {512, 8}, {1024, 0}, {1024, 1}};
    for (const auto& world : worlds) {
        benchmark::RegisterBenchmark("step", step)
            ->ArgNames({"side", "across"})
            ->Args(world)
            ->Unit(benchmark::kMillisecond);
    }
    for (const auto& world : worlds) {
        benchmark::RegisterBenchmark("rgba", rgba)
            ->ArgNames({"side", "across"})
            ->Args(world)
            ->Unit(benchmark::kMicrosecond);
    }
    return bench::run(argc, argv);
}

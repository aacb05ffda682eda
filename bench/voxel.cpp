// SPDX-License-Identifier: Apache-2.0
// Steps of worlds of 32 x 32 x 32 voxels that all live, with the sizes of published models of Growing 3D Artefacts.
#include <nca/core/thread_pool.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/voxel.hpp>

#include "roofline.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int side = 32;
/// plain_village_house: 21 channels, hidden layers of 32.
using House = nca::voxel::Rule<10>;
/// jungle_temple: 28 channels, hidden layers of 64.
using Temple = nca::voxel::Rule<15, 12, 64>;

/// A rule whose states hardly change, so that every cell stays alive: the time does not depend on the weights.
template <class R>
[[nodiscard]] R quiet_rule() {
    R rule;
    rule.initialise(nca::Philox{1});
    std::uint64_t index = 0;
    nca::visit_filters(
        rule, [&](float& value, int, int, int) { value = 0.1F * static_cast<float>(nca::Philox{2}.normal(index++)); });
    nca::visit_parameters(rule, [&](float& value, int l, int input, int) {
        if (l + 1 == R::layer_count && input < R::layers.back().inputs)
            value = 1e-6F * static_cast<float>(nca::Philox{3}.normal(index++));
    });
    return rule;
}

template <class R>
void step_world(benchmark::State& state, const R& rule) {
    const int threads = static_cast<int>(state.range(0));
    nca::ThreadPool pool(threads);
    nca::Simulation<R, side, side, side> world{rule, {}, 1, nca::Reserve{.concurrency = threads}};
    const auto& architecture = rule.architecture();
    auto start = world.state();
    for (int cell = 0; cell < side * side * side; ++cell) {
        start.view().cell(cell)[static_cast<std::size_t>(architecture.life_channel())] = 1.0F;
    }
    world.load(start);
    for (auto _ : state) world.step(pool);
    state.counters["steps/s"] = benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
    const auto last = world.state();
    for (int cell = 0; cell < side * side * side; ++cell) {
        if (last.view().cell(cell)[static_cast<std::size_t>(architecture.life_channel())] > 0.5F) continue;
        std::fprintf(stderr, "bench: a cell died\n");
        std::exit(1);
    }
}

/// A rule whose sizes are its type.
template <class R>
void typed(benchmark::State& state) {
    step_world(state, quiet_rule<R>());
}
/// The same of run-time sizes, as `nca` and the viewer run it.
template <class R>
void any(benchmark::State& state) {
    step_world(state, *nca::voxel::AnyRule::from(quiet_rule<R>()));
}

BENCHMARK(typed<House>)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(any<House>)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(typed<Temple>)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(any<Temple>)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv) {
    bench::require_release();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The peak performance of this machine, measured with the library's SIMD registers, and counters relative to it. With
// NCA_SIMD_SCALAR the peak is scalar, and loops that the compiler vectorises exceed it.
#ifndef NCA_BENCH_ROOFLINE_HPP
#define NCA_BENCH_ROOFLINE_HPP

#include <nca/core/memory.hpp>
#include <nca/simd/batch.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <latch>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#define NCA_BENCH_TEXT_OF(name) #name
#define NCA_BENCH_TEXT(name) NCA_BENCH_TEXT_OF(name)

namespace bench {

/// The instruction set of this program.
inline constexpr const char* isa = NCA_BENCH_TEXT(NCA_ISA);

/// Wall time in seconds since an arbitrary epoch.
[[nodiscard]] inline double wall_seconds() noexcept {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// CPU time of the calling thread in seconds, which other programs on the machine hardly affect.
[[nodiscard]] inline double thread_seconds() noexcept {
#if defined(CLOCK_THREAD_CPUTIME_ID)
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#else
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
#endif
}

/// Exits unless compiled with NDEBUG: timings with assertions in inner loops are meaningless.
inline void require_release() {
#if !defined(NDEBUG)
    std::fprintf(stderr, "bench: refuses to run without NDEBUG; build with the preset release\n");
    std::exit(2);
#endif
}

/// The median. Precondition: not empty.
[[nodiscard]] inline double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// The shortest wall time of `repetitions` calls, of a few milliseconds each, so that at least one is not interrupted.
template <class F>
[[nodiscard]] double best_seconds(int repetitions, F&& piece) {
    double best = 1e300;
    for (int i = 0; i < repetitions; ++i) {
        const double start = wall_seconds();
        piece();
        best = std::min(best, wall_seconds() - start);
    }
    return best;
}

/// The iterations of one call of `fma_piece`, about 2 ms.
inline constexpr int fma_rounds = 400'000;
/// Independent accumulators: enough to hide a latency of 4 cycles on 2 to 6 pipes, and two registers for the operands.
inline constexpr int fma_accumulators = nca::vector_registers >= 32 ? 24 : 12;
/// Floating-point operations of one call.
inline constexpr double fma_flop = 2.0 * fma_rounds * fma_accumulators * nca::Vec<float>::size;

/// Multiply-adds in registers and nothing else. Accumulators start with different values and all enter the result: the
/// compiler would merge equal ones and drop unused ones, and the peak would be too high.
inline void fma_piece() {
    using Vec = nca::Vec<float>;
    float start[fma_accumulators];
    std::iota(std::begin(start), std::end(start), 1.0F);
    float factors[2] = {0.999F, 0.001F};
    benchmark::DoNotOptimize(start);
    benchmark::DoNotOptimize(factors);
    const Vec a(factors[0]);
    const Vec b(factors[1]);
    Vec sum[fma_accumulators];
    for (int i = 0; i < fma_accumulators; ++i) sum[i] = Vec(start[i]);
    for (int round = 0; round < fma_rounds; ++round) {
        NCA_UNROLL
        for (int i = 0; i < fma_accumulators; ++i) sum[i] = nca::fma(sum[i], a, b);
    }
    Vec total = sum[0];
    for (int i = 1; i < fma_accumulators; ++i) total = total + sum[i];
    float lanes[Vec::size];
    nca::store(lanes, total);
    benchmark::DoNotOptimize(lanes);
}

/// Fused multiply-adds of one core, in flop/s: the best call in 100 ms.
[[nodiscard]] inline double measure_peak() {
    return fma_flop / best_seconds(50, fma_piece);
}

/// The peak of several threads together, which can be less than a multiple of one, as they may share a core or a power
/// budget: the sum of the threads' medians, because their best calls need not coincide.
[[nodiscard]] inline double measure_peak(int threads) {
    std::latch ready(threads);
    std::vector<double> rates(static_cast<std::size_t>(threads));
    std::vector<std::thread> workers;
    for (double& rate : rates) {
        workers.emplace_back([&ready, &rate] {
            std::vector<double> seconds;
            ready.arrive_and_wait();
            for (int i = 0; i < 50; ++i) seconds.push_back(best_seconds(1, fma_piece));
            rate = fma_flop / median(seconds);
        });
    }
    for (std::thread& worker : workers) worker.join();
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

/// Memory bandwidth of one core in bytes/s: a = b + s * c with three arrays of 32 MiB, each counted once (STREAM
/// triad). With a last-level cache of more than 96 MiB, the bandwidth of that cache.
[[nodiscard]] inline double measure_bandwidth() {
    using Vec = nca::Vec<float>;
    constexpr std::size_t size = std::size_t{1} << 23U;
    nca::AlignedArray<float> a(size);
    nca::AlignedArray<float> b(size);
    nca::AlignedArray<float> c(size);
    std::fill(b.begin(), b.end(), 1.0F);
    std::fill(c.begin(), c.end(), 2.0F);
    float scale = 0.5F;
    benchmark::DoNotOptimize(scale);
    const Vec s(scale);
    const double seconds = best_seconds(10, [&] {
        for (std::size_t i = 0; i < size; i += Vec::size) {
            nca::store(a.data() + i, nca::fma(s, nca::load(c.data() + i), nca::load(b.data() + i)));
        }
        benchmark::ClobberMemory();
    });
    return 3.0 * sizeof(float) * static_cast<double>(size) / seconds;
}

/// The limits of the machine.
struct Roof {
    double core = measure_peak();           ///< flop/s of one core
    double two_cores = measure_peak(2);     ///< flop/s of two threads together
    double bandwidth = measure_bandwidth(); ///< bytes/s of one core

    /// The peak for a number of threads.
    [[nodiscard]] double peak(int threads) const noexcept {
        return threads <= 1 ? core : 0.5 * two_cores * static_cast<double>(threads);
    }
};

/// Measured on the first call, which takes a third of a second.
[[nodiscard]] inline const Roof& roof() {
    static const Roof measured;
    return measured;
}

/// The work of one iteration of a benchmark. Zeros are not reported.
struct Work {
    double flop = 0.0;
    double bytes = 0.0; ///< memory traffic if nothing is cached
    double cells = 0.0;
    double steps = 0.0;
};

/// Times the loop of a benchmark from construction to `report`, and turns work into counters. They are plain numbers,
/// so that repetitions have a median and a coefficient of variation; rates of Google Benchmark cannot be percentages.
class Meter {
public:
    /// Uses CPU time with one thread and wall time with more.
    explicit Meter(benchmark::State& state, int threads = 1) : state_{state}, threads_{threads}, start_{now()} {}

    /// Sets the counters GFLOP/s and %peak (of as many cores as threads), cells/s and steps/s; with bytes also flop/B
    /// and uncached, the GFLOP/s limit of the roofline if all data come from main memory.
    void report(const Work& work) {
        const double per_second = static_cast<double>(state_.iterations()) / (now() - start_);
        auto& counters = state_.counters;
        if (work.flop > 0.0) {
            counters["GFLOP/s"] = 1e-9 * work.flop * per_second;
            counters["%peak"] = 100.0 * work.flop * per_second / roof().peak(threads_);
        }
        if (work.flop > 0.0 && work.bytes > 0.0) {
            counters["flop/B"] = work.flop / work.bytes;
            counters["uncached"] = 1e-9 * std::min(roof().peak(threads_), work.flop / work.bytes * roof().bandwidth);
        }
        if (work.cells > 0.0) counters["cells/s"] = work.cells * per_second;
        if (work.steps > 0.0) counters["steps/s"] = work.steps * per_second;
    }

private:
    [[nodiscard]] double now() const noexcept { return threads_ > 1 ? wall_seconds() : thread_seconds(); }

    benchmark::State& state_;
    int threads_;
    double start_;
};

/// The main of a benchmark program: measures the roof, shows it in the context, and runs what is registered.
inline int run(int argc, char** argv) {
    require_release();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    const auto giga = [](double value) { return std::to_string(static_cast<long>(value * 1e-9 + 0.5)); };
    benchmark::AddCustomContext("instruction set", isa);
    benchmark::AddCustomContext("peak of one core", giga(roof().core) + " GFLOP/s (fused multiply-add, float)");
    benchmark::AddCustomContext("peak of two threads", giga(roof().two_cores) + " GFLOP/s");
    benchmark::AddCustomContext("triad of one core", giga(roof().bandwidth) + " GB/s");
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

} // namespace bench

#endif // NCA_BENCH_ROOFLINE_HPP

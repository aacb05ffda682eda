// SPDX-License-Identifier: Apache-2.0
// Feature networks: direct and Winograd convolutions, and whole passes. %peak counts the products of the direct
// convolution, so Winograd can exceed 100.
#include "vision.hpp"

#include <nca/image/convolution.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/image/winograd.hpp>

#include "naive.hpp"
#include "roofline.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using bench::Meter;
using nca::image::Epilogue;
using nca::image::FeatureMaps;
using Array = nca::AlignedArray<float>;

constexpr nca::image::Window window{.size = 3, .padding = 1};

/// A 3x3 convolution with random weights on random maps, and its directly computed result.
struct Convolution {
    explicit Convolution(int side, int inputs, int outputs)
        : in_values(static_cast<std::size_t>(side * side * nca::padded(inputs))),
          out_values(static_cast<std::size_t>(side * side * nca::padded(outputs))),
          kernel(9, inputs, outputs), in{in_values.data(), side, side, inputs, nca::padded(inputs)},
          out{out_values.data(), side, side, outputs, nca::padded(outputs)} {
        const nca::Philox random{1};
        for (int p = 0; p < in.pixels(); ++p) {
            for (int c = 0; c < inputs; ++c) {
                in.pixel(p)[c] = static_cast<float>(random.uniform(static_cast<std::uint64_t>(p * inputs + c)) - 0.5);
            }
        }
        std::uint64_t i = 0;
        for (int tap = 0; tap < 9; ++tap) {
            for (int c = 0; c < inputs; ++c) {
                for (int o = 0; o < outputs; ++o) {
                    kernel.weight(tap, c, o) = static_cast<float>(nca::Philox{2}.uniform(i++) - 0.5);
                }
            }
        }
    }

    /// Checks one pixel in the middle against the definition.
    void check(const char* name) const {
        const int y = in.height / 2;
        std::vector<double> wanted(static_cast<std::size_t>(out.channels));
        for (int tap = 0; tap < 9; ++tap) {
            const float* const pixel = in.pixel(y + tap / 3 - 1, y + tap % 3 - 1);
            for (int c = 0; c < in.channels; ++c) {
                for (int o = 0; o < out.channels; ++o) {
                    wanted[static_cast<std::size_t>(o)] +=
                        static_cast<double>(pixel[c]) * static_cast<double>(kernel.weight(tap, c, o));
                }
            }
        }
        bench::require_close(name, {out.pixel(y, y), wanted.size()}, wanted);
    }
    [[nodiscard]] double flop() const { return 18.0 * in.channels * out.channels * out.pixels(); }

    Array in_values;
    Array out_values;
    nca::image::ConvolutionKernel<float> kernel;
    FeatureMaps<float> in;
    FeatureMaps<float> out;
};

void direct(benchmark::State& state, int side, int inputs, int outputs) {
    const Convolution c(side, inputs, outputs);
    const nca::image::Indirection table = nca::image::window_table(window, side, side);
    const auto run = [&] {
        nca::image::convolve<float>(table, c.kernel, c.in, nullptr, false, Epilogue::none, nullptr, c.out);
    };
    run();
    c.check("convolve");
    Meter meter(state);
    for (auto _ : state) run();
    meter.report({.flop = c.flop()});
}

void minimal(benchmark::State& state, int side, int inputs, int outputs) {
    const Convolution c(side, inputs, outputs);
    const nca::image::WinogradTable table = nca::image::winograd_table(window, side, side);
    const auto kernel = nca::image::winograd_kernel(c.kernel);
    Array scratch(nca::image::winograd_scratch(inputs, outputs));
    const auto run = [&] { nca::image::convolve_winograd<float>(table, kernel, c.in, false, scratch.data(), c.out); };
    run();
    c.check("convolve_winograd");
    Meter meter(state);
    for (auto _ : state) run();
    meter.report({.flop = c.flop()});
}

void passes(benchmark::State& state, const nca::image::Network& network, const std::vector<float>& pictures,
            int threads) {
    bench::vision::Work work(network, threads);
    std::vector<float> gradients(pictures.size());
    (void)work.run(pictures, gradients);
    Meter meter(state, threads);
    for (auto _ : state) (void)work.run(pictures, gradients);
    meter.report({.flop = 4.0 * bench::vision::batch * bench::vision::multiply_adds(network)});
}

} // namespace

int main(int argc, char** argv) {
    const auto networks = bench::vision::make_networks();
    const auto random = nca::image::random_filters(1);
    for (const auto& [side, inputs, outputs] :
         {std::array{128, 3, 64}, {128, 16, 16}, {64, 32, 32}, {32, 64, 64}, {16, 128, 128}, {16, 512, 512}}) {
        const std::string name = std::to_string(side) + "/" + std::to_string(inputs) + "/" + std::to_string(outputs);
        benchmark::RegisterBenchmark(("convolve/" + name).c_str(), direct, side, inputs, outputs);
        if (inputs >= nca::lane_padding) {
            benchmark::RegisterBenchmark(("convolve_winograd/" + name).c_str(), minimal, side, inputs, outputs);
        }
    }
    for (const int threads : {1, 2}) {
        const std::string suffix = "/batch:4/threads:" + std::to_string(threads);
        const auto add = [&](const char* name, const nca::image::Network& network) {
            benchmark::RegisterBenchmark((name + suffix).c_str(), passes, network, networks.pictures, threads)
                ->UseRealTime()
                ->Unit(benchmark::kMillisecond);
        };
        add("random_filters", random);
        add("distilled_vgg19", networks.distilled);
        add("vgg16", networks.vgg16);
    }
    return bench::run(argc, argv);
}

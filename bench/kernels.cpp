// SPDX-License-Identifier: Apache-2.0
// The kernels of Growing NCA (48-128-16, float) on tiles of 48 cells. Each is checked against plain loops once and then
// timed, on alternating tiles as in a step, so that successive calls do not find the same cells in the cache.
#include <nca/cell/cell_update.hpp>
#include <nca/cell/cell_update_pullback.hpp>
#include <nca/cell/dense.hpp>
#include <nca/cell/perceive.hpp>

#include "naive.hpp"
#include "roofline.hpp"
#include "tiles.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using bench::Meter;
using bench::Rule;
using bench::Tiles;
using nca::padded;
using Relu = nca::ForwardEpilogue<nca::Relu>;
using ReluPullback = nca::PullbackEpilogue<nca::Relu>;

constexpr int rows = Tiles::size;
constexpr int perceived = nca::padded(Rule::perceived);
using Array = nca::AlignedArray<float>;

[[nodiscard]] Array random_array(std::uint32_t stream, int height, int columns) {
    Array array(static_cast<std::size_t>(nca::padded_rows(height)) * static_cast<std::size_t>(padded(columns)));
    bench::fill_random(stream, {array.data(), array.size()});
    return array;
}

[[nodiscard]] std::span<const float> first(const Array& array, std::size_t size) {
    return {array.data(), size};
}

template <int Inner, int Columns, class Epilogue>
void dense_rows(benchmark::State& state) {
    const Array a = random_array(1, rows, Inner);
    const Array matrix = random_array(2, Inner, Columns);
    const Array bias = random_array(3, 1, Columns);
    const Array gate = random_array(4, rows, Columns);
    Array out = random_array(5, rows, Columns);
    const auto run = [&] {
        nca::dense_rows<Inner, Columns, Epilogue>(a.data(), padded(Inner), rows, matrix.data(), bias.data(),
                                                  gate.data(), out.data());
    };
    run();
    auto wanted = bench::naive::product(a.data(), padded(Inner), matrix.data(), padded(Columns), bias.data(),
                                        std::is_same_v<Epilogue, Relu>, rows, Inner, Columns);
    for (std::size_t i = 0; std::is_same_v<Epilogue, ReluPullback> && i < wanted.size(); ++i) {
        wanted[i] = gate[i] > 0.0F ? wanted[i] : 0.0;
    }
    bench::require_close("dense_rows", first(out, wanted.size()), wanted);

    Meter meter(state);
    for (auto _ : state) {
        run();
        benchmark::ClobberMemory();
    }
    meter.report({.flop = 2.0 * rows * Inner * Columns});
}

template <int Inner, int Columns>
void dense_weight_pullback(benchmark::State& state) {
    const Array a = random_array(1, rows, Inner);
    const Array g = random_array(2, rows, Columns);
    Array matrix = Array(std::size_t{Inner} * Columns);
    Array bias = Array(Columns);
    const auto run = [&] {
        nca::dense_weight_pullback<Inner, Columns>(a.data(), padded(Inner), g.data(), rows, matrix.data(), bias.data());
    };
    run();
    std::vector<float> transposed;
    for (int i = 0; i < Inner; ++i) {
        for (int r = 0; r < rows; ++r) transposed.push_back(a[static_cast<std::size_t>(r * padded(Inner) + i)]);
    }
    bench::require_close("dense_weight_pullback", first(matrix, matrix.size()),
                         bench::naive::product(transposed.data(), rows, g.data(), padded(Columns), nullptr, false,
                                               Inner, rows, Columns));
    const std::vector<float> ones(rows, 1.0F);
    bench::require_close(
        "dense_weight_pullback", first(bias, Columns),
        bench::naive::product(ones.data(), rows, g.data(), padded(Columns), nullptr, false, 1, rows, Columns));

    Meter meter(state);
    for (auto _ : state) {
        run();
        benchmark::ClobberMemory();
    }
    meter.report({.flop = 2.0 * rows * Inner * Columns});
}

void perceive(benchmark::State& state) {
    const Tiles tiles;
    Array out = random_array(1, rows, Rule::perceived);
    const auto run = [&](int tile) {
        nca::perceive<Rule::PerceptionPolicy, Rule::channels, Rule::rank>(tiles.field.values(), tiles.field.offsets(),
                                                                          tiles[tile], rows, nca::Rotations<float>{},
                                                                          out.data(), perceived);
    };
    run(0);
    std::vector<double> wanted;
    for (int i = 0; i < rows; ++i) {
        const auto cell = bench::naive::perceive(Rule::channels, tiles.neighbourhood(tiles[0][i]));
        wanted.insert(wanted.end(), cell.begin(), cell.end());
    }
    bench::require_close("perceive", first(out, wanted.size()), wanted);

    Meter meter(state);
    int tile = 0;
    for (auto _ : state) {
        run(tile++);
        benchmark::ClobberMemory();
    }
    meter.report({.flop = rows * bench::perceive_flop, .bytes = rows * sizeof(float) * (16.0 + 48.0), .cells = rows});
}

/// Adds the pullback of perception, for g [filter * channels + channel] the adjoint of what a cell perceives, to the
/// adjoint of a bordered grid.
void scatter(const bench::Field& field, std::int32_t cell, const std::vector<double>& g, std::vector<double>& adjoint) {
    for (int n = 0; n < 9; ++n) {
        for (std::size_t i = 0; i < g.size(); ++i) {
            const std::ptrdiff_t to = cell * bench::stride + field.offsets()[static_cast<std::size_t>(n)] +
                                      static_cast<std::ptrdiff_t>(i % Rule::channels);
            adjoint[static_cast<std::size_t>(to)] +=
                bench::naive::filter(static_cast<int>(i) / Rule::channels, n / 3 - 1, n % 3 - 1) * g[i];
        }
    }
}

void perceive_pullback(benchmark::State& state) {
    const Tiles tiles;
    const Array g = random_array(1, rows, Rule::perceived);
    Array adjoint(std::size_t{74} * 74 * bench::stride);
    const auto run = [&](int tile) {
        nca::perceive_pullback<Rule::PerceptionPolicy, Rule::channels, Rule::rank>(
            g.data(), g.data(), perceived, tiles.field.offsets(), tiles[tile], rows, nca::Rotation<float>{},
            adjoint.data());
    };
    run(0);
    std::vector<double> wanted(adjoint.size());
    for (int i = 0; i < rows; ++i) {
        const float* const row = g.data() + i * perceived;
        scatter(tiles.field, tiles[0][i], {row, row + Rule::perceived}, wanted);
    }
    bench::require_close("perceive_pullback", first(adjoint, wanted.size()), wanted);

    Meter meter(state);
    int tile = 0;
    for (auto _ : state) {
        run(tile++);
        benchmark::ClobberMemory();
    }
    meter.report(
        {.flop = rows * bench::perceive_flop, .bytes = rows * sizeof(float) * (48.0 + 2.0 * 16.0), .cells = rows});
}

/// The fused update: perception and both layers. The project requires its %peak to be at least 70.
void cell_update(benchmark::State& state) {
    const Tiles tiles;
    nca::TileBuffers<Rule> memory{nca::ArchitectureOf<Rule>{}};
    const nca::Tile<Rule> buffers = memory[0];
    const auto run = [&](int tile) {
        nca::cell_update<Rule>({}, tiles.rule.parameters().data(), tiles.field.values(), tiles.field.offsets(),
                               tiles[tile], rows, nca::Rotations<float>{}, buffers);
    };
    run(0);
    std::vector<double> wanted;
    for (int i = 0; i < rows; ++i) {
        const auto cell =
            bench::naive::update(tiles.rule, bench::naive::perceive(Rule::channels, tiles.neighbourhood(tiles[0][i])));
        wanted.insert(wanted.end(), cell.update.begin(), cell.update.end());
    }
    bench::require_close("cell_update", {buffers.update(), wanted.size()}, wanted);

    Meter meter(state);
    int tile = 0;
    for (auto _ : state) {
        run(tile++);
        benchmark::ClobberMemory();
    }
    meter.report({.flop = rows * bench::forward_flop, .bytes = rows * sizeof(float) * (16.0 + 16.0), .cells = rows});
}

/// The pullback of the fused update, with recomputed hidden values, as training does by default.
void cell_update_pullback(benchmark::State& state) {
    const Tiles tiles;
    nca::TileBuffers<Rule> memory{{}, 2};
    const nca::Tile<Rule> values = memory[0];
    const nca::Tile<Rule> adjoints = memory[1];
    Array transposed(nca::transposed_size(nca::ArchitectureOf<Rule>{}));
    Array gradient(Rule::block_size);
    Array adjoint(std::size_t{74} * 74 * bench::stride);
    nca::transpose_weights(nca::ArchitectureOf<Rule>{}, tiles.rule.parameters().data(), transposed.data());
    const Array g = random_array(1, rows, Rule::channels);
    std::copy(g.begin(), g.begin() + rows * Rule::channels, adjoints.update());
    const auto run = [&](int tile) {
        nca::cell_hidden<Rule>({}, tiles.rule.parameters().data(), tiles.field.values(), tiles.field.offsets(),
                               tiles[tile], rows, nca::Rotations<float>{}, values);
        nca::cell_update_pullback<Rule>({}, tiles.rule.parameters().data(), transposed.data(), tiles.field.values(),
                                        tiles.field.offsets(), tiles[tile], rows, {}, values, adjoints, gradient.data(),
                                        adjoint.data());
    };
    run(0);
    std::vector<double> wanted_gradient(gradient.size());
    std::vector<double> wanted_adjoint(adjoint.size());
    for (int i = 0; i < rows; ++i) {
        const auto cell =
            bench::naive::update(tiles.rule, bench::naive::perceive(Rule::channels, tiles.neighbourhood(tiles[0][i])));
        const float* const row = g.data() + i * Rule::channels;
        scatter(tiles.field, tiles[0][i],
                bench::naive::pullback(tiles.rule, cell, {row, row + Rule::channels}, wanted_gradient), wanted_adjoint);
    }
    bench::require_close("cell_update_pullback", first(gradient, gradient.size()), wanted_gradient);
    bench::require_close("cell_update_pullback", first(adjoint, adjoint.size()), wanted_adjoint);

    Meter meter(state);
    int tile = 0;
    for (auto _ : state) {
        run(tile++);
        benchmark::ClobberMemory();
    }
    meter.report({.flop = rows * (bench::recompute_flop + bench::pullback_flop),
                  .bytes = rows * sizeof(float) * (16.0 + 16.0 + 2.0 * 16.0),
                  .cells = rows});
}

} // namespace

int main(int argc, char** argv) {
    benchmark::RegisterBenchmark("dense_rows/48x128/relu", dense_rows<48, 128, Relu>);
    benchmark::RegisterBenchmark("dense_rows/128x16", dense_rows<128, 16, nca::ForwardEpilogue<>>);
    benchmark::RegisterBenchmark("dense_rows/16x128/relu_pullback", dense_rows<16, 128, ReluPullback>);
    benchmark::RegisterBenchmark("dense_rows/128x48", dense_rows<128, 48, nca::ForwardEpilogue<>>);
    benchmark::RegisterBenchmark("dense_weight_pullback/48x128", dense_weight_pullback<48, 128>);
    benchmark::RegisterBenchmark("dense_weight_pullback/128x16", dense_weight_pullback<128, 16>);
    benchmark::RegisterBenchmark("perceive", perceive);
    benchmark::RegisterBenchmark("perceive_pullback", perceive_pullback);
    benchmark::RegisterBenchmark("cell_update", cell_update);
    benchmark::RegisterBenchmark("cell_update_pullback", cell_update_pullback);
    return bench::run(argc, argv);
}

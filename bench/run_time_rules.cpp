// SPDX-License-Identifier: Apache-2.0
// A rule of run-time sizes (nca::AnyRule) against its compile-time twin: kernels, a step and a training iteration of
// Growing NCA. Both sides alternate in short pieces, so that other programs slow both; each row is checked to have
// equal bits before it is timed.
#include <nca/cell/cell_update_pullback.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/optimiser.hpp>

#include "lizard.hpp"
#include "roofline.hpp"
#include "tiles.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

using nca::AnyRule;
using nca::ArchitectureOf;
using Values = std::vector<float>;

/// The run-time twin.
[[nodiscard]] AnyRule any(const bench::Rule& rule) {
    return AnyRule::from(rule).value();
}

/// Prints the times of both sides and the median of the ratios, after the results of both were compared.
template <class Static, class RunTime>
void row(const char* name, int pieces, int calls, Static&& of_type, RunTime&& of_run_time) {
    const Values wanted = of_type();
    if (of_run_time() != wanted) {
        std::fprintf(stderr, "bench: the bits of '%s' differ\n", name);
        std::exit(1);
    }
    const auto seconds = [&](auto& side) {
        const double start = bench::thread_seconds();
        for (int i = 0; i < calls; ++i) benchmark::DoNotOptimize(side());
        return (bench::thread_seconds() - start) / calls;
    };
    std::vector<double> first;
    std::vector<double> second;
    std::vector<double> ratios;
    for (int i = 0; i < pieces; ++i) {
        first.push_back(seconds(of_type));
        second.push_back(seconds(of_run_time));
        ratios.push_back(first.back() / second.back());
    }
    std::printf("%-24s %11.2f us %11.2f us %7.3f\n", name, 1e6 * bench::median(first), 1e6 * bench::median(second),
                bench::median(ratios));
}

/// The kernels on one tile of cells after the other. Functions return what is compared.
template <class R>
class Kernels {
public:
    explicit Kernels(const bench::Tiles& tiles, const R& rule)
        : tiles_{tiles}, rule_{rule}, buffers_{rule.architecture(), 2},
          transposed_(nca::transposed_size(rule.architecture())), gradient_(rule.parameters().size()),
          adjoint_(std::size_t{74} * 74 * bench::stride), field_{{72, 72}, rule_.architecture()} {
        nca::transpose_weights(rule.architecture(), rule.parameters().data(), transposed_.data());
        std::copy_n(tiles.field.values(), adjoint_.size(), field_.values());
    }

    [[nodiscard]] Values perceive() {
        const nca::Tile<R> tile = buffers_[0];
        nca::isa_detail::perceive_tile<R, nca::SumOrder::by_distance>(rule_.architecture(), rule_.parameters().data(),
                                                                      field_.values(), field_.offsets(), next(),
                                                                      bench::Tiles::size, {}, tile.perception());
        return {tile.perception(), tile.perception() + 48};
    }
    [[nodiscard]] Values update() {
        const nca::Tile<R> tile = buffers_[0];
        nca::cell_update<R>(rule_.architecture(), rule_.parameters().data(), field_.values(), field_.offsets(), next(),
                            bench::Tiles::size, {}, tile);
        return {tile.update(), tile.update() + 16};
    }
    /// The pullback with recomputed hidden values, as training does by default.
    [[nodiscard]] Values pullback() {
        const nca::Tile<R> values = buffers_[0];
        const nca::Tile<R> adjoints = buffers_[1];
        bench::fill_random(1, {adjoints.update(), std::size_t{bench::Tiles::size} * 16});
        const std::int32_t* const cells = next();
        nca::cell_hidden<R>(rule_.architecture(), rule_.parameters().data(), field_.values(), field_.offsets(), cells,
                            bench::Tiles::size, {}, values);
        nca::cell_update_pullback<R>(rule_.architecture(), rule_.parameters().data(), transposed_.data(),
                                     field_.values(), field_.offsets(), cells, bench::Tiles::size, {}, values, adjoints,
                                     gradient_.data(), adjoint_.data());
        return {gradient_.data(), gradient_.data() + 100};
    }

private:
    [[nodiscard]] const std::int32_t* next() { return tiles_[tile_++]; }

    const bench::Tiles& tiles_;
    const R& rule_;
    nca::TileBuffers<R> buffers_;
    nca::AlignedArray<float> transposed_;
    nca::AlignedArray<float> gradient_;
    nca::AlignedArray<float> adjoint_;
    nca::FieldOf<R> field_;
    int tile_ = 0;
};

/// Steps of a simulation.
template <class R>
class World {
public:
    World(const R& rule, std::span<const float> start, double fire_rate)
        : world_{rule, nca::Extents<nca::Dynamic, nca::Dynamic>{{bench::side, bench::side}}, 5}, start_{
                                                                                                     world_.extents(),
                                                                                                     16} {
        std::copy(start.begin(), start.end(), start_.values().begin());
        auto options = world_.options();
        options.fire_rate = fire_rate;
        world_.set_options(options);
    }
    [[nodiscard]] Values run() {
        world_.load(start_);
        world_.step(8);
        const auto values = world_.state();
        return {values.values().begin(), values.values().end()};
    }

private:
    using Simulation = nca::Simulation<R, nca::Dynamic, nca::Dynamic>;
    Simulation world_;
    typename Simulation::StateGrid start_;
};

/// A training iteration: samples of steps from the grown lizard, gradient, normalisation, Adam.
template <class R>
class Training {
public:
    explicit Training(const R& rule)
        : initial_{rule}, rule_{rule}, gradient_{2, rule.parameters().size(), pool_}, adam_{rule.parameters().size()} {}

    [[nodiscard]] Values run() {
        const auto initial = initial_.parameters();
        std::copy(initial.begin(), initial.end(), rule_.parameters().begin());
        gradient_.compute(rule_, [&](nca::Tape& tape, const nca::Weights<R>& weights, int sample) {
            const auto first =
                nca::constant_state<R>(tape, weights.architecture(), {bench::side, bench::side}, bench::lizard().cells);
            const auto last = nca::rollout(weights, first, 20, nca::Philox{7}.split(static_cast<std::uint32_t>(sample)),
                                           0, nca::step_options_of<R>(weights.architecture()));
            return nca::mean(
                nca::square(nca::rgba(last) - tape.constant({bench::side, bench::side, 4}, bench::lizard().target)));
        });
        Values result(gradient_.gradient().begin(), gradient_.gradient().end());
        nca::normalise_variables<R>(gradient_.gradient(), rule_.architecture());
        adam_.step(rule_.parameters(), gradient_.gradient(), bench::learning_rate);
        return result;
    }

private:
    R initial_;
    R rule_;
    nca::ThreadPool pool_{1};
    nca::BatchGradient<R> gradient_;
    nca::Adam<float> adam_;
};

} // namespace

int main() {
    bench::require_release();
    std::printf("%-24s %14s %14s %7s\n", bench::isa, "compile time", "run time", "ratio");
    const bench::Tiles tiles;
    const AnyRule rule = any(tiles.rule);
    Kernels<bench::Rule> a{tiles, tiles.rule};
    Kernels<AnyRule> b{tiles, rule};
    row(
        "perception", 400, 200, [&] { return a.perceive(); }, [&] { return b.perceive(); });
    row(
        "update", 400, 50, [&] { return a.update(); }, [&] { return b.update(); });
    row(
        "pullback", 400, 20, [&] { return a.pullback(); }, [&] { return b.pullback(); });

    // Updates of zero leave all cells alive.
    const bench::Rule still;
    Values full(std::size_t{bench::side} * bench::side * 16);
    bench::fill_random(1, full);
    for (std::size_t i = 3; i < full.size(); i += 16) full[i] = 1.0F;
    World<bench::Rule> all{still, full, 1.0};
    World<AnyRule> any_all{any(still), full, 1.0};
    row(
        "step, all cells", 60, 1, [&] { return all.run(); }, [&] { return any_all.run(); });

    const bench::Lizard& lizard = bench::lizard();
    const AnyRule any_lizard = any(lizard.rule);
    World<bench::Rule> grown{lizard.rule, lizard.state.values(), bench::fire_rate};
    World<AnyRule> any_grown{any_lizard, lizard.state.values(), bench::fire_rate};
    row(
        "step, lizard", 200, 2, [&] { return grown.run(); }, [&] { return any_grown.run(); });

    Training<bench::Rule> training{lizard.rule};
    Training<AnyRule> any_training{any_lizard};
    row(
        "training, lizard", 40, 1, [&] { return training.run(); }, [&] { return any_training.run(); });
    return 0;
}

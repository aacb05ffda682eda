// SPDX-License-Identifier: Apache-2.0
// A grown lizard on 72x72 cells, and running and training it as in the article.
#ifndef NCA_BENCH_LIZARD_HPP
#define NCA_BENCH_LIZARD_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/rollout.hpp>

#include "naive.hpp"
#include "tiles.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace bench {

using World = nca::Simulation<Rule, nca::Dynamic, nca::Dynamic>;
using Cells = nca::SparseState<float>;

inline constexpr int side = 72;
inline constexpr int batch = 8;
inline constexpr int steps = 80;
inline constexpr double fire_rate = 0.5;
inline constexpr double learning_rate = 2e-3;

/// The value of an environment variable, or a default if it is not set.
[[nodiscard]] inline std::filesystem::path from_environment(const char* name, const std::filesystem::path& otherwise) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' ? std::filesystem::path(value) : otherwise;
}

/// The model to run: NCA_BENCH_MODEL, else the published lizard in the folder NCA_DATA (18% of its cells are alive),
/// else that of the repository, which is larger (25%).
[[nodiscard]] inline std::string model_path() {
    const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path().parent_path();
    const auto published =
        from_environment("NCA_DATA", root / "../shared/data") / "growing/published/ex3_lizard.safetensors";
    std::error_code error;
    const auto otherwise =
        std::filesystem::exists(published, error) ? published : root / "examples/models/growing/lizard.safetensors";
    return from_environment("NCA_BENCH_MODEL", otherwise).lexically_normal().string();
}

/// A creature grown for 200 steps.
struct Lizard {
    std::string file = model_path();
    Rule rule{};
    World::StateGrid state{nca::Extents<nca::Dynamic, nca::Dynamic>{{side, side}}};
    Cells cells{};             ///< the same state, sparse
    std::vector<float> target; ///< its RGBA channels: [72, 72, 4]
};

/// The lizard, grown on the first call. Exits with status 2 if no model can be read.
[[nodiscard]] inline const Lizard& lizard() {
    static const Lizard grown = [] {
        Lizard result;
        const auto model = nca::load_model<Rule>(result.file);
        if (!model) {
            std::fprintf(stderr, "bench: %s\n", model.error().message.c_str());
            std::exit(2);
        }
        result.rule = model.value().rule;
        World world(result.rule, result.state.extents(), 200);
        world.plant(side / 2, side / 2);
        for (int i = 0; i < 200; ++i) world.step();
        world.store(result.state);
        Field field{{side, side}};
        field.load(result.state.values().data());
        nca::save_cells(field, result.cells);
        for (int cell = 0; cell < side * side; ++cell) {
            const auto values = result.state.view().cell(cell);
            result.target.insert(result.target.end(), values.begin(), values.begin() + 4);
        }
        if (result.cells.count() < 200) {
            std::fprintf(stderr, "bench: '%s' grows no creature on %dx%d cells\n", result.file.c_str(), side, side);
            std::exit(2);
        }
        return result;
    }();
    return grown;
}

/// The number of cells that are alive and fire, summed over the steps from a state: the work that sparsity leaves.
[[nodiscard]] inline double count_active(World::StateGrid::ConstView state, const nca::Philox& random, int step_count,
                                         double rate) {
    Field field{state.extents().sizes()};
    field.load(state.data());
    nca::StepWorkspace<Rule> work({}, field);
    nca::prepare<Rule>(field, work);
    nca::StepOptions<Rule> options;
    options.fire_rate = rate;
    double total = 0.0;
    for (int i = 0; i < step_count; ++i) {
        nca::step_field<Rule>(lizard().rule.parameters().data(), field, options,
                              nca::FireMask(random, static_cast<std::uint64_t>(i), rate), work, nca::SerialExecutor{});
        total += work.active_count;
    }
    return total;
}

/// The loss of a rollout from the grown lizard: the mean squared error against its own colours.
template <class Keep = nca::keep_states, class R = Rule>
[[nodiscard]] nca::Var rollout_loss(nca::Tape& tape, const nca::Weights<R>& weights, int step_count,
                                    const nca::Philox& random, double rate) {
    nca::StepOptions<R> options;
    options.fire_rate = rate;
    const auto first = nca::constant_state<R>(tape, {side, side}, lizard().cells);
    const auto last = nca::rollout<Keep>(weights, first, step_count, random, 0, options);
    const nca::Shape shape{side, side, 4};
    return nca::mean(nca::square(nca::rgba(last) - tape.constant(shape, lizard().target)));
}

/// The lizard's rule, whose network multiplies in bfloat16.
using NarrowRule = nca::growing::Rule<16, 128, nca::Compute<nca::bfloat16>>;

/// The measured training iteration: 8 samples of 80 steps, gradient, normalisation, Adam.
template <class Keep = nca::keep_states, class R = Rule>
class Training {
public:
    explicit Training(int threads) : pool_{threads}, gradient_{batch, pool_} {}

    /// One iteration; returns the loss. Always starts from the same weights, so that every iteration has as many living
    /// cells, with other fire masks.
    double iterate(std::uint32_t iteration) {
        const double loss = compute(iteration, steps, fire_rate);
        nca::normalise_variables<R>(gradient_.gradient());
        adam_.step(rule_.parameters(), gradient_.gradient(), learning_rate);
        return loss;
    }

    /// The mean loss and its gradient only.
    double compute(std::uint32_t iteration, int step_count, double rate) {
        const auto initial = lizard().rule.parameters();
        std::copy(initial.begin(), initial.end(), rule_.parameters().begin());
        return gradient_.compute(rule_, [&](nca::Tape& tape, const nca::Weights<R>& weights, int sample) {
            return rollout_loss<Keep>(tape, weights, step_count, stream(iteration, sample), rate);
        });
    }

    /// The gradient of `compute`, normalised by `iterate`.
    [[nodiscard]] std::span<const float> gradient() noexcept { return gradient_.gradient(); }

    /// The floating-point operations of an iteration with recomputed hidden values, 3.75 times those of the forward
    /// steps, and its number of active cells, estimated from one iteration.
    [[nodiscard]] static std::pair<double, double> flop_and_cells() {
        double active = 0.0;
        for (int sample = 0; sample < batch; ++sample) {
            active += count_active(lizard().state, stream(0, sample), steps, fire_rate);
        }
        return {active * (forward_flop + recompute_flop + pullback_flop), active};
    }

private:
    [[nodiscard]] static nca::Philox stream(std::uint32_t iteration, int sample) {
        return nca::Philox{7}.split(iteration, static_cast<std::uint32_t>(sample));
    }

    nca::ThreadPool pool_;
    nca::BatchGradient<R> gradient_;
    R rule_{};
    nca::Adam<float> adam_{R::block_size};
};

/// A batch of simulations with one lizard each.
[[nodiscard]] inline std::vector<World> make_worlds(int count, int concurrency = 1) {
    std::vector<World> worlds;
    for (int i = 0; i < count; ++i) {
        worlds.emplace_back(lizard().rule, lizard().state.extents(), static_cast<std::uint64_t>(i + 1),
                            nca::Reserve{.concurrency = concurrency});
        worlds.back().load(lizard().state);
    }
    return worlds;
}

} // namespace bench

#endif // NCA_BENCH_LIZARD_HPP

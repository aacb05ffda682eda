// SPDX-License-Identifier: Apache-2.0
// Sixteen drawn digits on 28x28 cells, and training and running the self-classifying rule as in the article.
#ifndef NCA_BENCH_DIGITS_HPP
#define NCA_BENCH_DIGITS_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/mnist/presets.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/mnist/task.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/rollout.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench::digits {

using Rule = nca::mnist::Rule<>;
using World = nca::Simulation<Rule, nca::Dynamic, nca::Dynamic>;

inline constexpr int side = nca::mnist::image_side;
inline constexpr int batch = nca::mnist::l2_noise.batch;
inline constexpr int steps = nca::mnist::l2_noise.steps;
inline constexpr double fire_rate = nca::mnist::l2_noise.fire_rate;
inline constexpr double noise = nca::mnist::l2_noise.noise;
inline constexpr double learning_rate = 1e-3;
/// The mean over the training digits of MNIST.
inline constexpr int living_cells = 137;

/// The label of a sample.
[[nodiscard]] constexpr int label_of(int sample) noexcept {
    return sample % nca::mnist::classes;
}

/// The start of training: weights, states that are some steps old, and targets. All random numbers are fixed.
class Start {
public:
    Start() {
        const nca::Philox random{28};
        rule.initialise(random.split(0));
        // The last layer is not zero, as it would be initially, so that no gradient is; small, so that states stay
        // small.
        constexpr int last = Rule::layer_count - 1;
        for (int i = 0; i < Rule::layers.back().inputs; ++i) {
            for (int o = 0; o < Rule::layers.back().outputs; ++o) {
                const auto index = static_cast<std::uint64_t>(i * Rule::channels + o);
                rule.weight(last, i, o) = 0.02F * signed_uniform(random.split(1), index);
            }
        }
        for (int sample = 0; sample < batch; ++sample) {
            World::StateGrid& state = states.emplace_back(nca::Extents<nca::Dynamic, nca::Dynamic>{{side, side}});
            const auto name = static_cast<std::uint32_t>(sample);
            draw(random.split(2, name), state);
            const nca::Philox values = random.split(3, name);
            std::vector<float>& target = targets.emplace_back();
            for (int cell = 0; cell < side * side; ++cell) {
                const auto channels = state.view().cell(cell);
                const bool alive = channels[0] > nca::mnist::ink;
                living += alive ? 1 : 0;
                for (int c = Rule::frozen; c < Rule::channels; ++c) {
                    const auto index = static_cast<std::uint64_t>(cell * Rule::channels + c);
                    channels[static_cast<std::size_t>(c)] = alive ? 0.5F * signed_uniform(values, index) : 0.0F;
                }
                for (int k = 0; k < nca::mnist::classes; ++k) {
                    target.push_back(alive && k == label_of(sample) ? 1.0F : 0.0F);
                }
            }
        }
    }

    Rule rule{};
    std::vector<World::StateGrid> states{};    ///< [28, 28, 20] each
    std::vector<std::vector<float>> targets{}; ///< [28, 28, 10] each
    int living = 0;                            ///< living cells of all images

private:
    [[nodiscard]] static float signed_uniform(const nca::Philox& random, std::uint64_t index) {
        return static_cast<float>(2.0 * random.uniform(index) - 1.0);
    }

    /// Draws random strokes in the middle 20x20 cells, until as many cells are alive as in a digit.
    static void draw(const nca::Philox& random, World::StateGrid& state) {
        const auto place = [&](std::uint64_t index) { return 4.0 + 19.0 * random.uniform(index); };
        double x = place(0);
        double y = place(1);
        int count = 0;
        for (std::uint64_t corner = 1; count < living_cells; ++corner) {
            const double across = (place(2 * corner) - x) / 20.0;
            const double down = (place(2 * corner + 1) - y) / 20.0;
            for (int i = 0; i < 20 && count < living_cells; ++i, x += across, y += down) {
                for (int cell = 0; cell < side * side; ++cell) {
                    const double distance = std::hypot(cell % side - x, cell / side - y);
                    float& grey = state.view().cell(cell)[0];
                    const bool before = grey > nca::mnist::ink;
                    grey = std::max(grey, static_cast<float>(std::clamp(2.1 - distance, 0.0, 1.0)));
                    count += !before && grey > nca::mnist::ink ? 1 : 0;
                }
            }
        }
    }
};

/// The start, created on the first call.
[[nodiscard]] inline const Start& start() {
    static const Start made;
    return made;
}

/// The L2 loss of the rollout of a sample.
[[nodiscard]] inline nca::Var rollout_loss(nca::Tape& tape, const nca::Weights<Rule>& weights, int sample,
                                           int step_count, const nca::Philox& random,
                                           const nca::StepOptions<Rule>& options) {
    const auto index = static_cast<std::size_t>(sample);
    const auto first = nca::constant_state<Rule>(tape, start().states[index].view());
    const auto last = nca::rollout<nca::keep_all>(weights, first, step_count, random, 0, options);
    return nca::mnist::digit_loss(last, label_of(sample), nca::mnist::Loss::l2);
}

/// The measured training iteration: 16 samples of 20 steps, gradient, normalisation, Adam.
class Training {
public:
    explicit Training(int threads) : pool_{threads}, gradient_{batch, pool_} {}

    /// One iteration; returns the loss. Always starts from the same weights, with other fire masks and noise.
    double iterate(std::uint32_t iteration) {
        nca::StepOptions<Rule> options;
        options.fire_rate = fire_rate;
        options.noise = noise;
        const double loss = compute(iteration, steps, options);
        nca::normalise_variables<Rule>(gradient_.gradient());
        adam_.step(rule_.parameters(), gradient_.gradient(), learning_rate);
        return loss;
    }

    /// The mean loss and its gradient only.
    double compute(std::uint32_t iteration, int step_count, const nca::StepOptions<Rule>& options) {
        const auto initial = start().rule.parameters();
        std::copy(initial.begin(), initial.end(), rule_.parameters().begin());
        return gradient_.compute(rule_, [&](nca::Tape& tape, const nca::Weights<Rule>& weights, int sample) {
            const nca::Philox random = nca::Philox{7}.split(iteration, static_cast<std::uint32_t>(sample));
            return rollout_loss(tape, weights, sample, step_count, random, options);
        });
    }

    /// The gradient of `compute`, normalised by `iterate`.
    [[nodiscard]] std::span<const float> gradient() noexcept { return gradient_.gradient(); }

private:
    nca::ThreadPool pool_;
    nca::BatchGradient<Rule> gradient_;
    Rule rule_{};
    nca::Adam<float> adam_{Rule::block_size};
};

/// One simulation per digit.
[[nodiscard]] inline std::vector<World> make_worlds() {
    std::vector<World> worlds;
    for (const World::StateGrid& state : start().states) {
        worlds.emplace_back(start().rule, state.extents(), worlds.size() + 1);
        worlds.back().load(state);
    }
    return worlds;
}

} // namespace bench::digits

#endif // NCA_BENCH_DIGITS_HPP

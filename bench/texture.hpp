// SPDX-License-Identifier: Apache-2.0
// Four states of 128x128 cells, and training a texture rule as in the article's notebook.
#ifndef NCA_BENCH_TEXTURE_HPP
#define NCA_BENCH_TEXTURE_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/systems/texture/image_loss.hpp>
#include <nca/systems/texture/rule.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/rollout.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench::texture {

using Rule = nca::texture::PyTorchRule<>;
using Grid = nca::Grid<float, Rule::channels, nca::Dynamic, nca::Dynamic>;
using Picture = nca::Grid<float, 3, nca::Dynamic, nca::Dynamic>;

inline constexpr int side = nca::texture::pytorch.side;
inline constexpr int batch = nca::texture::pytorch.batch;
/// The mean of the notebook's 32 to 95.
inline constexpr int steps = 64;
inline constexpr double learning_rate = 1e-3;

/// The start of training: weights, states and a target. All random numbers are fixed.
struct Start {
    Start() : target{nca::Extents<nca::Dynamic, nca::Dynamic>{{side, side}}} {
        const nca::Philox random{64};
        nca::texture::initialise(rule, nca::texture::pytorch.start, random.split(0));
        // The last layer is not zero, as it would be initially, so that no gradient is; small, so that states stay
        // small.
        constexpr int last = Rule::layer_count - 1;
        for (int i = 0; i < Rule::layers.back().inputs; ++i) {
            for (int o = 0; o < Rule::channels; ++o) {
                const auto index = static_cast<std::uint64_t>(i * Rule::channels + o);
                rule.weight(last, i, o) = 0.001F * static_cast<float>(random.split(1).normal(index));
            }
        }
        for (int sample = 0; sample < batch; ++sample) {
            Grid& state = states.emplace_back(target.extents());
            nca::texture::plant_noise(state.values(), random.split(2, static_cast<std::uint32_t>(sample)));
        }
        // Overlapping bubbles.
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                const double bump = std::sin(0.3 * x + std::sin(0.11 * y)) * std::sin(0.27 * y);
                const std::array<double, 3> colour{0.5 + 0.4 * bump, 0.6 - 0.3 * bump * bump, 0.3 + 0.2 * bump};
                for (std::size_t c = 0; c < 3; ++c) target(y, x)[c] = static_cast<float>(colour[c]);
            }
        }
    }

    Rule rule{};
    std::vector<Grid> states{}; ///< [128, 128, 12] each
    Picture target;             ///< [128, 128, 3]
};

/// The start, created on the first call.
[[nodiscard]] inline const Start& start() {
    static const Start made;
    return made;
}

/// The measured training iteration: four samples of 64 steps, gradient, normalisation, Adam.
class Training {
public:
    explicit Training(int threads) : pool_{threads}, gradient_{batch, pool_} {}

    /// One iteration; returns the loss. Always starts from the same weights, with other fire masks.
    double iterate(std::uint32_t iteration, nca::texture::ImageLoss* style) {
        const double loss = compute(iteration, steps, {}, style);
        nca::normalise_variables<Rule>(gradient_.gradient());
        adam_.step(rule_.parameters(), gradient_.gradient(), learning_rate);
        return loss;
    }

    /// The mean loss and its gradient only. Without `style` the loss is the mean square of the colours.
    double compute(std::uint32_t iteration, int step_count, const nca::StepOptions<Rule>& options,
                   nca::texture::ImageLoss* style) {
        const auto initial = start().rule.parameters();
        std::copy(initial.begin(), initial.end(), rule_.parameters().begin());
        const nca::Philox random{7, iteration};
        if (style != nullptr) style->draw(random.split(0), pool_);
        return gradient_.compute(rule_, [&](nca::Tape& tape, const nca::Weights<Rule>& weights, int sample) {
            const auto& state = start().states[static_cast<std::size_t>(sample)];
            const auto first = nca::constant_state<Rule>(tape, state.view());
            const auto last = nca::rollout(weights, first, step_count,
                                           random.split(1, static_cast<std::uint32_t>(sample)), 0, options);
            if (style == nullptr) return nca::mean(nca::square(nca::first_channels(last, 3)));
            return nca::texture::image_loss(last, *style) + nca::overflow(last.var());
        });
    }

    /// The gradient of `compute`, normalised by `iterate`.
    [[nodiscard]] std::span<const float> gradient() noexcept { return gradient_.gradient(); }

private:
    nca::ThreadPool pool_;
    nca::BatchGradient<Rule> gradient_;
    Rule rule_{};
    nca::Adam<float> adam_{Rule::block_size, {.epsilon = nca::texture::pytorch.epsilon}};
};

} // namespace bench::texture

#endif // NCA_BENCH_TEXTURE_HPP

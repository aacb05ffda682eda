// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_HPP
#define NCA_SYSTEMS_GROWING_HPP

#include <nca/cell/rule.hpp>
#include <nca/core/grid.hpp>
#include <nca/train/schedule.hpp>

#include <array>
#include <cstdint>
#include <string_view>

/// Growing Neural Cellular Automata (Mordvintsev, Randazzo, Niklasson, Levin, Distill 2020): a creature grows from one
/// cell, persists, and regenerates.
namespace nca::growing {

/// The rule of the article: identity and the two Sobel filters, one hidden layer, fire rate 1/2, and life in channel 3
/// above 0.1. Channels 0 to 3 are red, green and blue premultiplied by alpha, and alpha.
template <int ChannelCount = 16, int Hidden = 128, class... More>
using Rule = nca::Rule<Channels<ChannelCount>, Perception<Identity, SobelX, SobelY>, Mlp<Hidden>, Zero, FireRate<1, 2>,
                       Alive<3>, More...>;

/// The channel of life, alpha.
inline constexpr int alpha_channel = 3;

/// The hyperparameters of one experiment. The presets below hold the published ones.
struct Experiment {
    std::string_view name = "regenerating";
    bool sample_pool = true; ///< start from the pool and write back; else always from the seed
    int damaged = 3;         ///< how many samples of a batch, those with the lowest losses, are damaged
    int pool_size = 1024;
    int batch = 8;
    int min_steps = 64; ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 96;
    double fire_rate = 0.5;
    StepDecay learning_rate{2e-3, 2000, 0.1};
    std::int64_t iterations = 8000;
    /// Over this many iterations the length of rollouts grows from a tenth to what was drawn: no part of the article;
    /// for targets or initial weights with which training does not start otherwise. 0: off.
    std::int64_t warm_up = 0;
};

/// Experiment 1: from the seed to the target; what happens later is accidental.
inline constexpr Experiment growing{.name = "growing", .sample_pool = false, .damaged = 0};
/// Experiment 2: with the sample pool the target becomes an attractor.
inline constexpr Experiment persistent{.name = "persistent", .sample_pool = true, .damaged = 0};
/// Experiment 3: damaged samples widen its basin, and the creature regenerates.
inline constexpr Experiment regenerating{.name = "regenerating", .sample_pool = true, .damaged = 3};
/// All presets that are trained. Experiment 4 rotates the perception of a trained rule: StepOptions::angle.
inline constexpr std::array<Experiment, 3> experiments{growing, persistent, regenerating};

/// Puts the seed into a state: one cell with all channels from alpha on at 1, in the middle (height / 2, width / 2).
template <class T, int C, int... Sizes>
void plant_seed(GridView<T, C, Sizes...> state) noexcept {
    static_assert(sizeof...(Sizes) == 2, "nca::growing: the grid has two dimensions");
    const auto cell = state(state.extents()[0] / 2, state.extents()[1] / 2);
    for (int c = 0; c < C; ++c) cell[static_cast<std::size_t>(c)] = c < alpha_channel ? T(0) : T(1);
}

} // namespace nca::growing

#endif // NCA_SYSTEMS_GROWING_HPP

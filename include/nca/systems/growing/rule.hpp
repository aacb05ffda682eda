// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_RULE_HPP
#define NCA_SYSTEMS_GROWING_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/grid.hpp>

/// Growing Neural Cellular Automata (Mordvintsev, Randazzo, Niklasson, Levin, Distill 2020): a creature grows from one
/// cell, persists, and regenerates.
namespace nca::inline NCA_ABI::growing {

/// The rule of the article: identity and the two Sobel filters, one hidden layer, fire rate 1/2, alive where channel 3
/// exceeds 0.1. Channels 0 to 3 are red, green and blue premultiplied by alpha, and alpha.
template <int ChannelCount = 16, int Hidden = 128, class... More>
using Rule = nca::Rule<Channels<ChannelCount>, Perception<Identity, SobelX, SobelY>, Mlp<Hidden>, Zero, FireRate<1, 2>,
                       Alive<3>, More...>;

inline constexpr int alpha_channel = 3;

/// Writes the seed into a state: one cell with all channels from alpha on at 1, at (height / 2, width / 2).
template <class T, int C, int... Sizes>
void plant_seed(GridView<T, C, Sizes...> state, int alpha = alpha_channel) noexcept {
    int middle = 0;
    for (const int size : state.extents().sizes()) middle = middle * size + size / 2;
    const auto cell = state.cell(middle);
    for (int c = 0; c < state.channels(); ++c) cell[static_cast<std::size_t>(c)] = c < alpha ? T(0) : T(1);
}

} // namespace nca::inline NCA_ABI::growing

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_RULE_HPP

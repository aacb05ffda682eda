// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_RULE_HPP
#define NCA_SYSTEMS_MNIST_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/run/draw.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

/// Self-classifying MNIST Digits (Randazzo, Mordvintsev, Niklasson, Levin, Greydanus, Distill 2020): the cells of a
/// digit agree on which digit they form.
namespace nca::inline NCA_ABI::mnist {

/// The rule of the article: channel 0 is the frozen grey value of the image, 1 to 9 are hidden, 10 to 19 are the
/// votes for the ten digits. A learned 3x3 convolution perceives, cells live where the image has ink (above 0.1), and
/// updates carry noise of 0.02 (a run without: StepOptions::noise). 22,499 parameters.
template <class... More>
using Rule = nca::Rule<Channels<20>, Frozen<1>, LearnedPerception, Mlp<80, 80>, Zero, FireRate<1, 2>, Noise<1, 50>,
                       AliveWhere<0>, More...>;

inline constexpr int classes = 10;     ///< digits
inline constexpr int first_class = 10; ///< the channel of the votes for 0
inline constexpr int image_side = 28;  ///< of the images of the data set
inline constexpr float ink = 0.1F;     ///< cells live where grey is above

/// The class with the largest vote of a cell; the first of equal ones. A cell of zeros votes for 0.
template <class T>
[[nodiscard]] constexpr int vote_of(const T* cell) noexcept {
    return static_cast<int>(std::max_element(cell + first_class, cell + first_class + classes) - (cell + first_class));
}

/// The colours of the article: one per digit, black for a living cell that is undecided, white for the background.
inline constexpr std::array<Colour, 12> palette{Colour{128, 0, 0},     Colour{230, 25, 75},   Colour{70, 240, 240},
                                                Colour{210, 245, 60},  Colour{250, 190, 190}, Colour{170, 110, 40},
                                                Colour{170, 255, 195}, Colour{165, 163, 159}, Colour{0, 128, 128},
                                                Colour{128, 128, 0},   Colour{0, 0, 0},       Colour{255, 255, 255}};

/// Colours the cells by their votes, for Simulation::rgba: the digit's colour with the ink as opacity; black where no
/// vote reaches `undecided` (0.01 in the article; minus infinity for rules trained with cross-entropy, whose votes may
/// be negative). Dead cells are transparent.
struct Colours {
    float undecided = 0.01F;

    template <class T>
    [[nodiscard]] CellColour operator()(const T* cell) const noexcept {
        const auto grey = static_cast<float>(cell[0]);
        if (!(grey > ink)) return {};
        const int vote = vote_of(cell);
        const bool decided = !(static_cast<float>(cell[first_class + vote]) < undecided);
        const Colour& colour = palette[static_cast<std::size_t>(decided ? vote : classes)];
        const float alpha = std::min(grey, 1.0F);
        const auto channel = [alpha](std::uint8_t value) { return alpha * static_cast<float>(value) / 255.0F; };
        return {channel(colour.red), channel(colour.green), channel(colour.blue), alpha};
    }
};

} // namespace nca::inline NCA_ABI::mnist

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_RULE_HPP

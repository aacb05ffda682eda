// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_SEEDS_HPP
#define NCA_SYSTEMS_ISOTROPIC_SEEDS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/philox.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

/// Structured seeds: several points, told apart by their colours, that decide how a pattern is turned, so that training
/// needs no invariant loss (notebook of C. Fouts to Growing Isotropic NCA). Two points fix a rotation, three that are
/// not on a line a reflection as well.
namespace nca::inline NCA_ABI::isotropic {

/// Equidistant points on a circle around the middle of the grid.
struct StructuredSeed {
    int points = 2;
    double radius = 4.0; ///< cells
};

/// Red, green and blue of a hue in [0, 1) at full saturation and value: 0 is red, 1/3 green, 2/3 blue.
[[nodiscard]] inline std::array<double, 3> colour_of_hue(double hue) noexcept {
    const double sector = 6.0 * hue;
    return {std::clamp(std::abs(sector - 3.0) - 1.0, 0.0, 1.0), std::clamp(2.0 - std::abs(sector - 2.0), 0.0, 1.0),
            std::clamp(2.0 - std::abs(sector - 4.0), 0.0, 1.0)};
}

/// Overwrites the cells of a seed: point k of p, at the angle 2 pi k / p from below the middle, counter-clockwise, has
/// the colour of the hue k / p in channels 0 to 2, and 1 in all others. Other cells keep their state. The angles of
/// steerable rules are drawn afterwards. Precondition: four channels or more, at least one point, and a radius less
/// than half the shorter side.
template <class T, int Channels, int Height, int Width>
void plant_structured_seed(const GridView<T, Channels, Height, Width>& state,
                           const StructuredSeed& seed = {}) noexcept {
    static_assert(Channels == Dynamic || Channels >= 4,
                  "nca::isotropic::plant_structured_seed: channels 0 to 2 are the colour, 3 is life");
    const int height = state.extents()[0];
    const int width = state.extents()[1];
    NCA_ASSERT(seed.points >= 1 && seed.radius >= 0.0 && 2.0 * seed.radius < std::min(height, width),
               "nca::isotropic::plant_structured_seed: the points lie within the grid");
    for (int k = 0; k < seed.points; ++k) {
        const double angle = k * (2.0 * std::numbers::pi / seed.points);
        const auto row = static_cast<int>(seed.radius * std::cos(angle) + height / 2);
        const auto column = static_cast<int>(seed.radius * std::sin(angle) + width / 2);
        const auto cell = state(row, column);
        const std::array<double, 3> colour = colour_of_hue(static_cast<double>(k) / seed.points);
        std::fill(cell.begin(), cell.end(), T(1));
        for (std::size_t c = 0; c < colour.size(); ++c) cell[c] = static_cast<T>(colour[c]);
    }
}

/// Draws the angle of every cell, its last channel, uniformly from [0, 2 pi): the start of rules with SteeredByAngle.
template <class T, int Channels, int Height, int Width>
void draw_angles(const GridView<T, Channels, Height, Width>& state, const Philox& random) noexcept {
    for (int cell = 0; cell < state.extents().cells(); ++cell) {
        state.cell(cell).back() =
            static_cast<T>(2.0 * std::numbers::pi * random.uniform(static_cast<std::uint64_t>(cell)));
    }
}

/// A state turned about its middle by an angle in radians, counter-clockwise: each cell becomes the one nearest to
/// where it came from, zero outside. Allocates.
template <class T, int Channels, int Height, int Width>
[[nodiscard]] NCA_COLD Grid<T, Channels, Height, Width> turned(const Grid<T, Channels, Height, Width>& state,
                                                               double angle) {
    const int height = state.extents()[0];
    const int width = state.extents()[1];
    const double middle_y = 0.5 * (height - 1);
    const double middle_x = 0.5 * (width - 1);
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    Grid<T, Channels, Height, Width> result{state.extents()};
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) {
            const double y = row - middle_y;
            const double x = column - middle_x;
            const double from_row = std::floor(x * sine + y * cosine + middle_y + 0.5);
            const double from_column = std::floor(x * cosine - y * sine + middle_x + 0.5);
            if (!(from_row >= 0.0 && from_row < height && from_column >= 0.0 && from_column < width)) continue;
            const auto from = state(static_cast<int>(from_row), static_cast<int>(from_column));
            std::copy(from.begin(), from.end(), result(row, column).begin());
        }
    }
    return result;
}

/// A state with left and right exchanged. Allocates.
template <class T, int Channels, int Height, int Width>
[[nodiscard]] NCA_COLD Grid<T, Channels, Height, Width> mirrored(const Grid<T, Channels, Height, Width>& state) {
    const int width = state.extents()[1];
    Grid<T, Channels, Height, Width> result{state.extents()};
    for (int row = 0; row < state.extents()[0]; ++row) {
        for (int column = 0; column < width; ++column) {
            const auto from = state(row, width - 1 - column);
            std::copy(from.begin(), from.end(), result(row, column).begin());
        }
    }
    return result;
}

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_SEEDS_HPP

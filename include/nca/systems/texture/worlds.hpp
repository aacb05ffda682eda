// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_WORLDS_HPP
#define NCA_SYSTEMS_TEXTURE_WORLDS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

/// The worlds in which the article shows its textures: fields of angles and fire rates for Simulation, in row-major
/// order. Every function allocates its result.
namespace nca::texture {

/// Which way cells look.
enum class Alignment {
    cartesian, ///< all the same way
    polar,     ///< away from the centre of the grid
    bipolar    ///< along the field lines from a pole in the upper left quarter to one in the lower right quarter
};

/// The angles of cells, in radians, counter-clockwise, for Simulation::set_angles(); `turn` is added to each. Where a
/// cell looks down the angle is `turn`. Polar and bipolar fields have a seam at the border of a torus.
template <class T = float>
[[nodiscard]] std::vector<T> alignment_angles(Alignment alignment, int height, int width, double turn = 0.0) {
    std::vector<T> angles;
    angles.reserve(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) {
            const double x = column + 0.5;
            const double y = row + 0.5;
            std::array<double, 2> direction{0.0, 1.0};
            if (alignment == Alignment::polar) direction = {x - 0.5 * width, y - 0.5 * height};
            if (alignment == Alignment::bipolar) {
                const auto cubed = [](double a, double b) { return std::max(std::pow(std::hypot(a, b), 3.0), 1e-9); };
                const std::array<double, 2> from{x - 0.25 * width, y - 0.25 * height};
                const std::array<double, 2> to{0.75 * width - x, 0.75 * height - y};
                const double near_from = 1.0 / cubed(from[0], from[1]);
                const double near_to = 1.0 / cubed(to[0], to[1]);
                direction = {from[0] * near_from + to[0] * near_to, from[1] * near_from + to[1] * near_to};
            }
            angles.push_back(static_cast<T>(std::atan2(direction[0], direction[1]) + turn));
        }
    }
    return angles;
}

/// Fire rates of two halves of a grid side by side, in which time goes at different speeds.
template <class T = float>
[[nodiscard]] std::vector<T> two_speeds(int height, int width, double left, double right) {
    std::vector<T> rates;
    rates.reserve(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column)
            rates.push_back(static_cast<T>(column < width / 2 ? left : right));
    }
    return rates;
}

/// Fire rates of a grid of which only the middle lives yet, half as high and as wide; the others are inert.
template <class T = float>
[[nodiscard]] std::vector<T> inner_square(int height, int width, double rate) {
    std::vector<T> rates(static_cast<std::size_t>(height) * static_cast<std::size_t>(width), T(0));
    for (int row = height / 4; row < height - height / 4; ++row) {
        for (int column = width / 4; column < width - width / 4; ++column) {
            rates[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)] =
                static_cast<T>(rate);
        }
    }
    return rates;
}

} // namespace nca::texture

#endif // NCA_SYSTEMS_TEXTURE_WORLDS_HPP

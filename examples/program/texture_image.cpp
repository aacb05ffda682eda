// SPDX-License-Identifier: Apache-2.0
#include <nca/run/draw.hpp>
#include <nca/systems/texture/principal_components.hpp>

#include "program.hpp"
#include "texture_world.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <support/render.hpp>

namespace program {

namespace {

using nca::texture::Lattice;

constexpr int usual_side = 512;
constexpr int colour_channels = 3;

/// An image of a grid, `scale` pixels per cell; `colour(cell)` gives red, green and blue of a cell by its index.
template <class Colour>
support::Image grid_image(const TextureOptions& options, int scale, Colour&& colour) {
    const bool hexagons = options.lattice == Lattice::hexagonal;
    const double rows = options.height * (hexagons ? nca::texture::hex_row_height : 1.0);
    support::Image image{options.width * scale, std::max(1, static_cast<int>(std::lround(rows * scale)))};
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const auto cell =
                nca::texture::on_torus(nca::texture::cell_at(options.lattice, (x + 0.5) / scale, (y + 0.5) / scale),
                                       options.height, options.width);
            const auto rgb = colour(static_cast<std::size_t>(cell.row) * static_cast<std::size_t>(options.width) +
                                    static_cast<std::size_t>(cell.column));
            for (std::size_t c = 0; c < 3; ++c) image.at(x, y)[c] = nca::detail::to_byte(rgb[c]);
            image.at(x, y)[3] = 255;
        }
    }
    return image;
}

/// Tiles in a row of the image of the channels.
int tile_columns(int tiles) noexcept {
    return static_cast<int>(std::ceil(std::sqrt(static_cast<double>(tiles))));
}

} // namespace

int usual_scale(const TextureOptions& options, Show show) noexcept {
    const int tiles = show == Show::channels ? 4 : 1;
    return std::max(1, usual_side / std::max(options.width, options.height) / tiles);
}

support::Image texture_image(const TextureWorld& world, const TextureOptions& options, Show show, int scale) {
    const std::vector<float> state = world.state();
    const auto stride = static_cast<std::size_t>(world.channels());
    const auto value = [&](std::size_t cell, std::size_t channel) {
        return static_cast<float>(world.rgb_scale()) * state[cell * stride + channel] + 0.5F;
    };
    if (show == Show::components) {
        if (world.channels() < 2 * colour_channels) {
            throw Failure{"--show components: the rule has too few hidden channels"};
        }
        const auto components = nca::texture::principal_components<float>(state, world.channels(), colour_channels);
        return grid_image(options, scale, [&](std::size_t cell) {
            const float* const rgb = components.colours.data() + 3 * cell;
            return std::array<float, 3>{rgb[0], rgb[1], rgb[2]};
        });
    }
    const auto colours = grid_image(options, scale, [&](std::size_t cell) {
        return std::array<float, 3>{value(cell, 0), value(cell, 1), value(cell, 2)};
    });
    if (show == Show::colours) return colours;
    std::vector<support::Image> tiles{colours};
    for (std::size_t channel = colour_channels; channel < stride; ++channel) {
        tiles.push_back(grid_image(options, scale, [&](std::size_t cell) {
            const float grey = value(cell, channel);
            return std::array<float, 3>{grey, grey, grey};
        }));
    }
    return support::mosaic(tiles, tile_columns(static_cast<int>(tiles.size())), 4);
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
#include "texture_world.hpp"

#include <nca/run/draw.hpp>
#include <nca/systems/texture/principal_components.hpp>
#include <nca/systems/texture/rule.hpp>

#include "texture_engine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <support/render.hpp>
#include <type_traits>
#include <utility>

namespace program {

/// In texture_world_deterministic.cpp.
template <class R>
std::unique_ptr<TextureWorld> make_deterministic(const R& rule, const nca::StepOptions<R>& step,
                                                 const TextureOptions& options);

namespace {

using nca::texture::Lattice;

/// How a model is run: as it says, but for what options set.
template <class R, class Trained>
nca::StepOptions<R> texture_options_of(const nca::StepOptions<Trained>& trained, const TextureOptions& options) {
    nca::StepOptions<R> step;
    step.fire_rate = options.fire_rate.value_or(trained.fire_rate);
    step.boundary = trained.boundary;
    step.eight_bit = options.eight_bit;
    step.angle = options.degrees * (3.14159265358979323846 / 180.0);
    return step;
}

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

} // namespace

std::unique_ptr<TextureWorld> make_texture_world(const TextureModel& model, const TextureOptions& options) {
    return std::visit(
        [&](const auto& found) -> std::unique_ptr<TextureWorld> {
            using R = std::remove_cvref_t<decltype(found.rule)>;
            if (options.eight_bit && !R::has_clamp) {
                throw Failure{nca::quote(model.name) + " was not trained with limits, so it cannot be run with 8 bits"};
            }
            const auto make = [&](const auto& rule) -> std::unique_ptr<TextureWorld> {
                using Shown = std::remove_cvref_t<decltype(rule)>;
                const auto step = texture_options_of<Shown>(found.options, options);
                if constexpr (R::has_clamp) {
                    if (options.eight_bit) return make_deterministic(rule, step, options);
                }
                return std::make_unique<TextureEngine<Shown>>(rule, step, options);
            };
            return options.lattice == Lattice::square ? make(found.rule) : make(nca::texture::on_hexagons(found.rule));
        },
        model.model);
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
    const auto image_of = [&](std::size_t red, std::size_t green, std::size_t blue) {
        return grid_image(options, scale, [&](std::size_t cell) {
            return std::array<float, 3>{value(cell, red), value(cell, green), value(cell, blue)};
        });
    };
    std::vector<support::Image> tiles{image_of(0, 1, 2)};
    if (show == Show::colours) return tiles[0];
    for (std::size_t hidden = colour_channels; hidden < stride; ++hidden) {
        tiles.push_back(image_of(hidden, hidden, hidden));
    }
    return support::mosaic(tiles, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(tiles.size())))), 4);
}

} // namespace program

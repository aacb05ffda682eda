// SPDX-License-Identifier: Apache-2.0
// Textures of any rule and lattice on a grid. The engines of their rules are compiled in texture_world.cpp.
#ifndef NCA_EXAMPLES_PROGRAM_TEXTURE_WORLD_HPP
#define NCA_EXAMPLES_PROGRAM_TEXTURE_WORLD_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/systems/texture/cell_fields.hpp>
#include <nca/systems/texture/image_loss.hpp>

#include "texture_model.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <support/image.hpp>
#include <vector>

namespace program {

struct TextureOptions {
    int height = 128;
    int width = 128;
    std::uint64_t seed = 1;
    nca::texture::Lattice lattice = nca::texture::Lattice::square;
    nca::texture::Alignment alignment = nca::texture::Alignment::cartesian;
    double degrees = 0.0;              ///< rotation of perception, counter-clockwise
    std::optional<double> fire_rate{}; ///< default: that of the rule
    bool eight_bit = false;
    int concurrency = 1;
};

/// A texture.
class TextureWorld {
public:
    TextureWorld() = default;
    TextureWorld(const TextureWorld&) = delete;
    TextureWorld& operator=(const TextureWorld&) = delete;
    virtual ~TextureWorld() = default;

    [[nodiscard]] virtual int channels() const noexcept = 0;
    /// Red, green and blue are this times the first channels, plus 1/2.
    [[nodiscard]] virtual double rgb_scale() const noexcept = 0;
    /// The fraction of the cells that fire.
    [[nodiscard]] virtual double fire_rate() const noexcept = 0;

    virtual void step(nca::ThreadPool& threads) = 0;
    /// A fire rate for each cell; empty: the same for all again.
    virtual void set_fire_rates(std::span<const float> rates) = 0;
    /// The state [height, width, channels].
    [[nodiscard]] virtual std::vector<float> state() const = 0;
    virtual void load(std::span<const float> state) = 0;
};

/// A grid in the initial state of the rule: zeros, or noise for muNCA. 8 bits end the program where the rule has none.
[[nodiscard]] std::unique_ptr<TextureWorld> make_texture_world(const TextureModel& model,
                                                               const TextureOptions& options);
/// What an image shows of a state.
enum class Show { colours, channels, components };

/// The state as an image, `scale` pixels per cell; rows of hexagons have sqrt(3) / 2 the height, each shifted by half a
/// cell. Channels are tiles of grey after the one in colours; components are the first three principal components of
/// the hidden channels.
[[nodiscard]] support::Image texture_image(const TextureWorld& world, const TextureOptions& options, Show show,
                                           int scale);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TEXTURE_WORLD_HPP

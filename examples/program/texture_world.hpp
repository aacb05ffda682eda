// SPDX-License-Identifier: Apache-2.0
// A texture at work, whichever its rule and lattice; for the programs nca and play.
#ifndef NCA_EXAMPLES_NCA_TEXTURE_WORLD_HPP
#define NCA_EXAMPLES_NCA_TEXTURE_WORLD_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/systems/texture/cell_fields.hpp>
#include <nca/systems/texture/lattice.hpp>

#include "texture_model.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <support/image.hpp>
#include <vector>

namespace program {

/// How a texture is run.
struct TextureOptions {
    int height = 128;
    int width = 128;
    std::uint64_t seed = 1;
    nca::texture::Lattice lattice = nca::texture::Lattice::square;
    nca::texture::Alignment alignment = nca::texture::Alignment::cartesian;
    double degrees = 0.0;              ///< rotation of perception, counter-clockwise
    std::optional<double> fire_rate{}; ///< that of the rule without
    bool eight_bit = false;
    int concurrency = 1;
};

/// One texture, or two that share a grid.
class TextureWorld {
public:
    TextureWorld() = default;
    TextureWorld(const TextureWorld&) = delete;
    TextureWorld& operator=(const TextureWorld&) = delete;
    virtual ~TextureWorld() = default;

    [[nodiscard]] virtual int channels() const noexcept = 0;
    /// Red, green and blue are this times the first channels, plus 1/2.
    [[nodiscard]] virtual double rgb_scale() const noexcept = 0;
    /// The share of cells that fire.
    [[nodiscard]] virtual double fire_rate() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t steps() const noexcept = 0;

    virtual void step(nca::ThreadPool& threads) = 0;
    /// Which way cells look.
    virtual void set_alignment(nca::texture::Alignment alignment, double degrees) = 0;
    /// Fire rates of single cells; all the same again if empty.
    virtual void set_fire_rates(std::span<const float> rates) = 0;
    /// The shares of the second texture, if there are two.
    [[nodiscard]] virtual std::span<float> shares() noexcept = 0;

    /// The state [height, width, channels].
    [[nodiscard]] virtual std::vector<float> state() const = 0;
    virtual void load(std::span<const float> state) = 0;
};

/// A grid in the state from which the rule starts: zeros, or noise for muNCA. 8 bits where the rule has none end the
/// program.
[[nodiscard]] std::unique_ptr<TextureWorld> make_texture_world(const TextureModel& model,
                                                               const TextureOptions& options);
/// The same for two textures, of which the first has all shares. Models of different rules end the program.
[[nodiscard]] std::unique_ptr<TextureWorld> make_graft(const TextureModel& first, const TextureModel& second,
                                                       const TextureOptions& options);

/// What a picture shows of a state.
enum class Show { colours, channels, components };

/// The state as a picture, `scale` pixels per cell; hexagons stand in rows of sqrt(3) / 2 the height, each shifted by
/// half a cell. Channels are tiles of grey behind the one in colours; components are the first three principal ones of
/// the hidden channels.
[[nodiscard]] support::Image texture_picture(const TextureWorld& world, const TextureOptions& options, Show show,
                                             int scale);
/// The pixels per cell with which a picture is about 512 pixels large.
[[nodiscard]] int usual_scale(const TextureOptions& options, Show show) noexcept;

} // namespace program

#endif // NCA_EXAMPLES_NCA_TEXTURE_WORLD_HPP

// SPDX-License-Identifier: Apache-2.0
// A texture of one model on a torus.
#ifndef NCA_EXAMPLES_WEB_TEXTURE_SHEET_HPP
#define NCA_EXAMPLES_WEB_TEXTURE_SHEET_HPP

#include <nca/core/result.hpp>
#include <nca/shader/export_shader.hpp>

#include "engine.hpp"

namespace web {

class TextureSheet {
public:
    TextureSheet() = default;
    TextureSheet(const TextureSheet&) = delete;
    TextureSheet& operator=(const TextureSheet&) = delete;
    virtual ~TextureSheet() = default;

    /// Red, green and blue are this times the first channels, plus 1/2.
    [[nodiscard]] virtual float rgb_scale() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t hash() const noexcept = 0;
    /// All but the lattice, which a sheet keeps.
    virtual void set_options(const Options& options) = 0;
    /// A fire rate for each cell; empty: that of the options for all.
    virtual void set_fire_rates(std::span<const float> rates) = 0;
    virtual void step() = 0;
    /// [height, width, channels].
    virtual void store(std::span<float> state) const = 0;
    virtual void load(std::span<const float> state) = 0;
};

/// A sheet in the initial state of the rule: zeros, or noise for muNCA.
std::unique_ptr<TextureSheet> make_sheet(const Model& model, const Options& options, int width, int height,
                                         std::uint64_t seed);
/// How a model says that it is run, on squares.
Options texture_options(const Model& model);
nca::Result<std::string> texture_shader(const Model& model, const nca::shader::Options& options);
/// True if both have the same kind of rule.
bool same_kind(const Model& a, const Model& b);

} // namespace web

#endif // NCA_EXAMPLES_WEB_TEXTURE_SHEET_HPP

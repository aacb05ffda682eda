// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PLAY_TEXTURE_PLANE_HPP
#define NCA_EXAMPLES_PLAY_TEXTURE_PLANE_HPP

#include "world.hpp"
#include "worlds.hpp"

#include <cstddef>
#include <memory>
#include <program/texture_world.hpp>

namespace play {

/// Living textures of one kind of rule: the left button paints the chosen one into the others, the right one or Shift
/// erases. All share the state: a cell follows the rule of the texture that was painted there.
class TexturePlane final : public World {
public:
    /// A grid of zeros that follows the first model. Preconditions: there is a model; all are of the same rule.
    TexturePlane(std::vector<program::TextureModel> models, const program::TextureOptions& options);

    [[nodiscard]] const std::string& name() const noexcept override { return models_[chosen_].name; }
    /// Cells are squares or hexagons of several pixels, so that hexagons can be seen.
    [[nodiscard]] int width() const noexcept override { return options_.width * detail_; }
    [[nodiscard]] int height() const noexcept override { return options_.height * detail_; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return steps_; }
    [[nodiscard]] std::vector<StatusWords> status() const override;
    [[nodiscard]] std::vector<HelpLine> help() const override;

    [[nodiscard]] double brush() const noexcept override { return 8.0 * detail_; }
    [[nodiscard]] double brush_step() const noexcept override { return detail_; }
    [[nodiscard]] bool draws_at_once() const noexcept override { return true; }

    /// Zeros again; cells keep their textures.
    void reset() override;
    void clear() override;
    void step() override;
    void click(const Stroke& touch) override { stroke(touch); }
    void stroke(const Stroke& stroke) override;
    bool key(char character) override;
    /// Planes of one kind of rule become one.
    [[nodiscard]] bool absorb(World& other) override;
    void draw(std::span<std::uint8_t> rgba) const override;

private:
    /// A texture in the cells that follow it.
    struct Layer {
        std::size_t model = 0;
        std::unique_ptr<program::TextureWorld> world{};
    };

    /// Makes new worlds, with the present options, for the textures that cells follow.
    void rebuild();
    /// Tells each layer which cells follow it.
    void share_cells();
    void load_state();

    std::vector<program::TextureModel> models_;
    program::TextureOptions options_;
    int detail_;
    nca::ThreadPool threads_{1};
    std::vector<Layer> layers_{};
    std::vector<std::size_t> followed_{}; ///< the model of every cell
    std::vector<float> state_{};          ///< [height, width, channels]
    std::vector<std::size_t> cell_of_{};  ///< the cell that each pixel shows
    std::size_t chosen_ = 0;
    std::uint64_t steps_ = 0;
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_TEXTURE_PLANE_HPP

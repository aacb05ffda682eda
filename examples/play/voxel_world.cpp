// SPDX-License-Identifier: Apache-2.0
#include "rule_world.hpp"

#include <optional>
#include <program/blocks.hpp>
#include <support/render_voxels.hpp>

namespace play {

namespace {

constexpr int picture_side = 720; ///< at most, where that is possible, in pixels

/// Cells of three dimensions, as blocks: a touch erases a ball around the block that it hits.
class VoxelWorld final : public RuleWorld {
public:
    VoxelWorld(std::string name, nca::AnyModel model, const WorldOptions& chosen)
        : RuleWorld{std::move(name), std::move(model), chosen} {
        const program::Blocks first = blocks();
        block_ = support::voxel_cell_size(first.grid, picture_side);
        const support::Image picture = support::render_voxels(first.grid, first.colours, block_);
        width_ = picture.width;
        height_ = picture.height;
    }

    [[nodiscard]] int width() const noexcept override { return width_; }
    [[nodiscard]] int height() const noexcept override { return height_; }
    [[nodiscard]] double brush() const noexcept override { return 3.0 * block_; }
    [[nodiscard]] double brush_step() const noexcept override { return block_; }

    [[nodiscard]] std::vector<HelpLine> help() const override {
        std::vector<HelpLine> lines{{"click, drag", "erase a ball around the block; hold to drill"},
                                    {"right button", "erase at once"}};
        if (has_seed()) lines.push_back({"click beside it", "plant a seed in the middle"});
        lines.insert(lines.end(), {{"D", "erase a ball in the middle"}, {"V  Shift+V", "turn the view"}});
        const std::vector<HelpLine> more = RuleWorld::help();
        lines.insert(lines.end(), more.begin(), more.end());
        return lines;
    }

    void click(const Stroke& touch) override {
        if (block_at(blocks(), touch.x, touch.y)) return stroke(touch);
        world().plant();
    }

    void stroke(const Stroke& stroke) override {
        const program::Blocks shown = blocks();
        const double radius = stroke.radius / block_;
        for_each_place(stroke, std::max(1.0, stroke.radius / 3.0), false, [&](double x, double y) {
            if (const auto at = block_at(shown, x, y)) cells().erase(radius, *at);
        });
    }

    void key(char character) override {
        switch (key_of(character)) {
        case 'd': {
            const auto [depth, height, width] = extents();
            cells().erase(0.25 * std::min({depth, height, width}),
                          std::array{0.5 * (width - 1), 0.5 * (height - 1), 0.5 * (depth - 1)});
            break;
        }
        case 'v':
            turns_ = (turns_ + (character == 'v' ? 1 : 3)) % 4;
            break;
        default:
            RuleWorld::key(character);
        }
    }

    void draw(std::span<std::uint8_t> rgba) const override {
        const program::Blocks shown = blocks();
        std::ranges::copy(support::render_voxels(shown.grid, shown.colours, block_).rgba, rgba.begin());
    }

protected:
    [[nodiscard]] std::string content() const override {
        const std::vector<std::uint8_t> cells = blocks().grid.cells;
        return std::to_string(std::ranges::count_if(cells, [](std::uint8_t cell) { return cell != 0; })) + " blocks";
    }

private:
    [[nodiscard]] std::array<int, 3> extents() const noexcept { return {sizes()[0], sizes()[1], sizes()[2]}; }

    /// The depth and the column, on the grid of the cells, of a block of the turned grid.
    [[nodiscard]] std::array<int, 2> unturned(int d, int w) const noexcept {
        const int depth = sizes()[0];
        const int width = sizes()[2];
        switch (turns_) {
        case 1:
            return {w, width - 1 - d};
        case 2:
            return {depth - 1 - d, width - 1 - w};
        case 3:
            return {depth - 1 - w, d};
        default:
            return {d, w};
        }
    }

    /// The blocks as the view shows them.
    [[nodiscard]] program::Blocks blocks() const {
        program::Blocks blocks = program::blocks_of(rule(), model().metadata(), sizes(), world().state());
        if (turns_ == 0) return blocks;
        const auto [depth, height, width] = extents();
        const bool across = turns_ % 2 == 1;
        support::ClassGrid turned{{across ? width : depth, height, across ? depth : width}};
        for (int d = 0; d < turned.depth(); ++d)
            for (int w = 0; w < turned.width(); ++w) {
                const auto [from_d, from_w] = unturned(d, w);
                for (int h = 0; h < height; ++h) turned.at(d, h, w) = blocks.grid.at(from_d, h, from_w);
            }
        blocks.grid = std::move(turned);
        return blocks;
    }

    /// The coordinates x, y, z of the cell that a pixel shows.
    [[nodiscard]] std::optional<std::array<double, 3>> block_at(const program::Blocks& shown, double x,
                                                                double y) const {
        if (!(x > -1.0 && x < width_ && y > -1.0 && y < height_)) return std::nullopt;
        const auto at =
            support::voxel_at(shown.grid, block_, static_cast<int>(std::lround(x)), static_cast<int>(std::lround(y)));
        if (!at) return std::nullopt;
        const auto [d, w] = unturned((*at)[0], (*at)[2]);
        return std::array{static_cast<double>(w), static_cast<double>((*at)[1]), static_cast<double>(d)};
    }

    int width_ = 0;
    int height_ = 0;
    int block_ = 2; ///< the width of a face in pixels
    int turns_ = 0; ///< of the view, by a quarter
};

} // namespace

std::unique_ptr<World> make_voxel_world(std::string name, nca::AnyModel model, const WorldOptions& chosen) {
    return std::make_unique<VoxelWorld>(std::move(name), std::move(model), chosen);
}

} // namespace play

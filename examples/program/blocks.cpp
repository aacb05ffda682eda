// SPDX-License-Identifier: Apache-2.0
#include "blocks.hpp"

#include <nca/systems/isotropic/seeds.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/systems/voxel/rule.hpp>

#include "model_file.hpp"
#include "program.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <support/block_colours.hpp>
#include <support/block_target.hpp>
#include <support/render_voxels.hpp>
#include <support/structure.hpp>
#include <support/vox.hpp>

namespace program {

namespace {

constexpr int levels = 6; ///< of red, green and blue, of cells that show a colour
constexpr int colour_count = levels * levels * levels;

std::uint8_t level_of(float value) {
    return static_cast<std::uint8_t>(
        std::lround(std::clamp(std::isnan(value) ? 0.0F : value, 0.0F, 1.0F) * static_cast<float>(levels - 1)));
}

std::vector<std::string> unnamed_classes(int count) {
    std::vector<std::string> names{"AIR"};
    for (int k = 1; k < count; ++k) names.push_back("CLASS_" + std::to_string(k));
    return names;
}

/// Colours that are far from each other: every hue is a golden section of the circle from the one before.
std::vector<support::Rgba8> unnamed_colours(int count) {
    std::vector<support::Rgba8> colours{{0, 0, 0, 0}};
    for (int k = 1; k < count; ++k) {
        const auto rgb = nca::isotropic::colour_of_hue(std::fmod(0.08 + 0.618033988749895 * (k - 1), 1.0));
        const auto part = [](double value) { return static_cast<std::uint8_t>(std::lround(90.0 + 140.0 * value)); };
        colours.push_back({part(rgb[0]), part(rgb[1]), part(rgb[2]), 255});
    }
    return colours;
}

std::vector<support::Rgba8> colour_cube() {
    std::vector<support::Rgba8> colours{{0, 0, 0, 0}};
    for (int i = 0; i < colour_count; ++i) {
        const auto part = [](int level) { return static_cast<std::uint8_t>(255 * level / (levels - 1)); };
        colours.push_back({part(i / (levels * levels)), part(i / levels % levels), part(i % levels), 255});
    }
    return colours;
}

/// The class of a colour, whose alpha is premultiplied.
std::uint8_t colour_class(std::span<const float> cell, float alpha) {
    std::array<float, 3> rgb{};
    for (std::size_t c = 0; c < 3 && c < cell.size(); ++c) rgb[c] = cell[c] / std::min(alpha, 1.0F);
    return static_cast<std::uint8_t>(1 + (level_of(rgb[0]) * levels + level_of(rgb[1])) * levels + level_of(rgb[2]));
}

} // namespace

bool is_colour_name(const std::string& class_name) {
    return class_name.size() == 7 && class_name.front() == '#' &&
           class_name.find_first_not_of("0123456789abcdef", 1) == std::string::npos;
}

std::vector<support::Rgba8> class_colours(std::span<const std::string> classes) {
    std::vector<support::Rgba8> colours = support::block_colours(classes);
    for (std::size_t i = 0; i < classes.size(); ++i) {
        if (!is_colour_name(classes[i])) continue;
        for (std::size_t c = 0; c < 3; ++c) {
            colours[i][c] = static_cast<std::uint8_t>(std::stoi(classes[i].substr(1 + 2 * c, 2), nullptr, 16));
        }
        colours[i][3] = 255;
    }
    return colours;
}

std::vector<std::string> class_names(const nca::StoredMetadata& metadata) {
    std::vector<std::string> names;
    const std::string* const text = find_metadata(metadata, "nca.classes");
    if (text == nullptr || text->empty()) return names;
    for (std::size_t at = 0; at <= text->size();) {
        const std::size_t end = std::min(text->find(',', at), text->size());
        names.push_back(text->substr(at, end - at));
        at = end + 1;
    }
    return names;
}

support::BlockTarget shown_blocks(std::span<const float> state, const std::array<int, 3>& sizes,
                                  const std::vector<std::string>& classes) {
    support::BlockTarget shown{support::ClassGrid{sizes}, classes};
    const std::size_t channels = state.size() / shown.grid.cells.size();
    for (std::size_t cell = 0; cell < shown.grid.cells.size(); ++cell) {
        const auto logits = state.subspan(cell * channels, classes.size());
        shown.grid.cells[cell] = static_cast<std::uint8_t>(nca::voxel::block_of(logits));
    }
    return shown;
}

Blocks blocks_of(const nca::RuleDescription& rule, const nca::StoredMetadata& metadata, std::span<const int> sizes,
                 std::span<const float> state) {
    Blocks blocks{support::ClassGrid{{sizes[0], sizes[1], sizes[2]}}};
    const auto channels = static_cast<std::size_t>(rule.channels);
    const int classes = nca::voxel::class_count(rule);
    if (classes > 0 && classes <= 256) {
        blocks.classes = class_names(metadata);
        const bool named = blocks.classes.size() == static_cast<std::size_t>(classes);
        if (!named) blocks.classes = unnamed_classes(classes);
        blocks.colours = named ? class_colours(blocks.classes) : unnamed_colours(classes);
        blocks.grid = shown_blocks(state, {sizes[0], sizes[1], sizes[2]}, blocks.classes).grid;
        return blocks;
    }
    blocks.colours = colour_cube();
    const bool alive = rule.life == nca::LifeKind::alive;
    const auto alpha = static_cast<std::size_t>(alive ? rule.life_channel : std::min(3, rule.channels - 1));
    const float threshold = alive ? static_cast<float>(rule.life_threshold) : 0.1F;
    for (std::size_t i = 0; i < blocks.grid.cells.size(); ++i) {
        const auto cell = state.subspan(i * channels, channels);
        if (cell[alpha] > threshold) blocks.grid.cells[i] = colour_class(cell, cell[alpha]);
    }
    return blocks;
}

support::Image image_of(const Blocks& blocks, int side) {
    return support::render_voxels(blocks.grid, blocks.colours, support::voxel_cell_size(blocks.grid, side));
}

void write_blocks(const std::string& path, const Blocks& blocks) {
    if (extension_of(path) == ".vox") return require(support::write_vox(path, blocks.grid, blocks.colours));
    if (blocks.classes.empty() || std::ranges::any_of(blocks.classes, is_colour_name)) {
        throw Failure{"--out " + nca::quote_path(path) +
                      ": the cells of this model show colours, not classes of blocks; .vox holds colours"};
    }
    require(support::write_structure(path, support::make_structure({blocks.grid, blocks.classes})));
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
// What cells of three dimensions show: blocks of classes, or of colours.
#ifndef NCA_EXAMPLES_PROGRAM_BLOCKS_HPP
#define NCA_EXAMPLES_PROGRAM_BLOCKS_HPP

#include <nca/cell/rule_description.hpp>
#include <nca/io/safetensors.hpp>

#include <array>
#include <span>
#include <string>
#include <support/block_target.hpp>
#include <support/class_grid.hpp>
#include <support/image.hpp>
#include <vector>

namespace program {

/// The classes of the cells of a state, and the name and the colour of each; class 0 is air.
struct Blocks {
    support::ClassGrid grid;
    std::vector<std::string> classes{};
    std::vector<support::Rgba8> colours{};
};

/// The blocks that a state [depth, height, width, channels] shows; the logits of `classes` are its first channels.
[[nodiscard]] support::BlockTarget shown_blocks(std::span<const float> state, const std::array<int, 3>& sizes,
                                                const std::vector<std::string>& classes);

/// The blocks of a state [depth, height, width, channels]. Models of Growing 3D Artefacts show the class of the largest
/// logit; others the colour of channels 0 to 2 where the cell is mature, in 216 colours. Precondition: three
/// dimensions.
[[nodiscard]] Blocks blocks_of(const nca::RuleDescription& rule, const nca::StoredMetadata& metadata,
                               std::span<const int> sizes, std::span<const float> state);

/// An isometric picture, at most `side` pixels wide and high where that is possible.
[[nodiscard]] support::Image image_of(const Blocks& blocks, int side);

/// Writes a Minecraft structure (.nbt) or a model of MagicaVoxel (.vox). What cannot be written ends the program.
void write_blocks(const std::string& path, const Blocks& blocks);

/// Classes of a .vox file are named after their colours: "#ff8000". All others are names of blocks.
[[nodiscard]] bool is_colour_name(const std::string& class_name);
/// The colours of classes.
[[nodiscard]] std::vector<support::Rgba8> class_colours(std::span<const std::string> classes);

/// The names of classes that metadata hold under `nca.classes`, separated by commas: air first. None if there are none.
[[nodiscard]] std::vector<std::string> class_names(const nca::StoredMetadata& metadata);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_BLOCKS_HPP

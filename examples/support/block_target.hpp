// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_BLOCK_TARGET_HPP
#define NCA_EXAMPLES_SUPPORT_BLOCK_TARGET_HPP

#include "class_grid.hpp"
#include "structure.hpp"

namespace support {

/// Blocks to grow, or grown: a grid and the names of its classes, "AIR" first. Sudhakaran et al. 2021,
/// arXiv:2103.08737, name them in capitals as Minecraft 1.12 does: "STONE_STAIRS".
struct BlockTarget {
    ClassGrid grid;
    std::vector<std::string> classes{};

    friend bool operator==(const BlockTarget&, const BlockTarget&) = default;
};

/// "STONE_STAIRS" of "minecraft:stone_stairs". The air of caves and of the void is "AIR"; other namespaces than
/// Minecraft's remain: "MOD:LAMP".
[[nodiscard]] std::string class_name(std::string_view block);

/// "minecraft:stone_stairs" of "STONE_STAIRS".
[[nodiscard]] std::string block_name(std::string_view class_name);

/// The bounding box of the blocks of a structure that are not air; errors call the structure `name`. The classes are
/// `classes`, such as those of a model, or if there are none the names that occur: "AIR", then the others in
/// alphabetical order. Directions and other properties are dropped. Errors: no block, blocks of none of the `classes`,
/// `classes` without "AIR" at the front, more than 256 classes.
[[nodiscard]] nca::Result<BlockTarget> make_block_target(const Structure& structure, std::string_view name,
                                                         std::span<const std::string> classes = {});

/// The structure of all cells, air included, as of Minecraft 1.12.2. Sticky pistons face south and others north, as in
/// the machines of the article; other blocks have no direction. Precondition: every class of the grid has a name.
[[nodiscard]] Structure make_structure(const BlockTarget& target);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_BLOCK_TARGET_HPP

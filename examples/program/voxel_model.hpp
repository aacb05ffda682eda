// SPDX-License-Identifier: Apache-2.0
// Structures of blocks: what they are grown from, models of them, and files of what has grown.
#ifndef NCA_EXAMPLES_PROGRAM_VOXEL_MODEL_HPP
#define NCA_EXAMPLES_PROGRAM_VOXEL_MODEL_HPP

#include <nca/core/fields.hpp>
#include <nca/systems/voxel/rule.hpp>
#include <nca/systems/voxel/target.hpp>

#include "blocks.hpp"
#include "command.hpp"

#include <array>
#include <span>
#include <string>
#include <support/block_target.hpp>
#include <support/image.hpp>
#include <vector>

namespace program {

/// The blocks of a Minecraft structure (.nbt) or a MagicaVoxel model (.vox) on a grid. `classes`: of a model; none: the
/// blocks that occur. `grid`: depth, height and width of the grid; none: a cube whose side is a multiple of ten. What
/// cannot be read ends the program, and so do other files, no blocks, blocks of no class, and a grid that is too small.
[[nodiscard]] support::BlockTarget load_blocks(const std::string& path, std::span<const std::string> classes,
                                               const std::vector<long>& grid);
/// Declares --grid.
void add_block_grid(const Command& command, std::vector<long>& grid);

[[nodiscard]] nca::voxel::Target target_of(const support::BlockTarget& blocks);
/// A model of a structure.
struct VoxelModel {
    nca::voxel::AnyRule rule{};
    std::vector<std::string> classes{}; ///< of our models; those that are published do not tell
    std::vector<long> grid{};           ///< of its training, likewise
};
/// Reads a model: ours, or a published one, .pt or .safetensors. Anything else ends the program.
[[nodiscard]] VoxelModel load_voxel_model(const std::string& path);
/// The notes of a model of ours.
[[nodiscard]] nca::TextPairs voxel_notes(const support::BlockTarget& target, const std::string& name);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_VOXEL_MODEL_HPP

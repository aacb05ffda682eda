// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_VOX_HPP
#define NCA_EXAMPLES_SUPPORT_VOX_HPP

#include "class_grid.hpp"
#include "image.hpp"

namespace support {

/// A model of MagicaVoxel: a grid and the colours of its 256 classes, of which the first is air. MagicaVoxel's z axis
/// points up: its x, y and z are our width, depth backwards and height.
struct VoxModel {
    ClassGrid grid;
    std::vector<Rgba8> colours{};

    friend bool operator==(const VoxModel&, const VoxModel&) = default;
};

/// The longest side of a model.
inline constexpr int max_vox_side = 256;

/// The model in a .vox file; a file without colours has those that MagicaVoxel starts with. Materials and scenes are
/// ignored. Errors, each about the file: not a .vox file, damaged, truncated, no model or several, a voxel outside of
/// its model.
[[nodiscard]] nca::Result<VoxModel> read_vox(const std::filesystem::path& path);

/// The model in the bytes of a file, as read_vox; errors call it `name`.
[[nodiscard]] nca::Result<VoxModel> parse_vox(std::span<const std::byte> bytes, std::string_view name);

/// The .vox file (version 150) of a grid; `colours` are those of its classes. Preconditions: every class of the grid
/// has a colour, and there are at most 256. Errors: a side longer than max_vox_side.
[[nodiscard]] nca::Result<std::vector<std::byte>> encode_vox(const ClassGrid& grid, std::span<const Rgba8> colours);

/// Writes encode_vox() as a whole: on failure the path is left as it was.
[[nodiscard]] nca::Result<void> write_vox(const std::filesystem::path& path, const ClassGrid& grid,
                                          std::span<const Rgba8> colours);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_VOX_HPP

// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_STRUCTURE_HPP
#define NCA_EXAMPLES_SUPPORT_STRUCTURE_HPP

#include <nca/core/result.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// A kind of block, as the palette of a structure lists it; of its properties only the direction.
struct BlockState {
    std::string name{};   ///< "minecraft:piston"
    std::string facing{}; ///< "north"; empty if the block has no direction

    friend bool operator==(const BlockState&, const BlockState&) = default;
};

/// A block of a structure.
struct PlacedBlock {
    std::array<int, 3> position{}; ///< x (east), y (up), z (south), from 0
    int state = 0;                 ///< index in the palette

    friend bool operator==(const PlacedBlock&, const PlacedBlock&) = default;
};

/// A Minecraft structure, as structure blocks save it. Cells without a block are left as they are when it is loaded.
struct Structure {
    std::array<int, 3> size{}; ///< along x, y and z
    std::vector<BlockState> palette{};
    std::vector<PlacedBlock> blocks{};
    int data_version = 1343; ///< the version of the game that has these names: 1.12.2

    friend bool operator==(const Structure&, const Structure&) = default;
};

/// The longest side of a structure that is read or written.
inline constexpr int max_structure_side = 128;

/// The structure in a file of NBT, gzipped or not; entities are ignored. Errors, each about the file: not NBT, damaged,
/// truncated, more than 128 MiB when decompressed, not a structure, larger than max_structure_side, more blocks than
/// that leaves room for, more than 65536 entries in the palette, a block outside of the size or the palette.
[[nodiscard]] nca::Result<Structure> read_structure(const std::filesystem::path& path);

/// The structure in the bytes of a file, as read_structure; errors call it `name`.
[[nodiscard]] nca::Result<Structure> parse_structure(std::span<const std::byte> bytes, std::string_view name);

/// The gzipped NBT file of a structure. Precondition: blocks lie within its size and its palette. Errors: a
/// size, a number of entries or a name beyond the limits of such a file.
[[nodiscard]] nca::Result<std::vector<std::byte>> encode_structure(const Structure& structure);

/// Writes encode_structure() as a whole: on failure the path is left as it was.
[[nodiscard]] nca::Result<void> write_structure(const std::filesystem::path& path, const Structure& structure);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_STRUCTURE_HPP

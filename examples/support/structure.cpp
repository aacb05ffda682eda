// SPDX-License-Identifier: Apache-2.0
#include "structure.hpp"

#include <nca/io/file.hpp>

#include "decode.hpp"
#include "mnist_data.hpp"
#include "nbt.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <zlib.h>

namespace support {
namespace {

constexpr std::size_t max_structure_bytes = std::size_t{1} << 27U;
constexpr std::size_t max_palette = 65536;
constexpr std::size_t max_blocks = std::size_t{max_structure_side} * max_structure_side * max_structure_side;

std::string size_text(const std::array<int, 3>& size) {
    return std::to_string(size[0]) + " x " + std::to_string(size[1]) + " x " + std::to_string(size[2]);
}

bool is_size(const std::array<int, 3>& size) {
    return std::ranges::all_of(size, [](int side) { return side >= 1 && side <= max_structure_side; });
}

// What a structure has more of than there can be; empty if nothing.
std::string excess(const Structure& structure) {
    if (structure.palette.size() > max_palette) {
        return "a palette of more than " + std::to_string(max_palette) + " entries";
    }
    if (structure.blocks.size() > max_blocks) return "more than " + std::to_string(max_blocks) + " blocks";
    return {};
}

bool is_inside(const PlacedBlock& block, const Structure& structure) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
        if (block.position[axis] < 0 || block.position[axis] >= structure.size[axis]) return false;
    }
    return true;
}

bool is_in_palette(const PlacedBlock& block, const Structure& structure) {
    return block.state >= 0 && static_cast<std::size_t>(block.state) < structure.palette.size();
}

std::array<int, 3> read_triple(NbtReader& reader, NbtTag tag) {
    std::array<int, 3> values{};
    std::size_t count = 0;
    reader.list(tag, [&](NbtTag element) {
        const int value = reader.int32(element);
        if (count < values.size()) values[count] = value;
        ++count;
    });
    if (count != values.size()) {
        reader.fail("holds " + std::to_string(count) + " numbers where " + nca::quote(tag.name) + " should be 3");
    }
    return values;
}

BlockState read_state(NbtReader& reader, NbtTag entry) {
    BlockState state;
    reader.compound(entry, [&](NbtTag member) {
        if (member.name == "Name") {
            state.name = reader.string(member);
        } else if (member.name == "Properties") {
            reader.compound(member, [&](NbtTag property) {
                if (property.name == "facing") {
                    state.facing = reader.string(property);
                } else {
                    reader.skip(property);
                }
            });
        } else {
            reader.skip(member);
        }
    });
    if (state.name.empty()) reader.fail("has an entry of its palette without a name");
    return state;
}

PlacedBlock read_block(NbtReader& reader, NbtTag entry) {
    std::optional<std::array<int, 3>> position;
    std::optional<int> state;
    reader.compound(entry, [&](NbtTag member) {
        if (member.name == "pos") {
            position = read_triple(reader, member);
        } else if (member.name == "state") {
            state = reader.int32(member);
        } else {
            reader.skip(member);
        }
    });
    if (!position || !state) {
        reader.fail("has a block without a position or a state");
        return {};
    }
    return {*position, *state};
}

// Checks what no single tag shows.
void check(NbtReader& reader, const Structure& structure) {
    if (!is_size(structure.size)) {
        return reader.fail("has a size of " + size_text(structure.size) + ": each side must be from 1 to " +
                           std::to_string(max_structure_side));
    }
    for (const PlacedBlock& block : structure.blocks) {
        if (is_inside(block, structure) && is_in_palette(block, structure)) continue;
        const auto [x, y, z] = block.position;
        std::string what = "has a block at (";
        what += std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + ")";
        if (!is_inside(block, structure)) {
            return reader.fail(what + ", outside of its size of " + size_text(structure.size));
        }
        return reader.fail(what + " of state " + std::to_string(block.state) + " in a palette of " +
                           std::to_string(structure.palette.size()));
    }
}

nca::Result<std::vector<std::byte>> gzip(std::vector<std::byte> bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return nca::Error{"zlib could not be started"};
    }
    const std::unique_ptr<z_stream, int (*)(z_streamp)> guard{&stream, deflateEnd};
    const auto size = static_cast<uInt>(bytes.size());
    std::vector<std::byte> packed(deflateBound(&stream, size));
    stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_in = size;
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return nca::Error{"zlib could not compress a structure"};
    packed.resize(packed.size() - stream.avail_out);
    return packed;
}

} // namespace

nca::Result<Structure> parse_structure(std::span<const std::byte> bytes, std::string_view name) {
    const auto unpacked = gunzip({bytes.begin(), bytes.end()}, std::string{name}, max_structure_bytes);
    if (!unpacked) return unpacked.error();
    if (unpacked->empty()) return detail::wrong(name, "is empty, so it is not an NBT file");
    NbtReader reader{*unpacked};
    Structure structure;
    structure.data_version = 0;
    bool has_size = false;
    bool has_palette = false;
    bool has_blocks = false;
    const auto append = [&](auto& list, auto&& entry) {
        list.push_back(std::move(entry));
        if (const std::string what = excess(structure); !what.empty()) reader.fail("has " + what);
    };
    reader.root([&](NbtTag member) {
        if (member.name == "size") {
            structure.size = read_triple(reader, member);
            has_size = true;
        } else if (member.name == "palette") {
            reader.list(member, [&](NbtTag entry) { append(structure.palette, read_state(reader, entry)); });
            has_palette = true;
        } else if (member.name == "blocks") {
            reader.list(member, [&](NbtTag entry) { append(structure.blocks, read_block(reader, entry)); });
            has_blocks = true;
        } else if (member.name == "DataVersion") {
            structure.data_version = reader.int32(member);
        } else {
            reader.skip(member);
        }
    });
    if (!has_size || !has_palette || !has_blocks) {
        const char* const missing = !has_size ? "size" : !has_palette ? "palette" : "list of blocks";
        reader.fail(std::string{"is an NBT file without a "} + missing +
                    ": expected the structure that a structure "
                    "block saves");
    }
    if (!reader.failed()) check(reader, structure);
    if (reader.failed()) return detail::wrong(name, reader.error());
    return structure;
}

nca::Result<Structure> read_structure(const std::filesystem::path& path) {
    return nca::read_file(path.string(), max_structure_bytes).and_then([&](const std::vector<std::byte>& bytes) {
        return parse_structure(bytes, path.string());
    });
}

nca::Result<std::vector<std::byte>> encode_structure(const Structure& structure) {
    if (!is_size(structure.size)) {
        return nca::Error{"a structure of " + size_text(structure.size) +
                          " blocks cannot be written: each side must be "
                          "from 1 to " +
                          std::to_string(max_structure_side)};
    }
    if (const std::string what = excess(structure); !what.empty()) {
        return nca::Error{"a structure with " + what + " cannot be written"};
    }
    NbtWriter file;
    file.int32("DataVersion", structure.data_version);
    file.list("size", structure.size);
    file.begin_list("entities", NbtType::end, 0);
    file.begin_list("palette", NbtType::compound, structure.palette.size());
    for (const BlockState& state : structure.palette) {
        if (std::max(state.name.size(), state.facing.size()) > max_nbt_string) {
            return nca::Error{"the name of a block has more than " + std::to_string(max_nbt_string) + " bytes"};
        }
        file.string("Name", state.name);
        if (!state.facing.empty()) {
            file.begin_compound("Properties");
            file.string("facing", state.facing);
            file.end_compound();
        }
        file.end_compound();
    }
    file.begin_list("blocks", NbtType::compound, structure.blocks.size());
    for (const PlacedBlock& block : structure.blocks) {
        NCA_ASSERT(is_inside(block, structure), "support::encode_structure: a block lies outside of the structure");
        NCA_ASSERT(is_in_palette(block, structure), "support::encode_structure: the palette has no such state");
        file.list("pos", block.position);
        file.int32("state", block.state);
        file.end_compound();
    }
    file.end_compound();
    return gzip(std::move(file).bytes());
}

nca::Result<void> write_structure(const std::filesystem::path& path, const Structure& structure) {
    auto bytes = encode_structure(structure);
    if (!bytes) return nca::Error{"cannot write " + nca::quote_path(path.string()) + ": " + bytes.error().message};
    return nca::write_file_atomically(path.string(), *bytes);
}

} // namespace support

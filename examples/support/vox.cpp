// SPDX-License-Identifier: Apache-2.0
#include "vox.hpp"

#include <nca/io/file.hpp>

#include "decode.hpp"

#include <algorithm>
#include <optional>

namespace support {
namespace {

// The format: "VOX ", a version, and a chunk MAIN whose children are SIZE, XYZI and RGBA. A chunk is its name, the
// bytes of its content and of its children, content, children. Numbers are little-endian.
// https://github.com/ephtracy/voxel-model/blob/master/MagicaVoxel-file-format-vox.txt

constexpr std::size_t colour_count = 256;
constexpr std::size_t max_vox_bytes = std::size_t{1} << 28U;

std::uint32_t number(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << 8U * i;
    return value;
}

struct Chunk {
    std::string_view id;
    std::span<const std::byte> content;
};

// Takes a chunk without its children from the front; nothing if the bytes end within it.
std::optional<Chunk> take_chunk(std::span<const std::byte>& bytes) {
    constexpr std::size_t header = 12;
    if (bytes.size() < header) return std::nullopt;
    const std::size_t size = number(bytes.subspan(4));
    if (size > bytes.size() - header) return std::nullopt;
    const Chunk chunk{nca::as_text(bytes.first(4)), bytes.subspan(header, size)};
    bytes = bytes.subspan(header + size);
    return chunk;
}

// Those of a new model: a cube of six levels per colour without black, then ramps of red, green, blue and grey.
std::vector<Rgba8> default_colours() {
    const auto level = [](std::size_t i) { return static_cast<std::uint8_t>(255 - 51 * i); };
    std::vector<Rgba8> colours{Rgba8{}};
    for (std::size_t i = 0; i < 215; ++i) colours.push_back({level(i / 36), level(i / 6 % 6), level(i % 6), 255});
    for (unsigned ramp = 0; ramp < 4; ++ramp)
        for (const unsigned digit : {14U, 13U, 11U, 10U, 8U, 7U, 5U, 4U, 2U, 1U}) {
            const auto part = [&](unsigned c) {
                return static_cast<std::uint8_t>(ramp == c || ramp == 3 ? digit * 17 : 0);
            };
            colours.push_back({part(0), part(1), part(2), 255});
        }
    return colours;
}

// The sizes as [depth][height][width]; nothing if they are no sizes.
std::optional<std::array<int, 3>> parse_size(std::span<const std::byte> content) {
    if (content.size() < 12) return std::nullopt;
    std::array<std::uint32_t, 3> sides{};
    for (std::size_t i = 0; i < 3; ++i) sides[i] = number(content.subspan(4 * i));
    if (std::ranges::any_of(sides, [](std::uint32_t side) { return side < 1 || side > max_vox_side; }))
        return std::nullopt;
    return std::array{static_cast<int>(sides[1]), static_cast<int>(sides[2]), static_cast<int>(sides[0])};
}

// False if the content is not a list of voxels in the grid.
bool parse_voxels(std::span<const std::byte> content, ClassGrid& grid) {
    if (content.size() < 4) return false;
    const std::size_t count = number(content);
    if (count > (content.size() - 4) / 4) return false;
    for (std::size_t i = 0; i < count; ++i) {
        const auto voxel = content.subspan(4 + 4 * i, 4);
        const int x = std::to_integer<int>(voxel[0]);
        const int y = std::to_integer<int>(voxel[1]);
        const int z = std::to_integer<int>(voxel[2]);
        if (x >= grid.width() || y >= grid.depth() || z >= grid.height()) return false;
        grid.at(grid.depth() - 1 - y, z, x) = std::to_integer<std::uint8_t>(voxel[3]);
    }
    return true;
}

bool parse_colours(std::span<const std::byte> content, std::vector<Rgba8>& colours) {
    if (content.size() < 4 * colour_count) return false;
    for (std::size_t i = 1; i < colour_count; ++i)
        for (std::size_t c = 0; c < 4; ++c) colours[i][c] = std::to_integer<std::uint8_t>(content[4 * (i - 1) + c]);
    return true;
}

void append(std::vector<std::byte>& file, std::size_t number) {
    for (unsigned i = 0; i < 4; ++i) file.push_back(static_cast<std::byte>(number >> 8U * i & 255U));
}

void append_chunk(std::vector<std::byte>& file, std::string_view id, std::size_t size, std::size_t children = 0) {
    for (const std::byte byte : nca::as_bytes(id)) file.push_back(byte);
    append(file, size);
    append(file, children);
}

} // namespace

nca::Result<VoxModel> parse_vox(std::span<const std::byte> bytes, std::string_view name) {
    if (!nca::as_text(bytes).starts_with("VOX ")) return detail::wrong(name, "is not a .vox file");
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), 8));
    std::optional<std::array<int, 3>> sizes;
    std::optional<VoxModel> model;
    std::vector<Rgba8> colours = default_colours();
    do {
        const auto chunk = take_chunk(bytes);
        if (!chunk) return detail::wrong(name, "is truncated: the file ends within a chunk");
        const auto damaged = [&] {
            return detail::wrong(name, "is damaged: its chunk " + nca::quote(chunk->id) + " is invalid");
        };
        if (chunk->id == "SIZE") {
            if (sizes) return detail::wrong(name, "holds several models: expected one");
            sizes = parse_size(chunk->content);
            if (!sizes) return damaged();
        } else if (chunk->id == "XYZI") {
            if (!sizes || model) return damaged();
            model.emplace(VoxModel{ClassGrid{*sizes}, {}});
            if (!parse_voxels(chunk->content, model->grid)) return damaged();
        } else if (chunk->id == "RGBA" && !parse_colours(chunk->content, colours)) {
            return damaged();
        }
    } while (!bytes.empty());
    if (!model) return detail::wrong(name, "holds no model");
    model->colours = std::move(colours);
    return *std::move(model);
}

nca::Result<VoxModel> read_vox(const std::filesystem::path& path) {
    return nca::read_file(path.string(), max_vox_bytes).and_then([&](const std::vector<std::byte>& bytes) {
        return parse_vox(bytes, path.string());
    });
}

nca::Result<std::vector<std::byte>> encode_vox(const ClassGrid& grid, std::span<const Rgba8> colours) {
    NCA_ASSERT(colours.size() <= colour_count, "support::encode_vox: more than 256 colours");
    const auto [depth, height, width] = grid.extents.sizes();
    if (std::max({depth, height, width}) > max_vox_side) {
        return nca::Error{"a grid of " + std::to_string(depth) + " x " + std::to_string(height) + " x " +
                          std::to_string(width) + " cells cannot be a .vox file: each side may have at most " +
                          std::to_string(max_vox_side)};
    }
    const auto count = grid.cells.size() - static_cast<std::size_t>(std::ranges::count(grid.cells, 0));
    const std::size_t voxels = 4 + 4 * count;
    std::vector<std::byte> file;
    for (const std::byte byte : nca::as_bytes("VOX ")) file.push_back(byte);
    append(file, 150);
    append_chunk(file, "MAIN", 0, 3 * 12 + 12 + voxels + 4 * colour_count);
    append_chunk(file, "SIZE", 12);
    for (const int side : {width, depth, height}) append(file, static_cast<std::size_t>(side));
    append_chunk(file, "XYZI", voxels);
    append(file, count);
    for (int d = 0; d < depth; ++d)
        for (int h = 0; h < height; ++h)
            for (int w = 0; w < width; ++w) {
                const int index = grid.at(d, h, w);
                if (index == 0) continue;
                NCA_ASSERT(static_cast<std::size_t>(index) < colours.size(),
                           "support::encode_vox: a class without a colour");
                for (const int value : {w, depth - 1 - d, h, index}) file.push_back(static_cast<std::byte>(value));
            }
    append_chunk(file, "RGBA", 4 * colour_count);
    for (std::size_t i = 1; i <= colour_count; ++i) {
        const Rgba8 colour = i < colours.size() ? colours[i] : Rgba8{};
        for (const std::uint8_t part : colour) file.push_back(std::byte{part});
    }
    return file;
}

nca::Result<void> write_vox(const std::filesystem::path& path, const ClassGrid& grid, std::span<const Rgba8> colours) {
    auto bytes = encode_vox(grid, colours);
    if (!bytes) return nca::Error{"cannot write " + nca::quote_path(path.string()) + ": " + bytes.error().message};
    return nca::write_file_atomically(path.string(), *bytes);
}

} // namespace support

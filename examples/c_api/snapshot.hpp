// SPDX-License-Identifier: Apache-2.0
// Snapshots of worlds as bytes.
#ifndef NCA_C_API_SNAPSHOT_HPP
#define NCA_C_API_SNAPSHOT_HPP

#include <nca/core/result.hpp>
#include <nca/run/any_simulation.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace c_api {

/// What a world and its snapshots have in common.
struct SnapshotShape {
    std::vector<int> sizes{}; ///< slowest first
    int channels = 0;
    int species = 1; ///< rules that share the world

    [[nodiscard]] std::int32_t cells() const noexcept {
        std::int32_t count = 1;
        for (const int size : sizes) count *= size;
        return count;
    }
    /// True for the worlds that the first version of the format holds.
    [[nodiscard]] bool is_plain() const noexcept { return sizes.size() == 2 && species == 1; }
    [[nodiscard]] std::size_t cell_bytes() const noexcept {
        return sizeof(std::int32_t) + sizeof(float) * static_cast<std::size_t>(channels);
    }
};

/// The first bytes of a snapshot. Unless the shape is plain, SnapshotExtension follows. For each of `cells` cells
/// follow its index (row-major, int32, ascending) and its channels (float); of several species, that of every cell
/// (uint8). Numbers are in the machine's byte order, and so is `magic`, which reveals a foreign one.
struct SnapshotHeader {
    static constexpr std::uint64_t plain_magic = 0x31'30'4E'53'41'43'4E'2EU;
    static constexpr std::uint64_t extended_magic = 0x32'30'4E'53'41'43'4E'2EU;

    std::uint64_t magic = plain_magic;
    std::int32_t channels = 0;
    std::int32_t height = 0;
    std::int32_t width = 0;
    std::int32_t cells = 0;
    std::uint64_t random_key = 0;
    std::uint64_t steps = 0;
    double fire_rate = 0.0;
    double angle = 0.0;
    float step_size = 0.0F;
    std::uint32_t random_stream = 0;
    std::uint32_t boundary = 0;
    std::uint32_t reserved = 0;
};
static_assert(sizeof(SnapshotHeader) == 72 && std::is_trivially_copyable_v<SnapshotHeader>,
              "c_api::SnapshotHeader: the same layout everywhere");

/// The rest of a shape. Extents that a world does not have are 1.
struct SnapshotExtension {
    std::int32_t dimensions = 2;
    std::int32_t depth = 1;
    std::int32_t species = 1;

    friend bool operator==(const SnapshotExtension&, const SnapshotExtension&) = default;
};
static_assert(sizeof(SnapshotExtension) == 12, "c_api::SnapshotExtension: the same layout everywhere");

/// The extent of a dimension, counted from the fastest; 1 for one that a world does not have.
[[nodiscard]] inline std::int32_t extent(const SnapshotShape& shape, std::size_t from_last) noexcept {
    return from_last < shape.sizes.size() ? shape.sizes[shape.sizes.size() - 1 - from_last] : 1;
}
[[nodiscard]] inline SnapshotExtension extension_of(const SnapshotShape& shape) noexcept {
    return {static_cast<std::int32_t>(shape.sizes.size()), extent(shape, 2), shape.species};
}

/// The position in a grid with a border of one cell, as SparseState counts, of a cell by its row-major index.
[[nodiscard]] inline std::int32_t position_of(std::int32_t index, std::span<const int> sizes) noexcept {
    std::int32_t position = 0;
    std::int32_t step = 1;
    for (std::size_t d = sizes.size(); d-- > 0; step *= sizes[d] + 2, index /= sizes[d]) {
        position += (index % sizes[d] + 1) * step;
    }
    return position;
}
/// The inverse of position_of().
[[nodiscard]] inline std::int32_t index_of(std::int32_t position, std::span<const int> sizes) noexcept {
    std::int32_t index = 0;
    std::int32_t step = 1;
    for (std::size_t d = sizes.size(); d-- > 0; step *= sizes[d], position /= sizes[d] + 2) {
        index += (position % (sizes[d] + 2) - 1) * step;
    }
    return index;
}

/// Bytes of a snapshot of so many cells.
[[nodiscard]] inline std::size_t snapshot_bytes(const SnapshotShape& shape, std::int32_t cells) noexcept {
    return sizeof(SnapshotHeader) + (shape.is_plain() ? 0 : sizeof(SnapshotExtension)) +
           static_cast<std::size_t>(cells) * shape.cell_bytes() +
           (shape.species > 1 ? static_cast<std::size_t>(shape.cells()) : 0);
}

/// Writes the snapshot of a world. Precondition: there is room for snapshot_bytes of its cells.
inline void write_snapshot(const nca::AnySnapshot& snapshot, const SnapshotShape& shape, std::byte* to) noexcept {
    const auto append = [&to](const void* from, std::size_t count) {
        if (count > 0) std::memcpy(to, from, count);
        to += count;
    };
    SnapshotHeader header;
    header.magic = shape.is_plain() ? header.plain_magic : header.extended_magic;
    header.channels = shape.channels;
    header.height = extent(shape, 1);
    header.width = extent(shape, 0);
    header.cells = snapshot.cells.count();
    header.random_key = snapshot.random.key();
    header.random_stream = snapshot.random.stream();
    header.steps = snapshot.steps;
    header.fire_rate = snapshot.options.fire_rate;
    header.angle = snapshot.options.angle;
    header.step_size = snapshot.options.step_size;
    header.boundary = static_cast<std::uint32_t>(snapshot.options.boundary);
    append(&header, sizeof header);
    const SnapshotExtension extension = extension_of(shape);
    if (!shape.is_plain()) append(&extension, sizeof extension);
    const float* values = snapshot.cells.values.data();
    for (const std::int32_t position : snapshot.cells.positions) {
        const std::int32_t index = index_of(position, shape.sizes);
        append(&index, sizeof index);
        append(values, shape.cell_bytes() - sizeof index);
        values += shape.channels;
    }
    append(snapshot.species.data(), snapshot.species.size());
}

/// Reads a snapshot for a world of a shape, whose `options` it does not tell all. Errors: anything that write_snapshot
/// would not have written.
[[nodiscard]] inline nca::Result<nca::AnySnapshot> read_snapshot(std::span<const std::byte> bytes,
                                                                 const SnapshotShape& shape,
                                                                 const nca::StepOptions<nca::AnyRule>& options) {
    SnapshotHeader header;
    if (bytes.size() < sizeof header)
        return nca::Error{"a snapshot has more than " + std::to_string(bytes.size()) + " bytes"};
    const auto take = [&bytes](void* into, std::size_t count) {
        if (count > 0) std::memcpy(into, bytes.data(), count);
        bytes = bytes.subspan(count);
    };
    const std::size_t size = bytes.size();
    take(&header, sizeof header);
    SnapshotExtension extension;
    if (header.magic == header.extended_magic) {
        if (bytes.size() < sizeof extension) return nca::Error{"the snapshot is truncated"};
        take(&extension, sizeof extension);
    } else if (header.magic != header.plain_magic) {
        return nca::Error{"these bytes are not a snapshot"};
    }
    if (header.channels != shape.channels || header.height != extent(shape, 1) || header.width != extent(shape, 0) ||
        extension != extension_of(shape) || shape.is_plain() != (header.magic == header.plain_magic)) {
        std::string found = extension.dimensions == 3 ? std::to_string(extension.depth) + " x " : std::string{};
        if (extension.dimensions > 1) found += std::to_string(header.height) + " x ";
        found += std::to_string(header.width) + " cells of " + std::to_string(header.channels) + " channels";
        if (extension.species > 1) found += " and " + std::to_string(extension.species) + " species";
        return nca::Error{"the snapshot belongs to another world: " + found};
    }
    const bool sound = header.cells >= 0 && header.cells <= shape.cells() && header.boundary <= 3 &&
                       header.fire_rate >= 0.0 && header.fire_rate <= 1.0 && std::isfinite(header.angle) &&
                       std::isfinite(header.step_size);
    if (!sound) return nca::Error{"the snapshot is damaged: a setting is out of range"};
    if (size < snapshot_bytes(shape, header.cells)) return nca::Error{"the snapshot is truncated"};

    nca::AnySnapshot snapshot;
    snapshot.sizes = shape.sizes;
    snapshot.random = nca::Philox{header.random_key, header.random_stream};
    snapshot.steps = header.steps;
    snapshot.options = options;
    snapshot.options.fire_rate = header.fire_rate;
    snapshot.options.angle = header.angle;
    snapshot.options.step_size = header.step_size;
    snapshot.options.boundary = static_cast<nca::Boundary>(header.boundary);
    snapshot.cells.positions.resize(static_cast<std::size_t>(header.cells));
    snapshot.cells.values.resize(snapshot.cells.positions.size() * static_cast<std::size_t>(shape.channels));
    float* values = snapshot.cells.values.data();
    std::int32_t before = -1;
    for (std::int32_t& position : snapshot.cells.positions) {
        std::int32_t index = 0;
        take(&index, sizeof index);
        take(values, shape.cell_bytes() - sizeof index);
        if (index <= before || index >= shape.cells()) {
            return nca::Error{"the snapshot is damaged: a cell is out of range"};
        }
        position = position_of(index, shape.sizes);
        before = index;
        values += shape.channels;
    }
    if (shape.species > 1) {
        snapshot.species.resize(static_cast<std::size_t>(shape.cells()));
        take(snapshot.species.data(), snapshot.species.size());
        const auto unknown = [&](std::uint8_t species) { return species >= shape.species; };
        if (std::ranges::any_of(snapshot.species, unknown)) {
            return nca::Error{"the snapshot is damaged: a species is out of range"};
        }
    }
    return snapshot;
}

} // namespace c_api

#endif // NCA_C_API_SNAPSHOT_HPP

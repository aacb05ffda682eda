// SPDX-License-Identifier: Apache-2.0
// Snapshots of worlds as bytes.
#ifndef NCA_C_API_SNAPSHOT_HPP
#define NCA_C_API_SNAPSHOT_HPP

#include <nca/core/result.hpp>
#include <nca/run/simulation.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace c_api {

/// The first bytes of a snapshot. For each of `cells` cells follow its index (row-major, int32, ascending) and its
/// channels (float). Numbers are in the machine's byte order, and so is `magic`, which reveals a foreign one.
struct SnapshotHeader {
    static constexpr std::uint64_t magic_number = 0x31'30'4E'53'41'43'4E'2EU;

    std::uint64_t magic = magic_number;
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

/// Bytes of a cell.
template <class R>
inline constexpr std::size_t snapshot_cell_bytes = sizeof(std::int32_t) + sizeof(float) * std::size_t{R::channels};

/// Bytes of a snapshot of so many cells.
template <class R>
[[nodiscard]] constexpr std::size_t snapshot_bytes(std::int32_t cells) noexcept {
    return sizeof(SnapshotHeader) + static_cast<std::size_t>(cells) * snapshot_cell_bytes<R>;
}

/// Writes a snapshot. Precondition: there is room for snapshot_bytes of its cells.
template <class R>
void write_snapshot(const nca::Snapshot<R>& snapshot, std::byte* to) noexcept {
    SnapshotHeader header;
    header.channels = R::channels;
    header.height = snapshot.sizes[0];
    header.width = snapshot.sizes[1];
    header.cells = snapshot.cells.count();
    header.random_key = snapshot.random.key();
    header.random_stream = snapshot.random.stream();
    header.steps = snapshot.steps;
    header.fire_rate = snapshot.options.fire_rate;
    header.angle = snapshot.options.angle;
    header.step_size = snapshot.options.step_size;
    header.boundary = static_cast<std::uint32_t>(snapshot.options.boundary);
    std::memcpy(to, &header, sizeof header);
    to += sizeof header;
    const float* values = snapshot.cells.values.data();
    for (const std::int32_t position : snapshot.cells.positions) {
        const std::int32_t row = position / (header.width + 2) - 1; // positions count a border of one cell
        const std::int32_t index = row * header.width + position % (header.width + 2) - 1;
        std::memcpy(to, &index, sizeof index);
        std::memcpy(to + sizeof index, values, sizeof(float) * std::size_t{R::channels});
        to += snapshot_cell_bytes<R>;
        values += R::channels;
    }
}

/// Reads a snapshot for a world of a height and width. Errors: anything that write_snapshot would not have written.
template <class R>
[[nodiscard]] nca::Result<nca::Snapshot<R>> read_snapshot(std::span<const std::byte> bytes,
                                                          const std::array<int, 2>& sizes) {
    SnapshotHeader header;
    if (bytes.size() < sizeof header)
        return nca::Error{"a snapshot has more than " + std::to_string(bytes.size()) + " bytes"};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.magic != header.magic_number) return nca::Error{"these bytes are not a snapshot"};
    if (header.channels != R::channels || header.height != sizes[0] || header.width != sizes[1]) {
        return nca::Error{"the snapshot belongs to another world: " + std::to_string(header.height) + " x " +
                          std::to_string(header.width) + " cells of " + std::to_string(header.channels) + " channels"};
    }
    const bool sound = header.cells >= 0 && header.cells <= sizes[0] * sizes[1] && header.boundary <= 3 &&
                       header.fire_rate >= 0.0 && header.fire_rate <= 1.0 && std::isfinite(header.angle) &&
                       std::isfinite(header.step_size);
    if (!sound) return nca::Error{"the snapshot is damaged: a setting is out of range"};
    if (bytes.size() < snapshot_bytes<R>(header.cells)) return nca::Error{"the snapshot is truncated"};

    nca::Snapshot<R> snapshot;
    snapshot.sizes = sizes;
    snapshot.random = nca::Philox{header.random_key, header.random_stream};
    snapshot.steps = header.steps;
    snapshot.options.fire_rate = header.fire_rate;
    snapshot.options.angle = header.angle;
    snapshot.options.step_size = header.step_size;
    snapshot.options.boundary = static_cast<nca::Boundary>(header.boundary);
    snapshot.cells.positions.resize(static_cast<std::size_t>(header.cells));
    snapshot.cells.values.resize(snapshot.cells.positions.size() * R::channels);
    const std::byte* from = bytes.data() + sizeof header;
    float* values = snapshot.cells.values.data();
    std::int32_t before = -1;
    for (std::int32_t& position : snapshot.cells.positions) {
        std::int32_t index = 0;
        std::memcpy(&index, from, sizeof index);
        std::memcpy(values, from + sizeof index, sizeof(float) * std::size_t{R::channels});
        if (index <= before || index >= sizes[0] * sizes[1]) {
            return nca::Error{"the snapshot is damaged: a cell is out of range"};
        }
        position = (index / sizes[1] + 1) * (sizes[1] + 2) + index % sizes[1] + 1;
        before = index;
        from += snapshot_cell_bytes<R>;
        values += R::channels;
    }
    return snapshot;
}

} // namespace c_api

#endif // NCA_C_API_SNAPSHOT_HPP

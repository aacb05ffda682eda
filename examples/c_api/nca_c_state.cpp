// SPDX-License-Identifier: Apache-2.0
// The C interface nca.h: what worlds show and hold.
#include <nca/core/config.hpp>
#include <nca/systems/voxel/metrics.hpp>

#include "handles.hpp"
#include "snapshot.hpp"

#include <vector>

namespace {

using namespace c_api;

/// The number of floats in the state of a simulation.
std::size_t state_size(const nca::AnySimulation& cells) {
    return static_cast<std::size_t>(cells.cells()) * static_cast<std::size_t>(cells.channels());
}

/// Copies value(simulation) to a result; `message` refuses a null pointer.
template <class T, class Value>
nca_status get(nca_world* world, T* result, const char* message, Value&& value) noexcept {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(result != nullptr, message);
        *result = value(cells);
    });
}

/// Copies class_of(channels) of every cell to the caller.
template <class T, class ClassOf>
void copy_classes(const nca::AnySimulation& cells, T* classes, std::size_t count, ClassOf&& class_of) {
    require(classes != nullptr, "the classes must not be null");
    require(count >= static_cast<std::size_t>(cells.cells()), "the memory is too small for a number per cell",
            NCA_ERROR_CAPACITY);
    const std::vector<float> state = cells.state();
    const auto channels = static_cast<std::size_t>(cells.channels());
    for (std::size_t at = 0; at < state.size(); at += channels) *classes++ = class_of(state.data() + at);
}

SnapshotShape shape_of(const nca::AnySimulation& cells) {
    return {{cells.sizes().begin(), cells.sizes().end()}, cells.channels(), cells.species().count()};
}

} // namespace

nca_status nca_world_rgba(nca_world* world, uint8_t* pixels, size_t size, size_t stride, uint32_t flags,
                          const uint8_t* background) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(pixels != nullptr, "pixels must not be null");
        const std::uint32_t order = flags & 3U;
        require((flags & ~(3U | NCA_PIXELS_PREMULTIPLIED)) == 0, "flags must be made of NCA_PIXELS_...");
        require(stride == 0 || stride >= 4 * static_cast<std::size_t>(cells.sizes().back()),
                "stride must be 0 or at least 4 * width");
        require(world->blocks == 0, "the cells of this world show blocks: see nca_world_blocks");
        nca::PixelFormat format;
        format.order = std::array{nca::PixelOrder::rgba, nca::PixelOrder::bgra, nca::PixelOrder::argb,
                                  nca::PixelOrder::abgr}[order];
        format.premultiplied = (flags & NCA_PIXELS_PREMULTIPLIED) != 0;
        format.stride = stride;
        if (background != nullptr) format.background = nca::Colour{background[0], background[1], background[2]};
        const std::span<std::uint8_t> memory{pixels, size};
        require(world->digits ? cells.rgba(memory, format, *world->digits) : cells.rgba(memory, format),
                "the memory is too small for height rows of pixels", NCA_ERROR_CAPACITY);
    });
}

nca_status nca_world_votes(nca_world* world, int32_t* votes, size_t count) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(world->digits.has_value(), "the cells of this world do not vote: the model is not one of digits");
        copy_classes(cells, votes, count,
                     [](const float* cell) { return cell[0] > nca::mnist::ink ? nca::mnist::vote_of(cell) : -1; });
    });
}

nca_status nca_world_blocks(nca_world* world, uint8_t* classes, size_t count) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(world->blocks > 0, "the cells of this world show no blocks");
        copy_classes(cells, classes, count, [&](const float* cell) {
            const std::span logits{cell, static_cast<std::size_t>(world->blocks)};
            return static_cast<std::uint8_t>(nca::voxel::block_of(logits));
        });
    });
}

nca_status nca_world_read_state(nca_world* world, float* values, size_t count) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(values != nullptr, "values must not be null");
        require(count >= state_size(cells), "the memory is too small for cells * channels floats", NCA_ERROR_CAPACITY);
        cells.store({values, state_size(cells)});
    });
}

nca_status nca_world_write_state(nca_world* world, const float* values, size_t count) {
    return on(world, [&](nca::AnySimulation& cells) {
        require(values != nullptr, "values must not be null");
        require(count == state_size(cells), "count must be the number of cells times that of channels");
        require_finite(values, count);
        cells.load({values, count});
    });
}

nca_status nca_world_size(nca_world* world, int32_t* height, int32_t* width, int32_t* channels) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(height != nullptr && width != nullptr && channels != nullptr, "a result must not be null");
        require_plane(cells, "nca_world_sizes");
        *height = cells.sizes()[0];
        *width = cells.sizes()[1];
        *channels = cells.channels();
    });
}

nca_status nca_world_sizes(nca_world* world, int32_t* sizes, size_t dimensions) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(sizes != nullptr, "sizes must not be null");
        require(dimensions >= cells.sizes().size(), "the memory is too small for an extent per dimension",
                NCA_ERROR_CAPACITY);
        std::ranges::copy(cells.sizes(), sizes);
    });
}

nca_status nca_world_dimensions(nca_world* world, int32_t* dimensions) {
    return get(world, dimensions, "dimensions must not be null",
               [](const auto& of) { return of.description().dimensions; });
}

nca_status nca_world_channels(nca_world* world, int32_t* channels) {
    return get(world, channels, "channels must not be null", [](const auto& of) { return of.channels(); });
}

nca_status nca_world_bounds(nca_world* world, int32_t* x, int32_t* y, int32_t* width, int32_t* height) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(x != nullptr && y != nullptr && width != nullptr && height != nullptr, "a result must not be null");
        require_plane(cells, "nca_world_box");
        std::array<int, 2> first{};
        std::array<int, 2> size{};
        cells.bounds(first, size);
        *x = first[0];
        *y = first[1];
        *width = size[0];
        *height = size[1];
    });
}

nca_status nca_world_box(nca_world* world, int32_t* first, int32_t* size, size_t dimensions) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(first != nullptr && size != nullptr, "a result must not be null");
        require(dimensions >= cells.sizes().size(), "the memory is too small for a number per dimension",
                NCA_ERROR_CAPACITY);
        cells.bounds({first, cells.sizes().size()}, {size, cells.sizes().size()});
    });
}

nca_status nca_world_living_cells(nca_world* world, int32_t* cells) {
    return get(world, cells, "cells must not be null", [](const auto& of) { return of.living_cells(); });
}

nca_status nca_world_steps(nca_world* world, uint64_t* steps) {
    return get(world, steps, "steps must not be null", [](const auto& of) { return of.steps(); });
}

nca_status nca_world_hash(nca_world* world, uint64_t* hash) {
    return get(world, hash, "hash must not be null", [](const auto& of) { return of.hash(); });
}

nca_status nca_world_snapshot_size(nca_world* world, size_t* size) {
    return get(world, size, "size must not be null",
               [](const auto& of) { return snapshot_bytes(shape_of(of), of.living_cells()); });
}

nca_status nca_world_save(nca_world* world, void* memory, size_t capacity) {
    return on(world, [&](const nca::AnySimulation& cells) {
        require(memory != nullptr, "memory must not be null");
        const SnapshotShape shape = shape_of(cells);
        require(capacity >= snapshot_bytes(shape, cells.living_cells()),
                "the memory is smaller than nca_world_snapshot_size", NCA_ERROR_CAPACITY);
        write_snapshot(cells.snapshot(), shape, static_cast<std::byte*>(memory));
    });
}

nca_status nca_world_restore(nca_world* world, const void* memory, size_t size) {
    return on(world, [&](nca::AnySimulation& cells) {
        require(memory != nullptr, "memory must not be null");
        const auto snapshot =
            read_snapshot({static_cast<const std::byte*>(memory), size}, shape_of(cells), cells.options());
        if (!snapshot) throw Refusal{NCA_ERROR_SNAPSHOT, snapshot.error().message};
        require(cells.restore(*snapshot), "the snapshot belongs to another world", NCA_ERROR_SNAPSHOT);
    });
}

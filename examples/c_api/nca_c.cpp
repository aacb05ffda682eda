// SPDX-License-Identifier: Apache-2.0
// The C interface nca.h over nca::Simulation.
#include <nca/core/config.hpp>

#include "handles.hpp"
#include "snapshot.hpp"

#include <charconv>
#include <limits>
#include <string_view>

namespace {

using namespace c_api;

#define NCA_C_TEXT_(value) #value
#define NCA_C_TEXT(value) NCA_C_TEXT_(value)

/// The number of floats in the state of a simulation.
template <class S>
std::size_t state_size(const S& simulation) {
    return static_cast<std::size_t>(simulation.extents().cells()) * static_cast<std::size_t>(simulation.channels());
}

template <class S>
using RuleOf = std::remove_cvref_t<decltype(std::declval<const S&>().rule())>;

/// Sets the boundary condition, NCA_BOUNDARY_RULE to that of the model.
template <class Options>
void set_boundary(Options& options, std::int32_t boundary, const Model& model) {
    require(boundary >= NCA_BOUNDARY_RULE && boundary <= NCA_BOUNDARY_REFLECT,
            "boundary must be one of NCA_BOUNDARY_...");
    const nca::Boundary of_model = std::visit([](const auto& read) { return read->options.boundary; }, model);
    options.boundary = boundary == NCA_BOUNDARY_RULE ? of_model : static_cast<nca::Boundary>(boundary);
}

/// Changes the options of a world with change(options).
template <class Change>
nca_status set_options(nca_world* world, Change&& change) noexcept {
    return on(world, [&](auto& simulation) {
        auto options = simulation.options();
        change(options);
        simulation.set_options(options);
    });
}

/// Copies value(simulation) to a result; `message` refuses a null pointer.
template <class T, class Value>
nca_status get(nca_world* world, T* result, const char* message, Value&& value) noexcept {
    return on(world, [&](auto& simulation) {
        require(result != nullptr, message);
        *result = value(simulation);
    });
}

} // namespace

int32_t nca_abi_version() {
    return NCA_ABI_VERSION;
}

const char* nca_version() {
    return NCA_C_TEXT(NCA_VERSION_MAJOR) "." NCA_C_TEXT(NCA_VERSION_MINOR) "." NCA_C_TEXT(NCA_VERSION_PATCH);
}

const char* nca_status_text(nca_status status) {
    constexpr std::array texts{"ok",
                               "wrong argument",
                               "not a model that this library can run",
                               "the memory given is too small",
                               "not a snapshot of such a world",
                               "out of memory",
                               "internal error"};
    static_assert(texts.size() == NCA_ERROR_INTERNAL + 1);
    return status >= NCA_OK && status <= NCA_ERROR_INTERNAL ? texts[static_cast<std::size_t>(status)]
                                                            : "unknown status";
}

nca_status nca_model_create(const void* bytes, size_t size, nca_model** model, char* reason, size_t capacity) {
    const Message message{reason, capacity};
    message.set("");
    if (model != nullptr) *model = nullptr;
    return guarded(message, [&] {
        require(bytes != nullptr && model != nullptr, "bytes and model must not be null");
        auto read = read_model({static_cast<const std::byte*>(bytes), size}, Table{});
        if (!read) throw Refusal{NCA_ERROR_MODEL, read.error().message};
        *model = new nca_model{std::move(*read)};
    });
}

void nca_model_destroy(nca_model* model) {
    delete model;
}

nca_status nca_model_channels(const nca_model* model, int32_t* channels) {
    if (model == nullptr || channels == nullptr) return NCA_ERROR_ARGUMENT;
    *channels =
        std::visit([]<class R>(const std::shared_ptr<const nca::Model<R>>&) { return R::channels; }, model->model);
    return NCA_OK;
}

nca_status nca_model_grid(const nca_model* model, int32_t* height, int32_t* width) {
    if (model == nullptr || height == nullptr || width == nullptr) return NCA_ERROR_ARGUMENT;
    const auto side = [&](std::string_view key) {
        std::int32_t value = 0;
        std::visit(
            [&](const auto& read) {
                for (const auto& [name, text] : read->metadata) {
                    if (name == key) std::from_chars(text.data(), text.data() + text.size(), value);
                }
            },
            model->model);
        return value > 0 && value <= NCA_MAX_SIDE ? value : 0;
    };
    *height = side("training.height");
    *width = side("training.width");
    return NCA_OK;
}

nca_status nca_world_create(const nca_model* model, int32_t height, int32_t width, uint64_t seed, int32_t boundary,
                            nca_world** world, char* reason, size_t capacity) {
    const Message message{reason, capacity};
    message.set("");
    if (world != nullptr) *world = nullptr;
    return guarded(message, [&] {
        require(model != nullptr && world != nullptr, "model and world must not be null");
        require(height > 0 && width > 0 && height <= NCA_MAX_SIDE && width <= NCA_MAX_SIDE &&
                    std::int64_t{height} * width <= NCA_MAX_CELLS,
                "height and width must be from 1 to NCA_MAX_SIDE, and no more than NCA_MAX_CELLS cells together");
        std::visit(
            [&]<class R>(const std::shared_ptr<const nca::Model<R>>& read) {
                nca::StepOptions<R> options = read->options;
                set_boundary(options, boundary, model->model);
                auto made = std::make_unique<nca_world>(read, Extents{{height, width}}, seed);
                std::get<Simulation<R>>(made->simulation).set_options(options);
                *world = made.release();
            },
            model->model);
    });
}

void nca_world_destroy(nca_world* world) {
    delete world;
}

const char* nca_world_error(const nca_world* world) {
    return world == nullptr ? "" : world->error.data();
}

nca_status nca_world_step(nca_world* world, int32_t count) {
    return on(world, [&](auto& simulation) {
        require(count >= 0, "the number of steps must not be negative");
        simulation.step(count);
    });
}

nca_status nca_world_plant(nca_world* world, int32_t x, int32_t y) {
    return on(world, [&](auto& simulation) {
        if constexpr (RuleOf<decltype(simulation)>::has_life) {
            simulation.plant(x, y);
        } else {
            throw Refusal{NCA_ERROR_ARGUMENT, "this rule has no seed: write or paint a state"};
        }
    });
}

nca_status nca_world_erase(nca_world* world, double x, double y, double radius) {
    return on(world, [&](auto& simulation) {
        require_disc(x, y, radius);
        simulation.erase(radius, x, y);
    });
}

nca_status nca_world_paint(nca_world* world, double x, double y, double radius, const float* values, size_t count) {
    return on(world, [&]<class S>(S& simulation) {
        typename S::Cell cell{};
        require_disc(x, y, radius);
        require(values != nullptr, "values must not be null");
        require(count == cell.size(), "count must be the number of channels");
        require_finite(values, count);
        std::copy_n(values, count, cell.begin());
        simulation.paint(radius, cell, x, y);
    });
}

nca_status nca_world_clear(nca_world* world) {
    return on(world, [](auto& simulation) { simulation.clear(); });
}

nca_status nca_world_set_fire_rate(nca_world* world, double fire_rate) {
    return set_options(world, [&](auto& options) {
        require(fire_rate >= 0.0 && fire_rate <= 1.0, "the fire rate must be from 0 to 1");
        options.fire_rate = fire_rate;
    });
}

nca_status nca_world_set_step_size(nca_world* world, double step_size) {
    return set_options(world, [&](auto& options) {
        require(std::abs(step_size) <= static_cast<double>(std::numeric_limits<float>::max()),
                "the step size must be finite");
        options.step_size = static_cast<float>(step_size);
    });
}

nca_status nca_world_set_angle(nca_world* world, double radians) {
    return set_options(world, [&](auto& options) {
        require(std::isfinite(radians), "the angle must be finite");
        options.angle = radians;
    });
}

nca_status nca_world_set_angles(nca_world* world, const float* angles, size_t count) {
    return on(world, [&](auto& simulation) {
        if (angles == nullptr && count == 0) return simulation.clear_angles();
        require(angles != nullptr, "angles must not be null, unless count is 0");
        const auto set = simulation.set_angles({angles, count});
        if (!set) throw Refusal{NCA_ERROR_ARGUMENT, set.error().message};
    });
}

nca_status nca_world_set_boundary(nca_world* world, int32_t boundary) {
    return set_options(world, [&](auto& options) { set_boundary(options, boundary, world->model); });
}

nca_status nca_world_rgba(nca_world* world, uint8_t* pixels, size_t size, size_t stride, uint32_t flags,
                          const uint8_t* background) {
    return on(world, [&](auto& simulation) {
        require(pixels != nullptr, "pixels must not be null");
        const std::uint32_t order = flags & 3U;
        require((flags & ~(3U | NCA_PIXELS_PREMULTIPLIED)) == 0, "flags must be made of NCA_PIXELS_...");
        const auto row = 4 * static_cast<std::size_t>(simulation.extents()[1]);
        require(stride == 0 || stride >= row, "stride must be 0 or at least 4 * width");
        nca::PixelFormat format;
        format.order = std::array{nca::PixelOrder::rgba, nca::PixelOrder::bgra, nca::PixelOrder::argb,
                                  nca::PixelOrder::abgr}[order];
        format.premultiplied = (flags & NCA_PIXELS_PREMULTIPLIED) != 0;
        format.stride = stride;
        if (background != nullptr) format.background = nca::Colour{background[0], background[1], background[2]};
        require(simulation.rgba({pixels, size}, format), "the memory is too small for height rows of pixels",
                NCA_ERROR_CAPACITY);
    });
}

nca_status nca_world_read_state(nca_world* world, float* values, size_t count) {
    return on(world, [&]<class S>(S& simulation) {
        require(values != nullptr, "values must not be null");
        require(count >= state_size(simulation), "the memory is too small for height * width * channels floats",
                NCA_ERROR_CAPACITY);
        simulation.store(nca::GridView<float, RuleOf<S>::channels, nca::Dynamic, nca::Dynamic>{
            values, simulation.extents(), simulation.channels()});
    });
}

nca_status nca_world_write_state(nca_world* world, const float* values, size_t count) {
    return on(world, [&]<class S>(S& simulation) {
        require(values != nullptr, "values must not be null");
        require(count == state_size(simulation), "count must be height * width * channels");
        require_finite(values, count);
        simulation.load(nca::GridView<const float, RuleOf<S>::channels, nca::Dynamic, nca::Dynamic>{
            values, simulation.extents(), simulation.channels()});
    });
}

nca_status nca_world_size(nca_world* world, int32_t* height, int32_t* width, int32_t* channels) {
    return on(world, [&]<class S>(S& simulation) {
        require(height != nullptr && width != nullptr && channels != nullptr, "a result must not be null");
        *height = simulation.extents()[0];
        *width = simulation.extents()[1];
        *channels = simulation.channels();
    });
}

nca_status nca_world_bounds(nca_world* world, int32_t* x, int32_t* y, int32_t* width, int32_t* height) {
    return on(world, [&](auto& simulation) {
        require(x != nullptr && y != nullptr && width != nullptr && height != nullptr, "a result must not be null");
        const auto bounds = simulation.bounds();
        *x = bounds.first[0];
        *y = bounds.first[1];
        *width = bounds.size[0];
        *height = bounds.size[1];
    });
}

nca_status nca_world_living_cells(nca_world* world, int32_t* cells) {
    return get(world, cells, "cells must not be null", [](auto& simulation) { return simulation.living_cells(); });
}

nca_status nca_world_steps(nca_world* world, uint64_t* steps) {
    return get(world, steps, "steps must not be null", [](auto& simulation) { return simulation.steps(); });
}

nca_status nca_world_hash(nca_world* world, uint64_t* hash) {
    return get(world, hash, "hash must not be null", [](auto& simulation) { return simulation.hash(); });
}

nca_status nca_world_snapshot_size(nca_world* world, size_t* size) {
    return get(world, size, "size must not be null",
               []<class S>(S& simulation) { return snapshot_bytes<RuleOf<S>>(simulation.living_cells()); });
}

nca_status nca_world_save(nca_world* world, void* memory, size_t capacity) {
    return on(world, [&](auto& simulation) {
        require(memory != nullptr, "memory must not be null");
        require(capacity >= snapshot_bytes<RuleOf<decltype(simulation)>>(simulation.living_cells()),
                "the memory is smaller than nca_world_snapshot_size", NCA_ERROR_CAPACITY);
        write_snapshot(simulation.snapshot(), static_cast<std::byte*>(memory));
    });
}

nca_status nca_world_restore(nca_world* world, const void* memory, size_t size) {
    return on(world, [&]<class S>(S& simulation) {
        require(memory != nullptr, "memory must not be null");
        const auto snapshot =
            read_snapshot<RuleOf<S>>({static_cast<const std::byte*>(memory), size}, simulation.extents().sizes());
        if (!snapshot) throw Refusal{NCA_ERROR_SNAPSHOT, snapshot.error().message};
        if (!simulation.restore(*snapshot)) throw Refusal{NCA_ERROR_SNAPSHOT, "the snapshot has other extents"};
    });
}

// SPDX-License-Identifier: Apache-2.0
// The C interface nca.h: models, and the worlds that are created from them.
#include <nca/core/config.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/read_model.hpp>
#include <nca/systems/voxel/rule.hpp>

#include "handles.hpp"

#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace {

using namespace c_api;

#define NCA_C_TEXT_(value) #value
#define NCA_C_TEXT(value) NCA_C_TEXT_(value)

/// The rules whose sizes are known at compile time, one line for each; others run somewhat slower.
nca::RuleRegistry rules() {
    nca::RuleRegistry known;
    known.add<nca::growing::Rule<>>();
    return known;
}

/// The value of a key; empty if it is missing.
const char* metadata_of(const nca::AnyModel& model, std::string_view key) {
    for (const auto& [name, text] : model.metadata()) {
        if (name == key) return text.c_str();
    }
    return "";
}

/// An extent of the training; 0 where the file does not tell it.
std::int32_t training_extent(const nca::AnyModel& model, std::string_view key) {
    const std::string_view text = metadata_of(model, key);
    std::int32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value > 0 && value <= NCA_MAX_SIDE ? value : 0;
}

bool shows_digits(const nca::AnyModel& model) {
    return std::string_view{metadata_of(model, "nca.system")} == "mnist" &&
           model.description().channels == nca::mnist::Rule<>::channels;
}

/// The number of classes of blocks, which are bytes.
int block_classes(const nca::AnyModel& model) {
    const int classes = nca::voxel::class_count(model.description());
    return model.description().dimensions == 3 && classes <= 256 ? classes : 0;
}

/// Copies value(model) to a result.
template <class Value>
nca_status get(const nca_model* model, std::int32_t* result, Value&& value) noexcept {
    if (model == nullptr || result == nullptr) return NCA_ERROR_ARGUMENT;
    *result = value(model->model);
    return NCA_OK;
}

nca_world* create(const std::vector<nca::AnyModel>& models, std::span<const std::int32_t> sizes, std::uint64_t seed,
                  std::int32_t boundary) {
    const nca::AnyModel& model = models.front();
    std::int64_t cells = 1;
    for (const std::int32_t size : sizes) {
        require(size > 0 && size <= NCA_MAX_SIDE, "extents must be from 1 to NCA_MAX_SIDE");
        cells *= size;
    }
    require(cells <= NCA_MAX_CELLS, "a world must not have more than NCA_MAX_CELLS cells");
    nca::StepOptions<nca::AnyRule> options = model.options();
    set_boundary(options, boundary, model);
    auto simulation = nca::AnyModel::simulate_all(models, sizes, {.seed = seed});
    if (!simulation) throw Refusal{NCA_ERROR_ARGUMENT, simulation.error().message};
    auto world = std::make_unique<nca_world>(nca_world{model, std::move(*simulation)});
    world->cells->set_options(options);
    if (shows_digits(model)) world->digits = nca::mnist::colours_of(model.metadata());
    world->blocks = block_classes(model);
    return world.release();
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
        auto read = nca::read_any_model({static_cast<const std::byte*>(bytes), size}, "model", rules());
        if (!read) throw Refusal{NCA_ERROR_MODEL, read.error().message};
        *model = new nca_model{std::move(*read)};
    });
}

void nca_model_destroy(nca_model* model) {
    delete model;
}

nca_status nca_model_channels(const nca_model* model, int32_t* channels) {
    return get(model, channels, [](const nca::AnyModel& of) { return of.description().channels; });
}

nca_status nca_model_grid(const nca_model* model, int32_t* height, int32_t* width) {
    if (model == nullptr || height == nullptr || width == nullptr) return NCA_ERROR_ARGUMENT;
    *height = training_extent(model->model, "training.height");
    *width = training_extent(model->model, "training.width");
    return NCA_OK;
}

nca_status nca_model_sizes(const nca_model* model, int32_t* sizes, size_t dimensions) {
    if (model == nullptr || sizes == nullptr) return NCA_ERROR_ARGUMENT;
    constexpr std::array keys{"training.depth", "training.height", "training.width"};
    const auto own = static_cast<std::size_t>(model->model.description().dimensions);
    if (dimensions < own) return NCA_ERROR_CAPACITY;
    for (std::size_t axis = 0; axis < own; ++axis) {
        sizes[axis] = training_extent(model->model, keys[keys.size() - own + axis]);
    }
    return NCA_OK;
}

nca_status nca_model_dimensions(const nca_model* model, int32_t* dimensions) {
    return get(model, dimensions, [](const nca::AnyModel& of) { return of.description().dimensions; });
}

const char* nca_model_system(const nca_model* model) {
    return model == nullptr ? "" : metadata_of(model->model, "nca.system");
}

nca_status nca_model_has_seed(const nca_model* model, int32_t* has_seed) {
    return get(model, has_seed,
               [](const nca::AnyModel& of) { return of.description().life == nca::LifeKind::alive ? 1 : 0; });
}

nca_status nca_model_goals(const nca_model* model, int32_t* goals) {
    return get(model, goals, [](const nca::AnyModel& of) { return of.goals().count(); });
}

nca_status nca_model_inputs(const nca_model* model, int32_t* inputs) {
    return get(model, inputs, [](const nca::AnyModel& of) { return of.description().inputs; });
}

nca_status nca_model_classes(const nca_model* model, int32_t* classes) {
    return get(model, classes,
               [](const nca::AnyModel& of) { return shows_digits(of) ? nca::mnist::classes : block_classes(of); });
}

nca_status nca_model_hexagonal(const nca_model* model, int32_t* hexagonal) {
    return get(model, hexagonal,
               [](const nca::AnyModel& of) { return of.description().lattice == nca::Lattice::hexagonal ? 1 : 0; });
}

nca_status nca_world_create(const nca_model* model, int32_t height, int32_t width, uint64_t seed, int32_t boundary,
                            nca_world** world, char* reason, size_t capacity) {
    const std::array sizes{height, width};
    return nca_world_create_sizes(model, sizes.data(), 2, seed, boundary, world, reason, capacity);
}

nca_status nca_world_create_sizes(const nca_model* model, const int32_t* sizes, int32_t dimensions, uint64_t seed,
                                  int32_t boundary, nca_world** world, char* reason, size_t capacity) {
    return nca_world_create_community(&model, 1, sizes, dimensions, seed, boundary, world, reason, capacity);
}

nca_status nca_world_create_community(const nca_model* const* models, int32_t count, const int32_t* sizes,
                                      int32_t dimensions, uint64_t seed, int32_t boundary, nca_world** world,
                                      char* reason, size_t capacity) {
    const Message message{reason, capacity};
    message.set("");
    if (world != nullptr) *world = nullptr;
    return guarded(message, [&] {
        require(models != nullptr && sizes != nullptr && world != nullptr, "a pointer must not be null");
        require(count >= 1 && count <= NCA_MAX_SPECIES, "count must be from 1 to NCA_MAX_SPECIES");
        require(dimensions >= 1 && dimensions <= 3, "dimensions must be from 1 to 3");
        std::vector<nca::AnyModel> all;
        for (const nca_model* const each : std::span{models, static_cast<std::size_t>(count)}) {
            require(each != nullptr, "a model must not be null");
            all.push_back(each->model);
        }
        if (const int own = all.front().description().dimensions; own != dimensions) {
            throw Refusal{NCA_ERROR_ARGUMENT, "the world has " + std::to_string(dimensions) +
                                                  " dimensions, but the model has " + std::to_string(own)};
        }
        *world = create(all, {sizes, static_cast<std::size_t>(dimensions)}, seed, boundary);
    });
}

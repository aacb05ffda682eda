// SPDX-License-Identifier: Apache-2.0
// The C interface nca.h: what happens to the cells of worlds.
#include <nca/core/config.hpp>
#include <nca/systems/texture/rule.hpp>

#include "handles.hpp"

#include <limits>
#include <vector>

namespace {

using namespace c_api;

/// Changes the options of a world with change(options).
template <class Change>
nca_status set_options(nca_world* world, Change&& change) noexcept {
    return on(world, [&](nca::AnySimulation& cells) {
        auto options = cells.options();
        change(options);
        cells.set_options(options);
    });
}

void plant(nca::AnySimulation& cells, std::span<const int> at) {
    require(cells.description().life == nca::LifeKind::alive, "this rule has no seed: write or paint a state");
    cells.plant(at);
}

void require_disc(std::span<const double> at, double radius) {
    require(std::ranges::all_of(at, [](double coordinate) { return std::isfinite(coordinate); }) &&
                std::isfinite(radius),
            "the coordinates and the radius must be finite");
    require(radius >= 0.0, "the radius must not be negative");
}

void erase(nca::AnySimulation& cells, std::span<const double> at, double radius) {
    require_disc(at, radius);
    cells.erase(radius, at);
}

void paint(nca::AnySimulation& cells, std::span<const double> at, double radius, const float* values,
           std::size_t count) {
    require_disc(at, radius);
    require(values != nullptr, "values must not be null");
    require(count == static_cast<std::size_t>(cells.channels()), "count must be the number of channels");
    require_finite(values, count);
    cells.paint(radius, {values, count}, at);
}

void assign(nca::AnySimulation& cells, std::int32_t species, std::span<const double> at, double radius) {
    const int count = cells.species().count();
    if (species < 0 || species >= count) {
        throw Refusal{NCA_ERROR_ARGUMENT, "there is no species " + std::to_string(species) +
                                              ": those of this world are 0 to " + std::to_string(count - 1)};
    }
    require_disc(at, radius);
    cells.assign(species, radius, at);
}

} // namespace

void nca_world_destroy(nca_world* world) {
    delete world;
}

const char* nca_world_error(const nca_world* world) {
    return world == nullptr ? "" : world->error.data();
}

nca_status nca_world_step(nca_world* world, int32_t count) {
    return on(world, [&](nca::AnySimulation& cells) {
        require(count >= 0, "the number of steps must not be negative");
        cells.step(count);
    });
}

nca_status nca_world_plant(nca_world* world, int32_t x, int32_t y) {
    return on(world, [&](nca::AnySimulation& cells) {
        require_plane(cells, "nca_world_plant_at");
        plant(cells, std::array{x, y});
    });
}

nca_status nca_world_plant_at(nca_world* world, const int32_t* at, size_t dimensions) {
    return on(world, [&](nca::AnySimulation& cells) { plant(cells, coordinates(cells, at, dimensions)); });
}

nca_status nca_world_plant_noise(nca_world* world, uint64_t seed) {
    return on(world, [&](nca::AnySimulation& cells) {
        std::vector<float> state = cells.state();
        nca::texture::plant_noise(std::span{state}, nca::Philox{seed}.split(3)); // as `nca texture` does
        cells.load(state);
    });
}

nca_status nca_world_erase(nca_world* world, double x, double y, double radius) {
    return on(world, [&](nca::AnySimulation& cells) {
        require_plane(cells, "nca_world_erase_at");
        erase(cells, std::array{x, y}, radius);
    });
}

nca_status nca_world_erase_at(nca_world* world, const double* at, size_t dimensions, double radius) {
    return on(world, [&](nca::AnySimulation& cells) { erase(cells, coordinates(cells, at, dimensions), radius); });
}

nca_status nca_world_paint(nca_world* world, double x, double y, double radius, const float* values, size_t count) {
    return on(world, [&](nca::AnySimulation& cells) {
        require_plane(cells, "nca_world_paint_at");
        paint(cells, std::array{x, y}, radius, values, count);
    });
}

nca_status nca_world_paint_at(nca_world* world, const double* at, size_t dimensions, double radius, const float* values,
                              size_t count) {
    return on(world, [&](nca::AnySimulation& cells) {
        paint(cells, coordinates(cells, at, dimensions), radius, values, count);
    });
}

nca_status nca_world_assign(nca_world* world, int32_t species, double x, double y, double radius) {
    return on(world, [&](nca::AnySimulation& cells) {
        require_plane(cells, "nca_world_assign_at");
        assign(cells, species, std::array{x, y}, radius);
    });
}

nca_status nca_world_assign_at(nca_world* world, int32_t species, const double* at, size_t dimensions, double radius) {
    return on(world,
              [&](nca::AnySimulation& cells) { assign(cells, species, coordinates(cells, at, dimensions), radius); });
}

nca_status nca_world_clear(nca_world* world) {
    return on(world, [](nca::AnySimulation& cells) { cells.clear(); });
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
    return on(world, [&](nca::AnySimulation& cells) {
        if (angles == nullptr && count == 0) return cells.clear_angles();
        require(angles != nullptr, "angles must not be null, unless count is 0");
        require(cells.set_angles({angles, count}));
    });
}

nca_status nca_world_set_boundary(nca_world* world, int32_t boundary) {
    return set_options(world, [&](auto& options) { set_boundary(options, boundary, world->model); });
}

nca_status nca_world_set_goal(nca_world* world, int32_t goal) {
    return on(world, [&](nca::AnySimulation& cells) {
        const auto inputs = world->model.goals().at(goal);
        if (!inputs) throw Refusal{NCA_ERROR_ARGUMENT, inputs.error().message};
        require(cells.set_inputs(*inputs));
    });
}

nca_status nca_world_set_inputs(nca_world* world, const float* values, size_t count) {
    return on(world, [&](nca::AnySimulation& cells) {
        if (values == nullptr && count == 0) return cells.clear_inputs();
        require(values != nullptr, "values must not be null, unless count is 0");
        require(cells.set_inputs({values, count}));
    });
}

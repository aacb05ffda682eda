// SPDX-License-Identifier: Apache-2.0
// The objects behind the handles of the C interface, and how a function reports an error.
#ifndef NCA_C_API_HANDLES_HPP
#define NCA_C_API_HANDLES_HPP

#include <nca/run/any_model.hpp>
#include <nca/systems/mnist/rule.hpp>

#include "nca.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct nca_model {
    nca::AnyModel model;
};

struct nca_world {
    nca::AnyModel model; ///< the first of a community
    std::unique_ptr<nca::AnySimulation> cells;
    std::optional<nca::mnist::Colours> digits{}; ///< of a model of digits
    int blocks = 0;                              ///< classes of a model of blocks
    std::array<char, 256> error{};
};

namespace c_api {

/// A buffer for a message, which is truncated to fit. `text` may be null.
struct Message {
    char* text;
    std::size_t capacity;

    void set(std::string_view message) const noexcept {
        if (text != nullptr && capacity > 0) text[message.copy(text, capacity - 1)] = '\0';
    }
};

/// A refusal: the status to return and its message.
struct Refusal {
    nca_status status;
    std::string message;
};

/// Runs what a function does. No exception leaves: it becomes a status and a message.
template <class Body>
nca_status guarded(const Message& message, Body&& body) noexcept {
    try {
        body();
        return NCA_OK;
    } catch (const Refusal& refusal) {
        message.set(refusal.message);
        return refusal.status;
    } catch (const std::bad_alloc&) {
        message.set("out of memory");
        return NCA_ERROR_MEMORY;
    } catch (const std::exception& exception) {
        message.set(exception.what());
        return NCA_ERROR_INTERNAL;
    } catch (...) {
        message.set("an exception of unknown type");
        return NCA_ERROR_INTERNAL;
    }
}

/// Runs body(simulation) on the simulation of a world.
template <class Body>
nca_status on(nca_world* world, Body&& body) noexcept {
    if (world == nullptr) return NCA_ERROR_ARGUMENT;
    return guarded(Message{world->error.data(), world->error.size()}, [&] { body(*world->cells); });
}

inline void require(bool condition, const char* message, nca_status otherwise = NCA_ERROR_ARGUMENT) {
    if (!condition) throw Refusal{otherwise, message};
}
inline void require(const nca::Result<void>& result) {
    if (!result) throw Refusal{NCA_ERROR_ARGUMENT, result.error().message};
}

/// Refuses worlds that have not two dimensions; `instead` is what to call.
inline void require_plane(const nca::AnySimulation& cells, const char* instead) {
    if (cells.sizes().size() == 2) return;
    throw Refusal{NCA_ERROR_ARGUMENT,
                  "this world has not 2 dimensions but " + std::to_string(cells.sizes().size()) + ": use " + instead};
}

/// The coordinates of a cell or a point.
template <class T>
std::span<const T> coordinates(const nca::AnySimulation& cells, const T* at, std::size_t dimensions) {
    require(at != nullptr, "at must not be null");
    if (dimensions != cells.sizes().size()) {
        throw Refusal{NCA_ERROR_ARGUMENT, "dimensions must be " + std::to_string(cells.sizes().size()) +
                                              ", the number of coordinates in this world"};
    }
    return {at, dimensions};
}

inline void require_finite(const float* values, std::size_t count) {
    require(std::all_of(values, values + count, [](float value) { return std::isfinite(value); }),
            "the values must be finite");
}

/// Sets the boundary condition, NCA_BOUNDARY_RULE to that of the model.
inline void set_boundary(nca::StepOptions<nca::AnyRule>& options, std::int32_t boundary, const nca::AnyModel& model) {
    require(boundary >= NCA_BOUNDARY_RULE && boundary <= NCA_BOUNDARY_REFLECT,
            "boundary must be one of NCA_BOUNDARY_...");
    options.boundary = boundary == NCA_BOUNDARY_RULE ? model.options().boundary : static_cast<nca::Boundary>(boundary);
}

} // namespace c_api

#endif // NCA_C_API_HANDLES_HPP

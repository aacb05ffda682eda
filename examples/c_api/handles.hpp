// SPDX-License-Identifier: Apache-2.0
// The objects behind the handles of the C interface, and how a function reports an error.
#ifndef NCA_C_API_HANDLES_HPP
#define NCA_C_API_HANDLES_HPP

#include "nca.h"
#include "rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

struct nca_model {
    c_api::Model model;
};

struct nca_world {
    template <class R>
    nca_world(std::shared_ptr<const nca::Model<R>> shared, const c_api::Extents& extents, std::uint64_t seed)
        : model{shared}, simulation{std::in_place_type<c_api::Simulation<R>>, nca::borrow(shared->rule), extents,
                                    seed} {}

    c_api::Model model; ///< keeps the borrowed rule alive
    c_api::World simulation;
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

/// Runs body(simulation) on the simulation of a world, whatever its rule is.
template <class Body>
nca_status on(nca_world* world, Body&& body) noexcept {
    if (world == nullptr) return NCA_ERROR_ARGUMENT;
    return guarded(Message{world->error.data(), world->error.size()}, [&] { std::visit(body, world->simulation); });
}

inline void require(bool condition, const char* message, nca_status otherwise = NCA_ERROR_ARGUMENT) {
    if (!condition) throw Refusal{otherwise, message};
}

inline void require_disc(double x, double y, double radius) {
    require(std::isfinite(x) && std::isfinite(y) && std::isfinite(radius), "x, y and radius must be finite");
    require(radius >= 0.0, "the radius must not be negative");
}

inline void require_finite(const float* values, std::size_t count) {
    require(std::all_of(values, values + count, [](float value) { return std::isfinite(value); }),
            "the values must be finite");
}

} // namespace c_api

#endif // NCA_C_API_HANDLES_HPP

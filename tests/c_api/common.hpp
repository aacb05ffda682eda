// SPDX-License-Identifier: Apache-2.0
// Handles of the C interface that clean up after themselves.
#ifndef NCA_TESTS_C_API_COMMON_HPP
#define NCA_TESTS_C_API_COMMON_HPP

#include <nca/io/file.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <nca.h>
#include <span>
#include <string>
#include <vector>

namespace nca::tests::c_api {

/// A model; `status` and `error` tell how its creation went.
struct CModel {
    explicit CModel(std::span<const std::byte> bytes) {
        error.resize(256);
        status = nca_model_create(bytes.data(), bytes.size(), &handle, error.data(), error.size());
        error.resize(error.find('\0'));
    }
    CModel(const CModel&) = delete;
    CModel& operator=(const CModel&) = delete;
    ~CModel() { nca_model_destroy(handle); }

    nca_model* handle = nullptr;
    std::string error{};
    nca_status status = NCA_OK;
};

/// The bytes of the lizard in this repository.
[[nodiscard]] inline const std::vector<std::byte>& lizard_bytes() {
    static const std::vector<std::byte> bytes = [] {
        auto read = read_file(NCA_LIZARD);
        REQUIRE(read);
        return *read;
    }();
    return bytes;
}

/// The lizard in this repository.
[[nodiscard]] inline const CModel& lizard() {
    static const CModel model{lizard_bytes()};
    REQUIRE(model.status == NCA_OK);
    return model;
}

/// A world that was created.
struct CWorld {
    CWorld(const nca_model* model, std::int32_t height, std::int32_t width, std::uint64_t seed,
           std::int32_t boundary = NCA_BOUNDARY_RULE) {
        REQUIRE(nca_world_create(model, height, width, seed, boundary, &handle, nullptr, 0) == NCA_OK);
    }
    CWorld(const CWorld&) = delete;
    CWorld& operator=(const CWorld&) = delete;
    ~CWorld() { nca_world_destroy(handle); }

    [[nodiscard]] std::uint64_t hash() const {
        std::uint64_t hash = 0;
        REQUIRE(nca_world_hash(handle, &hash) == NCA_OK);
        return hash;
    }
    [[nodiscard]] std::vector<float> state() const {
        std::int32_t height = 0;
        std::int32_t width = 0;
        std::int32_t channels = 0;
        REQUIRE(nca_world_size(handle, &height, &width, &channels) == NCA_OK);
        std::vector<float> values(static_cast<std::size_t>(height * width * channels));
        REQUIRE(nca_world_read_state(handle, values.data(), values.size()) == NCA_OK);
        return values;
    }
    [[nodiscard]] std::vector<std::uint8_t> snapshot() const {
        std::size_t size = 0;
        REQUIRE(nca_world_snapshot_size(handle, &size) == NCA_OK);
        std::vector<std::uint8_t> bytes(size);
        REQUIRE(nca_world_save(handle, bytes.data(), bytes.size()) == NCA_OK);
        return bytes;
    }
    [[nodiscard]] std::string error() const { return nca_world_error(handle); }

    nca_world* handle = nullptr;
};

} // namespace nca::tests::c_api

#endif // NCA_TESTS_C_API_COMMON_HPP

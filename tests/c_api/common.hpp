// SPDX-License-Identifier: Apache-2.0
// Handles of the C interface that clean up after themselves.
#ifndef NCA_TESTS_C_API_COMMON_HPP
#define NCA_TESTS_C_API_COMMON_HPP

#include <nca/io/file.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// The model in a file.
[[nodiscard]] inline std::unique_ptr<CModel> model_in(const std::string& path) {
    const auto bytes = read_file(path);
    REQUIRE(bytes);
    auto model = std::make_unique<CModel>(*bytes);
    REQUIRE_MESSAGE(model->status == NCA_OK, model->error);
    return model;
}

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
    /// Of extents, slowest first.
    CWorld(const nca_model* model, const std::vector<std::int32_t>& sizes, std::uint64_t seed,
           std::int32_t boundary = NCA_BOUNDARY_RULE) {
        std::string reason(256, ' ');
        const nca_status status = nca_world_create_sizes(model, sizes.data(), static_cast<std::int32_t>(sizes.size()),
                                                         seed, boundary, &handle, reason.data(), reason.size());
        REQUIRE_MESSAGE(status == NCA_OK, reason);
    }
    /// Of several rules on one grid.
    CWorld(const std::vector<const nca_model*>& models, const std::vector<std::int32_t>& sizes, std::uint64_t seed) {
        REQUIRE(nca_world_create_community(models.data(), static_cast<std::int32_t>(models.size()), sizes.data(),
                                           static_cast<std::int32_t>(sizes.size()), seed, NCA_BOUNDARY_RULE, &handle,
                                           nullptr, 0) == NCA_OK);
    }
    CWorld(const CWorld&) = delete;
    CWorld& operator=(const CWorld&) = delete;
    ~CWorld() { nca_world_destroy(handle); }

    [[nodiscard]] std::uint64_t hash() const {
        std::uint64_t hash = 0;
        REQUIRE(nca_world_hash(handle, &hash) == NCA_OK);
        return hash;
    }
    [[nodiscard]] std::size_t cells() const {
        std::int32_t dimensions = 0;
        REQUIRE(nca_world_dimensions(handle, &dimensions) == NCA_OK);
        std::vector<std::int32_t> sizes(static_cast<std::size_t>(dimensions));
        REQUIRE(nca_world_sizes(handle, sizes.data(), sizes.size()) == NCA_OK);
        std::size_t count = 1;
        for (const std::int32_t size : sizes) count *= static_cast<std::size_t>(size);
        return count;
    }
    [[nodiscard]] std::vector<float> state() const {
        std::int32_t channels = 0;
        REQUIRE(nca_world_channels(handle, &channels) == NCA_OK);
        std::vector<float> values(cells() * static_cast<std::size_t>(channels));
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

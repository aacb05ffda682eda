// SPDX-License-Identifier: Apache-2.0
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/published.hpp>

#include "common.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests::c_api;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text});
}

} // namespace

TEST_CASE("versions and statuses have texts") {
    CHECK(nca_abi_version() == NCA_ABI_VERSION);
    CHECK(std::string{nca_version()} == std::to_string(NCA_VERSION_MAJOR) + "." + std::to_string(NCA_VERSION_MINOR) +
                                            "." + std::to_string(NCA_VERSION_PATCH));
    for (nca_status status = NCA_OK; status <= NCA_ERROR_INTERNAL; ++status) {
        CHECK(std::string{nca_status_text(status)} != nca_status_text(-1));
    }
}

TEST_CASE("bytes that are no model are refused with a sentence") {
    const auto refusal = [](std::span<const std::byte> bytes) {
        const CModel model{bytes};
        CHECK(model.status == NCA_ERROR_MODEL);
        CHECK(model.handle == nullptr);
        CHECK(!model.error.empty());
        return model.error;
    };
    const auto& good = lizard_bytes();
    refusal(bytes_of("?"));
    refusal(bytes_of("[]"));
    refusal(bytes_of("{\"weights\": 3}"));
    refusal({good.data(), good.size() / 2});
    std::vector<std::byte> damaged = good;
    std::fill(damaged.end() - 20000, damaged.end() - 10000, std::byte{0x3F});
    CHECK(refusal(damaged).find("self-test") != std::string::npos);

    SafetensorsWriter other;
    const std::vector<float> values(12 * 48 + 12);
    other.set_metadata("nca.channels", "12");
    other.add("perceive_to_hidden.weight", {12, 48}, std::span{values}.first(12 * 48));
    const auto twelve = other.to_bytes();
    REQUIRE(twelve);
    CHECK(refusal(*twelve).find("nca.channels") != std::string::npos);

    DenseLayers layers(1);
    layers[0].in = layers[0].out = 4;
    layers[0].weight.resize(16);
    layers[0].bias.resize(4);
    const auto json = nca::to_quantized_json(layers);
    REQUIRE(json);
    CHECK(refusal(bytes_of(*json)).find("expected 2 layers") != std::string::npos);
}

TEST_CASE("a message is cut to the memory that is there, with a closing zero") {
    nca_model* model = nullptr;
    std::array<char, 8> text{};
    text.fill('x');
    CHECK(nca_model_create("?", 1, &model, text.data(), 4) == NCA_ERROR_MODEL);
    CHECK(text[3] == '\0');
    CHECK(text[4] == 'x');
    CHECK(std::strlen(text.data()) == 3);
    CHECK(nca_model_create("?", 1, &model, text.data(), 0) == NCA_ERROR_MODEL);
    CHECK(std::strlen(text.data()) == 3);
    CHECK(nca_model_create("?", 1, &model, nullptr, 100) == NCA_ERROR_MODEL);
    CHECK(nca_model_create(lizard_bytes().data(), lizard_bytes().size(), &model, text.data(), 4) == NCA_OK);
    CHECK(std::strlen(text.data()) == 0);
    nca_model_destroy(model);
}

TEST_CASE("worlds of impossible sizes are refused") {
    const auto create = [](std::int32_t height, std::int32_t width, std::int32_t boundary = NCA_BOUNDARY_RULE) {
        nca_world* world = reinterpret_cast<nca_world*>(&height); // must be overwritten
        std::array<char, 100> error{};
        const nca_status status =
            nca_world_create(lizard().handle, height, width, 0, boundary, &world, error.data(), error.size());
        CHECK((status == NCA_OK) == (world != nullptr));
        CHECK((status == NCA_OK) == (error[0] == '\0'));
        nca_world_destroy(world);
        return status;
    };
    CHECK(create(1, 1) == NCA_OK);
    CHECK(create(1, NCA_MAX_SIDE) == NCA_OK);
    CHECK(create(0, 8) == NCA_ERROR_ARGUMENT);
    CHECK(create(8, -1) == NCA_ERROR_ARGUMENT);
    CHECK(create(NCA_MAX_SIDE + 1, 8) == NCA_ERROR_ARGUMENT);
    CHECK(create(NCA_MAX_SIDE, NCA_MAX_SIDE) == NCA_ERROR_ARGUMENT);
    CHECK(create(8, 8, 4) == NCA_ERROR_ARGUMENT);
    CHECK(create(8, 8, -2) == NCA_ERROR_ARGUMENT);
}

TEST_CASE("null is refused everywhere, and freed without harm") {
    const CWorld world{lizard().handle, 8, 8, 0};
    const auto& good = lizard_bytes();
    nca_model* model = nullptr;
    nca_world* other = nullptr;
    std::int32_t number = 0;
    std::uint64_t big = 0;
    std::size_t size = 0;
    std::array<float, 16> values{};
    std::array<std::uint8_t, 64> bytes{};
    const auto refused = [](nca_status status) { return status == NCA_ERROR_ARGUMENT; };

    CHECK(refused(nca_model_create(nullptr, 5, &model, nullptr, 0)));
    CHECK(refused(nca_model_create(good.data(), good.size(), nullptr, nullptr, 0)));
    CHECK(refused(nca_model_channels(nullptr, &number)));
    CHECK(refused(nca_model_channels(lizard().handle, nullptr)));
    CHECK(refused(nca_world_create(nullptr, 8, 8, 0, NCA_BOUNDARY_RULE, &other, nullptr, 0)));
    CHECK(refused(nca_world_create(lizard().handle, 8, 8, 0, NCA_BOUNDARY_RULE, nullptr, nullptr, 0)));
    for (const auto get : {nca_model_dimensions, nca_model_has_seed, nca_model_goals, nca_model_inputs,
                           nca_model_classes, nca_model_hexagonal}) {
        CHECK(refused(get(nullptr, &number)));
        CHECK(refused(get(lizard().handle, nullptr)));
    }
    CHECK(std::string{nca_model_system(nullptr)}.empty());
    CHECK(refused(nca_model_grid(lizard().handle, nullptr, &number)));
    CHECK(refused(nca_model_sizes(nullptr, &number, 3)));
    CHECK(refused(nca_model_sizes(lizard().handle, nullptr, 3)));
    CHECK(nca_model_sizes(lizard().handle, &number, 1) == NCA_ERROR_CAPACITY);
    nca_model_destroy(nullptr);
    nca_world_destroy(nullptr);
    CHECK(std::string{nca_world_error(nullptr)}.empty());

    CHECK(refused(nca_world_step(nullptr, 1)));
    CHECK(refused(nca_world_plant(nullptr, 1, 1)));
    CHECK(refused(nca_world_erase(nullptr, 1, 1, 1)));
    CHECK(refused(nca_world_paint(nullptr, 1, 1, 1, values.data(), values.size())));
    const std::array<double, 2> at{};
    const std::array<std::int32_t, 2> cell{};
    CHECK(refused(nca_world_plant_at(nullptr, cell.data(), 2)));
    CHECK(refused(nca_world_plant_noise(nullptr, 1)));
    CHECK(refused(nca_world_erase_at(nullptr, at.data(), 2, 1)));
    CHECK(refused(nca_world_paint_at(nullptr, at.data(), 2, 1, values.data(), values.size())));
    CHECK(refused(nca_world_assign(nullptr, 0, 1, 1, 1)));
    CHECK(refused(nca_world_assign_at(nullptr, 0, at.data(), 2, 1)));
    CHECK(refused(nca_world_set_goal(nullptr, 0)));
    CHECK(refused(nca_world_set_inputs(nullptr, values.data(), values.size())));
    CHECK(refused(nca_world_votes(nullptr, &number, 1)));
    CHECK(refused(nca_world_blocks(nullptr, bytes.data(), bytes.size())));
    CHECK(refused(nca_world_sizes(nullptr, &number, 1)));
    CHECK(refused(nca_world_dimensions(nullptr, &number)));
    CHECK(refused(nca_world_channels(nullptr, &number)));
    CHECK(refused(nca_world_box(nullptr, &number, &number, 1)));
    CHECK(refused(nca_world_clear(nullptr)));
    CHECK(refused(nca_world_set_fire_rate(nullptr, 0.5)));
    CHECK(refused(nca_world_set_step_size(nullptr, 0.5)));
    CHECK(refused(nca_world_set_angle(nullptr, 0.5)));
    CHECK(refused(nca_world_set_angles(nullptr, values.data(), values.size())));
    CHECK(refused(nca_world_set_boundary(nullptr, NCA_BOUNDARY_ZERO)));
    CHECK(refused(nca_world_rgba(nullptr, bytes.data(), bytes.size(), 0, 0, nullptr)));
    CHECK(refused(nca_world_read_state(nullptr, values.data(), values.size())));
    CHECK(refused(nca_world_write_state(nullptr, values.data(), values.size())));
    CHECK(refused(nca_world_size(nullptr, &number, &number, &number)));
    CHECK(refused(nca_world_bounds(nullptr, &number, &number, &number, &number)));
    CHECK(refused(nca_world_living_cells(nullptr, &number)));
    CHECK(refused(nca_world_steps(nullptr, &big)));
    CHECK(refused(nca_world_hash(nullptr, &big)));
    CHECK(refused(nca_world_snapshot_size(nullptr, &size)));
    CHECK(refused(nca_world_save(nullptr, bytes.data(), bytes.size())));
    CHECK(refused(nca_world_restore(nullptr, bytes.data(), bytes.size())));

    CHECK(refused(nca_world_paint(world.handle, 1, 1, 1, nullptr, 16)));
    CHECK(refused(nca_world_set_angles(world.handle, nullptr, 64)));
    CHECK(refused(nca_world_rgba(world.handle, nullptr, 256, 0, 0, nullptr)));
    CHECK(refused(nca_world_read_state(world.handle, nullptr, 1024)));
    CHECK(refused(nca_world_write_state(world.handle, nullptr, 1024)));
    CHECK(refused(nca_world_size(world.handle, nullptr, &number, &number)));
    CHECK(refused(nca_world_size(world.handle, &number, nullptr, &number)));
    CHECK(refused(nca_world_size(world.handle, &number, &number, nullptr)));
    CHECK(refused(nca_world_bounds(world.handle, &number, &number, &number, nullptr)));
    CHECK(refused(nca_world_sizes(world.handle, nullptr, 2)));
    CHECK(refused(nca_world_dimensions(world.handle, nullptr)));
    CHECK(refused(nca_world_channels(world.handle, nullptr)));
    CHECK(refused(nca_world_box(world.handle, nullptr, &number, 2)));
    CHECK(refused(nca_world_living_cells(world.handle, nullptr)));
    CHECK(refused(nca_world_steps(world.handle, nullptr)));
    CHECK(refused(nca_world_hash(world.handle, nullptr)));
    CHECK(refused(nca_world_snapshot_size(world.handle, nullptr)));
    CHECK(refused(nca_world_save(world.handle, nullptr, 1000)));
    CHECK(refused(nca_world_restore(world.handle, nullptr, 1000)));
}

TEST_CASE("values out of range are refused with a message and change nothing") {
    const CWorld world{lizard().handle, 24, 24, 0};
    const CWorld twin{lizard().handle, 24, 24, 0};
    for (nca_world* const handle : {world.handle, twin.handle}) {
        nca_world_plant(handle, 12, 12);
        nca_world_step(handle, 10);
    }
    CHECK(world.error().empty());
    std::vector<float> state = world.state();
    std::vector<float> cell(16, 1.0F);
    const auto refused = [&](nca_status status, std::string_view about) {
        CHECK(status == NCA_ERROR_ARGUMENT);
        CHECK_MESSAGE(world.error().find(about) != std::string::npos, world.error());
    };
    refused(nca_world_step(world.handle, -1), "steps");
    refused(nca_world_erase(world.handle, infinite, 12, 4), "finite");
    refused(nca_world_erase(world.handle, 12, 12, infinite), "finite");
    refused(nca_world_erase(world.handle, 12, 12, -1), "radius");
    refused(nca_world_paint(world.handle, 12, -infinite, 4, cell.data(), cell.size()), "finite");
    refused(nca_world_paint(world.handle, 12, 12, 4, cell.data(), 15), "channels");
    cell[3] = not_a_number;
    refused(nca_world_paint(world.handle, 12, 12, 4, cell.data(), cell.size()), "finite");
    refused(nca_world_set_fire_rate(world.handle, 1.01), "fire rate");
    refused(nca_world_set_fire_rate(world.handle, static_cast<double>(not_a_number)), "fire rate");
    refused(nca_world_set_step_size(world.handle, 1e39), "step size");
    refused(nca_world_set_step_size(world.handle, static_cast<double>(not_a_number)), "step size");
    refused(nca_world_set_angle(world.handle, infinite), "angle");
    refused(nca_world_set_angles(world.handle, state.data(), 575), "575");
    refused(nca_world_set_boundary(world.handle, 4), "boundary");
    refused(nca_world_set_goal(world.handle, 0), "there is no goal 0: the model has no goals");
    refused(nca_world_set_inputs(world.handle, state.data(), 1), "no inputs");
    refused(nca_world_assign(world.handle, 1, 12, 12, 4), "there is no species 1");
    std::int32_t vote = 0;
    refused(nca_world_votes(world.handle, &vote, 1), "digits");
    std::uint8_t block = 0;
    refused(nca_world_blocks(world.handle, &block, 1), "blocks");
    refused(nca_world_write_state(world.handle, state.data(), state.size() - 1), "count");
    state[100] = not_a_number;
    refused(nca_world_write_state(world.handle, state.data(), state.size()), "finite");
    CHECK(nca_world_read_state(world.handle, state.data(), state.size() - 1) == NCA_ERROR_CAPACITY);

    // What lies outside the world is no mistake: it is clipped.
    CHECK(nca_world_plant(world.handle, -1, 24) == NCA_OK);
    CHECK(nca_world_plant(world.handle, std::numeric_limits<std::int32_t>::max(), 0) == NCA_OK);
    CHECK(nca_world_erase(world.handle, 1e300, -1e300, 5) == NCA_OK);
    cell[3] = 1.0F;
    CHECK(nca_world_paint(world.handle, -1e300, 1e300, 5, cell.data(), cell.size()) == NCA_OK);
    CHECK(nca_world_paint(world.handle, 12, 12, 0, cell.data(), cell.size()) == NCA_OK);
    CHECK(world.hash() == twin.hash());
    nca_world_step(world.handle, 10);
    nca_world_step(twin.handle, 10);
    CHECK(world.hash() == twin.hash());
}

TEST_CASE("a dead world has an empty box") {
    const CWorld world{lizard().handle, 8, 8, 0};
    std::array<std::int32_t, 4> box{9, 9, 9, 9};
    CHECK(nca_world_bounds(world.handle, &box[0], &box[1], &box[2], &box[3]) == NCA_OK);
    CHECK(box == std::array<std::int32_t, 4>{0, 0, 0, 0});
}

TEST_CASE("snapshots that are damaged or of another world are refused and change nothing") {
    const CWorld world{lizard().handle, 24, 20, 3};
    nca_world_plant(world.handle, 10, 12);
    nca_world_step(world.handle, 10);
    const std::vector<std::uint8_t> good = world.snapshot();
    CHECK(nca_world_save(world.handle, std::vector<std::uint8_t>(good.size()).data(), good.size() - 1) ==
          NCA_ERROR_CAPACITY);

    const CWorld turned{lizard().handle, 20, 24, 3};
    CHECK(nca_world_restore(turned.handle, good.data(), good.size()) == NCA_ERROR_SNAPSHOT);
    CHECK(turned.error().find("24 x 20") != std::string::npos);

    const CWorld other{lizard().handle, 24, 20, 3};
    const std::uint64_t before = other.hash();
    for (const std::size_t size : {std::size_t{0}, std::size_t{71}, std::size_t{72}, good.size() - 1}) {
        CHECK(nca_world_restore(other.handle, good.data(), size) == NCA_ERROR_SNAPSHOT);
    }
    const auto with = [&](std::size_t at, auto value) {
        std::vector<std::uint8_t> bytes = good;
        std::memcpy(bytes.data() + at, &value, sizeof value);
        const nca_status status = nca_world_restore(other.handle, bytes.data(), bytes.size());
        CHECK(other.hash() == before);
        return status;
    };
    CHECK(with(0, std::uint8_t{'?'}) == NCA_ERROR_SNAPSHOT);          // the magic number
    CHECK(with(8, std::int32_t{15}) == NCA_ERROR_SNAPSHOT);           // channels
    CHECK(with(20, std::int32_t{-1}) == NCA_ERROR_SNAPSHOT);          // the number of cells
    CHECK(with(20, std::int32_t{24 * 20 + 1}) == NCA_ERROR_SNAPSHOT); //
    CHECK(with(40, 1.5) == NCA_ERROR_SNAPSHOT);                       // fire rate
    CHECK(with(48, infinite) == NCA_ERROR_SNAPSHOT);                  // angle
    CHECK(with(56, not_a_number) == NCA_ERROR_SNAPSHOT);              // step size
    CHECK(with(64, std::uint32_t{4}) == NCA_ERROR_SNAPSHOT);          // boundary
    CHECK(with(72, std::int32_t{-1}) == NCA_ERROR_SNAPSHOT);          // the first cell
    CHECK(with(72, std::int32_t{24 * 20}) == NCA_ERROR_SNAPSHOT);     //
    CHECK(with(72 + 68, std::int32_t{0}) == NCA_ERROR_SNAPSHOT);      // the second, not in order
    CHECK(nca_world_restore(other.handle, good.data(), good.size()) == NCA_OK);
    CHECK(other.hash() == world.hash());
}

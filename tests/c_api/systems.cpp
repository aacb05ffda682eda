// SPDX-License-Identifier: Apache-2.0
// Models of every system in the C interface: each does what nca::Simulation does.
#include <nca/io/pytorch_file.hpp>
#include <nca/run/load_simulation.hpp>
#include <nca/systems/goal_guided/published.hpp>
#include <nca/systems/isotropic/published.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/texture/rule.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/systems/voxel/published.hpp>

#include "common.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <common/data.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests::c_api;

using Plane = DynamicSimulation<2>;
using Space = DynamicSimulation<3>;

std::int32_t number_of(nca_status (*get)(const nca_model*, std::int32_t*), const nca_model* model) {
    std::int32_t number = -1;
    REQUIRE(get(model, &number) == NCA_OK);
    return number;
}

template <class World>
void check_equal(const CWorld& world, const World& expected) {
    CHECK(world.hash() == expected.hash());
    CHECK(std::ranges::equal(world.state(), expected.state().values()));
}

std::vector<std::uint8_t> pixels_of(const CWorld& world) {
    std::vector<std::uint8_t> pixels(4 * world.cells());
    REQUIRE(nca_world_rgba(world.handle, pixels.data(), pixels.size(), 0, NCA_PIXELS_RGBA, nullptr) == NCA_OK);
    return pixels;
}

/// A ring of ink, [28][28][20].
std::vector<float> ring() {
    std::vector<float> state(28 * 28 * 20);
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x) {
            const int square = (x - 14) * (x - 14) + (y - 14) * (y - 14);
            if (square > 36 && square < 81) state[static_cast<std::size_t>((y * 28 + x) * 20)] = 0.9F;
        }
    }
    return state;
}

} // namespace

TEST_CASE("digits run, vote and have the colours of their votes") {
    const std::string path = NCA_MODELS "/mnist/ce.safetensors";
    const auto model = model_in(path);
    CHECK(std::string{nca_model_system(model->handle)} == "mnist");
    CHECK(number_of(nca_model_classes, model->handle) == 10);
    CHECK(number_of(nca_model_has_seed, model->handle) == 0);
    auto expected = load_simulation(path, {28, 28}, {.seed = 4});
    REQUIRE(expected);
    const CWorld world{model->handle, 28, 28, 4};
    const std::vector<float> start = ring();
    REQUIRE(nca_world_write_state(world.handle, start.data(), start.size()) == NCA_OK);
    REQUIRE(expected->load({start.data(), expected->extents(), 20}));
    REQUIRE(nca_world_step(world.handle, 15) == NCA_OK);
    expected->step(15);
    check_equal(world, *expected);

    std::vector<std::uint8_t> pixels(4 * 28 * 28);
    // Trained with cross-entropy: no cell is undecided.
    REQUIRE(expected->rgba(pixels, {}, mnist::Colours{-std::numeric_limits<float>::infinity()}));
    CHECK(pixels_of(world) == pixels);

    std::vector<std::int32_t> votes(28 * 28);
    REQUIRE(nca_world_votes(world.handle, votes.data(), votes.size()) == NCA_OK);
    const auto state = expected->state();
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x) {
            const float* const cell = &state(y, x)[0];
            const auto largest = std::max_element(cell + 10, cell + 20) - (cell + 10);
            CHECK(votes[static_cast<std::size_t>(28 * y + x)] == (cell[0] > 0.1F ? largest : -1));
        }
    }
    CHECK(nca_world_votes(world.handle, votes.data(), votes.size() - 1) == NCA_ERROR_CAPACITY);
}

TEST_CASE("a texture runs from zeros or from noise, on the torus of its model") {
    const std::string path = NCA_MODELS "/textures/bubbles.safetensors";
    const auto model = model_in(path);
    CHECK(std::string{nca_model_system(model->handle)} == "texture");
    CHECK(number_of(nca_model_classes, model->handle) == 0);
    auto expected = load_simulation(path, {20, 24}, {.seed = 2});
    REQUIRE(expected);
    const CWorld world{model->handle, 20, 24, 2};
    REQUIRE(nca_world_step(world.handle, 12) == NCA_OK);
    expected->step(12);
    check_equal(world, *expected);
    std::vector<std::uint8_t> pixels(4 * 20 * 24);
    REQUIRE(expected->rgba(pixels));
    CHECK(pixels_of(world) == pixels);

    REQUIRE(nca_world_plant_noise(world.handle, 5) == NCA_OK);
    auto noise = expected->state();
    texture::plant_noise(noise.values(), Philox{5}.split(3));
    expected->load(noise);
    check_equal(world, *expected);
    REQUIRE(nca_world_step(world.handle, 5) == NCA_OK);
    expected->step(5);
    check_equal(world, *expected);
}

TEST_CASE("cells of a model with goals are told one, or inputs of the caller's, or nothing") {
    const auto path = tests::data_file("goal_guided/100k_linear_encoder.safetensors");
    if (!path) return;
    const auto model = model_in(path->string());
    const auto guided = goal_guided::find_model(read_safetensors(path->string())->tensors());
    REQUIRE(guided);
    CHECK(number_of(nca_model_goals, model->handle) == 10);
    const std::vector<float> code = *guided->encoder.code(3);
    CHECK(number_of(nca_model_inputs, model->handle) == static_cast<std::int32_t>(code.size()));

    Plane expected{guided->rule, Plane::Shape{{40, 36}}, 8};
    const CWorld world{model->handle, 40, 36, 8};
    expected.plant(18, 20);
    REQUIRE(nca_world_plant(world.handle, 18, 20) == NCA_OK);
    const auto step = [&] {
        expected.step(8);
        REQUIRE(nca_world_step(world.handle, 8) == NCA_OK);
        check_equal(world, expected);
    };
    REQUIRE(expected.set_inputs(code));
    REQUIRE(nca_world_set_goal(world.handle, 3) == NCA_OK);
    step();
    const std::vector<float> own(code.size(), 0.25F);
    REQUIRE(expected.set_inputs(own));
    REQUIRE(nca_world_set_inputs(world.handle, own.data(), own.size()) == NCA_OK);
    step();
    expected.clear_inputs();
    REQUIRE(nca_world_set_inputs(world.handle, nullptr, 0) == NCA_OK);
    step();
    const std::uint64_t before = world.hash();
    CHECK(nca_world_set_goal(world.handle, 10) == NCA_ERROR_ARGUMENT);
    CHECK(world.error() == "there is no goal 10: the goals of the model are 0 to 9");
    CHECK(nca_world_set_goal(world.handle, -1) == NCA_ERROR_ARGUMENT);
    CHECK(nca_world_set_inputs(world.handle, own.data(), own.size() - 1) == NCA_ERROR_ARGUMENT);
    CHECK(nca_world_set_inputs(world.handle, nullptr, own.size()) == NCA_ERROR_ARGUMENT);
    CHECK(world.hash() == before);
}

TEST_CASE("the isotropic demo runs on hexagons") {
    const auto path = tests::data_file("isotropic/cadata.json");
    if (!path) return;
    const auto model = model_in(path->string());
    CHECK(number_of(nca_model_hexagonal, model->handle) == 1);
    const auto rule = isotropic::find_rule(*isotropic::parse_demo(as_text(*read_file(path->string()))));
    REQUIRE(rule);
    Plane expected{*rule, Plane::Shape{{32, 32}}, 6};
    const CWorld world{model->handle, 32, 32, 6};
    expected.plant(16, 16);
    REQUIRE(nca_world_plant(world.handle, 16, 16) == NCA_OK);
    expected.step(20);
    REQUIRE(nca_world_step(world.handle, 20) == NCA_OK);
    check_equal(world, expected);
}

TEST_CASE("a structure of blocks grows in three dimensions, and each cell shows its class") {
    const auto path = tests::data_file("voxel/plain_village_house.pt");
    if (!path) return;
    const auto model = model_in(path->string());
    CHECK(number_of(nca_model_dimensions, model->handle) == 3);
    CHECK(number_of(nca_model_has_seed, model->handle) == 1);
    CHECK(number_of(nca_model_classes, model->handle) == 10);
    std::array<std::int32_t, 3> sizes{1, 1, 1};
    CHECK(nca_model_sizes(model->handle, sizes.data(), sizes.size()) == NCA_OK);
    CHECK(sizes == std::array<std::int32_t, 3>{}); // the file tells none
    const auto bytes = read_file(path->string());
    REQUIRE(bytes);
    const auto file = parse_pytorch(*bytes); // whose tensors lie in the bytes
    REQUIRE(file);
    const auto rule = voxel::find_model(file->tensors());
    REQUIRE(rule);
    Space expected{*rule, Space::Shape{{9, 10, 11}}, 3};
    const CWorld world{model->handle, {9, 10, 11}, 3};
    expected.plant(5, 4, 3);
    REQUIRE(nca_world_plant_at(world.handle, std::array<std::int32_t, 3>{5, 4, 3}.data(), 3) == NCA_OK);
    expected.step(24);
    REQUIRE(nca_world_step(world.handle, 24) == NCA_OK);
    check_equal(world, expected);

    std::vector<std::uint8_t> blocks(9 * 10 * 11);
    REQUIRE(nca_world_blocks(world.handle, blocks.data(), blocks.size()) == NCA_OK);
    const auto state = expected.state();
    const std::span<const float> values{state.values()};
    const auto channels = static_cast<std::size_t>(expected.channels());
    std::vector<std::uint8_t> wanted;
    for (std::size_t at = 0; at < values.size(); at += channels) {
        wanted.push_back(static_cast<std::uint8_t>(voxel::block_of(values.subspan(at, 10))));
    }
    CHECK(blocks == wanted);
    CHECK(std::ranges::count(blocks, 0) < 9 * 10 * 11);
    CHECK(nca_world_blocks(world.handle, blocks.data(), blocks.size() - 1) == NCA_ERROR_CAPACITY);
    std::vector<std::uint8_t> pixels(4 * blocks.size());
    CHECK(nca_world_rgba(world.handle, pixels.data(), pixels.size(), 0, NCA_PIXELS_RGBA, nullptr) ==
          NCA_ERROR_ARGUMENT);
    CHECK(world.error().find("nca_world_blocks") != std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
#include <nca/io/file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/published.hpp>

#include "common.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <common/data.hpp>
#include <common/rules.hpp>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests::c_api;
using Growing = growing::Rule<>;

} // namespace

TEST_CASE("a world of the C interface equals nca::Simulation bit for bit") {
    const auto model = load_model<Growing>(NCA_LIZARD);
    REQUIRE(model);
    Simulation<Growing, 60, 72> expected{model->rule, /*seed=*/9};
    const CWorld world{lizard().handle, 60, 72, 9, NCA_BOUNDARY_TORUS};

    StepOptions<Growing> options;
    options.boundary = Boundary::torus;
    expected.set_options(options);
    expected.plant(30, 20);
    expected.step(60);
    REQUIRE(nca_world_plant(world.handle, 30, 20) == NCA_OK);
    REQUIRE(nca_world_step(world.handle, 60) == NCA_OK);
    CHECK(world.hash() == expected.hash());

    options = {.fire_rate = 0.3, .step_size = 0.75F, .angle = 0.5, .boundary = Boundary::reflect};
    expected.set_options(options);
    expected.erase(5.5, 28.0, 21.0);
    Simulation<Growing, 60, 72>::Cell colour{};
    for (std::size_t c = 0; c < colour.size(); ++c) colour[c] = 0.1F * static_cast<float>(c);
    expected.paint(3.0, colour, 40.0, 22.0);
    expected.step(20);
    CHECK(nca_world_set_fire_rate(world.handle, 0.3) == NCA_OK);
    CHECK(nca_world_set_step_size(world.handle, 0.75) == NCA_OK);
    CHECK(nca_world_set_angle(world.handle, 0.5) == NCA_OK);
    CHECK(nca_world_set_boundary(world.handle, NCA_BOUNDARY_REFLECT) == NCA_OK);
    CHECK(nca_world_erase(world.handle, 28.0, 21.0, 5.5) == NCA_OK);
    CHECK(nca_world_paint(world.handle, 40.0, 22.0, 3.0, colour.data(), colour.size()) == NCA_OK);
    CHECK(nca_world_step(world.handle, 20) == NCA_OK);
    CHECK(world.hash() == expected.hash());

    const std::vector<float> angles(60 * 72, 0.25F);
    REQUIRE(expected.set_angles(angles));
    CHECK(nca_world_set_angles(world.handle, angles.data(), angles.size()) == NCA_OK);
    expected.step(5);
    CHECK(nca_world_step(world.handle, 5) == NCA_OK);
    expected.clear_angles();
    CHECK(nca_world_set_angles(world.handle, nullptr, 0) == NCA_OK);
    expected.step(5);
    CHECK(nca_world_step(world.handle, 5) == NCA_OK);

    const auto state = expected.state();
    const std::vector<float> values = world.state();
    REQUIRE(values.size() == state.values().size());
    CHECK(std::memcmp(values.data(), state.values().data(), values.size() * sizeof(float)) == 0);
    std::int32_t cells = 0;
    CHECK(nca_world_living_cells(world.handle, &cells) == NCA_OK);
    CHECK(cells == expected.living_cells());
    CHECK(cells > 0);
    std::uint64_t steps = 0;
    CHECK(nca_world_steps(world.handle, &steps) == NCA_OK);
    CHECK(steps == 90);
    std::int32_t x = 0;
    std::int32_t y = 0;
    std::int32_t width = 0;
    std::int32_t height = 0;
    CHECK(nca_world_bounds(world.handle, &x, &y, &width, &height) == NCA_OK);
    const auto bounds = expected.bounds();
    CHECK(bounds == Bounds<2>{{x, y}, {width, height}});
}

TEST_CASE("pixels are those of nca::Simulation in every format, and nothing beyond the rows is written") {
    const auto model = load_model<Growing>(NCA_LIZARD);
    REQUIRE(model);
    Simulation<Growing, 24, 20> expected{model->rule, /*seed=*/1};
    expected.plant(10, 12);
    expected.step(8);
    const CWorld world{lizard().handle, 24, 20, 1};
    nca_world_plant(world.handle, 10, 12);
    nca_world_step(world.handle, 8);

    constexpr std::size_t stride = 4 * 20 + 12;
    constexpr std::size_t size = 23 * stride + 4 * 20;
    const std::array<std::uint8_t, 3> red{255, 0, 0};
    for (const bool premultiplied : {false, true}) {
        for (std::uint32_t order = 0; order < 4; ++order) {
            for (const bool opaque : {false, true}) {
                PixelFormat format{
                    .order = static_cast<PixelOrder>(order), .premultiplied = premultiplied, .stride = stride};
                if (opaque) format.background = Colour{255, 0, 0};
                std::vector<std::uint8_t> a(size + 1, 77);
                std::vector<std::uint8_t> b(size + 1, 77);
                REQUIRE(expected.rgba({a.data(), size}, format));
                const std::uint32_t flags = order | (premultiplied ? std::uint32_t{NCA_PIXELS_PREMULTIPLIED} : 0U);
                REQUIRE(nca_world_rgba(world.handle, b.data(), size, stride, flags, opaque ? red.data() : nullptr) ==
                        NCA_OK);
                CHECK(a == b);
            }
        }
    }
    // The order of the bytes, told without the library: an opaque background in the dead upper left corner.
    std::vector<std::uint8_t> pixels(4 * 24 * 20);
    REQUIRE(nca_world_rgba(world.handle, pixels.data(), pixels.size(), 0, NCA_PIXELS_BGRA, red.data()) == NCA_OK);
    CHECK(std::vector(pixels.begin(), pixels.begin() + 4) == std::vector<std::uint8_t>{0, 0, 255, 255});

    CHECK(nca_world_rgba(world.handle, pixels.data(), pixels.size() - 1, 0, 0, nullptr) == NCA_ERROR_CAPACITY);
    CHECK(nca_world_rgba(world.handle, pixels.data(), pixels.size(), 79, 0, nullptr) == NCA_ERROR_ARGUMENT);
    CHECK(nca_world_rgba(world.handle, pixels.data(), pixels.size(), 0, 4, nullptr) == NCA_ERROR_ARGUMENT);
    CHECK(nca_world_rgba(world.handle, nullptr, pixels.size(), 0, 0, nullptr) == NCA_ERROR_ARGUMENT);
}

TEST_CASE("published models are read from memory: layers, graphs, and layers behind a byte order mark") {
    for (const auto& path :
         {tests::data_file("growing/published_json/ex3_lizard.json"),
          tests::data_file("adversarial/published_json/no_tail_model.json"), tests::case_file("graphs/j_bom.json")}) {
        if (!path) continue;
        CAPTURE(path->string());
        const auto bytes = read_file(path->string());
        REQUIRE(bytes);
        const auto expected = growing::load_model<Growing>(path->string());
        REQUIRE(expected);
        const CModel model{*bytes};
        REQUIRE(model.status == NCA_OK);
        const CWorld world{model.handle, 40, 40, 3};
        Simulation<Growing, 40, 40> simulation{expected->rule, 3};
        simulation.plant(20, 20);
        simulation.step(40);
        nca_world_plant(world.handle, 20, 20);
        nca_world_step(world.handle, 40);
        CHECK(world.hash() == simulation.hash());
    }
}

TEST_CASE("a model tells what it is") {
    std::int32_t number = -1;
    CHECK(nca_model_channels(lizard().handle, &number) == NCA_OK);
    CHECK(number == 16);
    CHECK(nca_model_dimensions(lizard().handle, &number) == NCA_OK);
    CHECK(number == 2);
    CHECK(nca_model_has_seed(lizard().handle, &number) == NCA_OK);
    CHECK(number == 1);
    for (const auto none : {nca_model_goals, nca_model_inputs, nca_model_classes, nca_model_hexagonal}) {
        number = -1;
        CHECK(none(lizard().handle, &number) == NCA_OK);
        CHECK(number == 0);
    }
    CHECK(std::string{nca_model_system(lizard().handle)} == "growing");
    std::int32_t width = 0;
    CHECK(nca_model_grid(lizard().handle, &number, &width) == NCA_OK);
    CHECK(number == 72);
    CHECK(width == 72);
    std::array<std::int32_t, 2> sizes{};
    CHECK(nca_model_sizes(lizard().handle, sizes.data(), sizes.size()) == NCA_OK);
    CHECK(sizes == std::array<std::int32_t, 2>{72, 72});
}

TEST_CASE("worlds outlive their model and are run by several threads") {
    CModel model{lizard_bytes()};
    std::vector<nca_world*> worlds(4);
    std::vector<std::thread> threads;
    for (nca_world*& world : worlds) {
        threads.emplace_back([&world, handle = model.handle] {
            nca_world_create(handle, 48, 48, 5, NCA_BOUNDARY_RULE, &world, nullptr, 0);
            nca_world_plant(world, 24, 24);
            nca_world_step(world, 20);
        });
    }
    for (std::thread& thread : threads) thread.join();
    nca_model_destroy(model.handle);
    model.handle = nullptr;
    threads.clear();
    for (nca_world* const world : worlds) threads.emplace_back([world] { nca_world_step(world, 20); });
    for (std::thread& thread : threads) thread.join();

    const CWorld alone{lizard().handle, 48, 48, 5};
    nca_world_plant(alone.handle, 24, 24);
    nca_world_step(alone.handle, 40);
    for (nca_world* const world : worlds) {
        std::uint64_t hash = 0;
        CHECK(nca_world_hash(world, &hash) == NCA_OK);
        CHECK(hash == alone.hash());
        nca_world_destroy(world);
    }
}

TEST_CASE("a state that is read and written back continues the trajectory") {
    const CWorld a{lizard().handle, 32, 32, 5};
    const CWorld b{lizard().handle, 32, 32, 5};
    nca_world_plant(a.handle, 16, 16);
    nca_world_step(a.handle, 10);
    nca_world_step(b.handle, 10); // an empty world, to get to the same step
    const std::vector<float> state = a.state();
    CHECK(nca_world_write_state(b.handle, state.data(), state.size()) == NCA_OK);
    nca_world_step(a.handle, 10);
    nca_world_step(b.handle, 10);
    CHECK(a.hash() == b.hash());
    CHECK(nca_world_clear(b.handle) == NCA_OK);
    const std::vector<float> cleared = b.state();
    CHECK(std::all_of(cleared.begin(), cleared.end(), [](float v) { return v == 0.0F; }));
}

TEST_CASE("a snapshot restores the trajectory, in another world too") {
    const CWorld a{lizard().handle, 40, 44, 5};
    nca_world_set_fire_rate(a.handle, 0.4);
    nca_world_set_angle(a.handle, 1.0);
    nca_world_set_boundary(a.handle, NCA_BOUNDARY_TORUS);
    nca_world_plant(a.handle, 43, 0);
    nca_world_step(a.handle, 25);
    const std::vector<std::uint8_t> bytes = a.snapshot();
    const std::uint64_t then = a.hash();
    nca_world_step(a.handle, 25);

    const CWorld b{lizard().handle, 40, 44, 6};
    REQUIRE(nca_world_restore(b.handle, bytes.data(), bytes.size()) == NCA_OK);
    CHECK(b.hash() == then);
    nca_world_step(b.handle, 25);
    CHECK(b.hash() == a.hash());
    CHECK(b.hash() != then);
    CHECK(nca_world_restore(a.handle, bytes.data(), bytes.size()) == NCA_OK);
    CHECK(a.hash() == then);
    CHECK(a.snapshot() == bytes);
}

TEST_CASE("a snapshot of a plane and one rule has 72 bytes and then 4 and its channels for each living cell") {
    const CWorld world{lizard().handle, 12, 10, 5};
    nca_world_set_fire_rate(world.handle, 0.25);
    nca_world_plant(world.handle, 3, 2);
    const std::vector<std::uint8_t> bytes = world.snapshot();
    REQUIRE(bytes.size() == 72 + 4 + 4 * 16);
    CHECK(std::memcmp(bytes.data(), ".NCASN01", 8) == 0);
    const auto at = [&]<class T>(std::size_t offset, T value) {
        std::memcpy(&value, bytes.data() + offset, sizeof value);
        return value;
    };
    CHECK(at(8, std::int32_t{}) == 16);
    CHECK(at(12, std::int32_t{}) == 12);
    CHECK(at(16, std::int32_t{}) == 10);
    CHECK(at(20, std::int32_t{}) == 1);
    CHECK(at(24, std::uint64_t{}) == 5);
    CHECK(at(40, 0.0) == 0.25);
    CHECK(at(72, std::int32_t{}) == 2 * 10 + 3);
    CHECK(at(76 + 4 * 2, 9.0F) == 0.0F);
    CHECK(at(76 + 4 * 3, 9.0F) == 1.0F);
}

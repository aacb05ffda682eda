// SPDX-License-Identifier: Apache-2.0
// Worlds of the C interface of one and three dimensions, and of several rules.
#include <nca/run/community.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/rule.hpp>

#include "common.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <common/rules.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests::c_api;

using Line = Rule<Dimensions<1>, Channels<5>, Perception<Identity, Laplacian>, Mlp<6>, Torus, AddedInputs<2>>;
using Voxels = Rule<Dimensions<3>, Channels<6>, DepthwisePerception<2>, Mlp<8>, Alive<3>>;
using Creature = growing::Rule<8, 12>;

using Point = std::array<double, 3>;
using Cell = std::array<std::int32_t, 3>;

template <class R>
std::unique_ptr<CModel> model_of(const R& rule, const std::vector<NamedTensor>& more = {}) {
    const auto bytes = model_bytes(rule, {}, more);
    REQUIRE(bytes);
    auto model = std::make_unique<CModel>(*bytes);
    REQUIRE_MESSAGE(model->status == NCA_OK, model->error);
    return model;
}

template <class World>
void check_equal(const CWorld& world, const World& expected) {
    CHECK(world.hash() == expected.hash());
    CHECK(std::ranges::equal(world.state(), expected.state().values()));
}

/// Saves a world, steps, restores it, and checks that the same steps follow.
void check_snapshot(const CWorld& world) {
    const std::vector<std::uint8_t> bytes = world.snapshot();
    nca_world_step(world.handle, 6);
    const std::uint64_t after = world.hash();
    REQUIRE_MESSAGE(nca_world_restore(world.handle, bytes.data(), bytes.size()) == NCA_OK, world.error());
    CHECK(world.snapshot() == bytes);
    nca_world_step(world.handle, 6);
    CHECK(world.hash() == after);
    REQUIRE(nca_world_restore(world.handle, bytes.data(), bytes.size()) == NCA_OK);
    for (const std::size_t size : {std::size_t{72}, std::size_t{83}, bytes.size() - 1}) {
        CHECK(nca_world_restore(world.handle, bytes.data(), size) == NCA_ERROR_SNAPSHOT);
    }
}

} // namespace

TEST_CASE("a world of one dimension is painted, told a goal, and restored") {
    const Line rule = tests::random_rule<Line>(2);
    const auto model = model_of(rule, {{"goals", {2, 2}, {0.0F, 0.0F, 1.0F, -1.0F}}});
    Simulation<Line, 30> expected{rule, 7};
    const CWorld world{model->handle, {30}, 7};
    Simulation<Line, 30>::Cell cell{};
    cell.fill(0.5F);
    expected.paint(2.5, cell, 10.0);
    REQUIRE(expected.set_inputs(std::array{1.0F, -1.0F}));
    const double at = 10.0;
    REQUIRE(nca_world_paint_at(world.handle, &at, 1, 2.5, cell.data(), cell.size()) == NCA_OK);
    REQUIRE(nca_world_set_goal(world.handle, 1) == NCA_OK);
    expected.step(9);
    REQUIRE(nca_world_step(world.handle, 9) == NCA_OK);
    check_equal(world, expected);
    check_snapshot(world);
}

TEST_CASE("a world of three dimensions is planted, painted, erased, drawn and restored at x, y, z") {
    const Voxels rule = tests::random_rule<Voxels>(3);
    const auto model = model_of(rule);
    Simulation<Voxels, 4, 5, 6> expected{rule, 2};
    const CWorld world{model->handle, {4, 5, 6}, 2};
    Simulation<Voxels, 4, 5, 6>::Cell cell{};
    cell.fill(0.75F);
    expected.plant(4, 2, 1);
    expected.paint(1.5, cell, 1.0, 3.0, 2.0);
    expected.erase(1.2, 2.0, 3.0, 2.0);
    REQUIRE(nca_world_plant_at(world.handle, Cell{4, 2, 1}.data(), 3) == NCA_OK);
    REQUIRE(nca_world_paint_at(world.handle, Point{1.0, 3.0, 2.0}.data(), 3, 1.5, cell.data(), cell.size()) == NCA_OK);
    REQUIRE(nca_world_erase_at(world.handle, Point{2.0, 3.0, 2.0}.data(), 3, 1.2) == NCA_OK);
    check_equal(world, expected);
    expected.step(5);
    REQUIRE(nca_world_step(world.handle, 5) == NCA_OK);
    check_equal(world, expected);
    REQUIRE(expected.living_cells() > 0);

    Cell first{};
    Cell size{};
    REQUIRE(nca_world_box(world.handle, first.data(), size.data(), 3) == NCA_OK);
    CHECK(expected.bounds() == Bounds<3>{first, size});
    Cell sizes{};
    REQUIRE(nca_world_sizes(world.handle, sizes.data(), 3) == NCA_OK);
    CHECK(sizes == Cell{4, 5, 6});
    std::vector<std::uint8_t> pixels(4 * 4 * 5 * 6);
    std::vector<std::uint8_t> wanted(pixels.size());
    REQUIRE(expected.rgba(wanted));
    REQUIRE(nca_world_rgba(world.handle, pixels.data(), pixels.size(), 0, NCA_PIXELS_RGBA, nullptr) == NCA_OK);
    CHECK(pixels == wanted);
    check_snapshot(world);

    const CWorld other{model->handle, {5, 4, 6}, 2};
    const std::vector<std::uint8_t> bytes = world.snapshot();
    CHECK(nca_world_restore(other.handle, bytes.data(), bytes.size()) == NCA_ERROR_SNAPSHOT);
    CHECK(other.error() == "the snapshot belongs to another world: 4 x 5 x 6 cells of 6 channels");
}

TEST_CASE("several rules share a world as in a community, and its snapshot holds the species") {
    const std::array rules{tests::random_rule<Creature>(7), tests::random_rule<Creature>(8)};
    const auto first = model_of(rules[0]);
    const auto second = model_of(rules[1]);
    Community<Creature, 18, 20> expected{{borrow(rules[0]), borrow(rules[1])}, {}, 5};
    const CWorld world{{first->handle, second->handle}, {18, 20}, 5};
    expected.world().plant(9, 9);
    expected.assign(1, 4.5, 6.0, 9.0);
    REQUIRE(nca_world_plant(world.handle, 9, 9) == NCA_OK);
    REQUIRE(nca_world_assign(world.handle, 1, 6.0, 9.0, 4.5) == NCA_OK);
    expected.step(8);
    REQUIRE(nca_world_step(world.handle, 8) == NCA_OK);
    check_equal(world, expected.world());
    check_snapshot(world);

    // A world that restores it gets the species, too.
    const std::vector<std::uint8_t> bytes = world.snapshot();
    const CWorld twin{{first->handle, second->handle}, {18, 20}, 6};
    REQUIRE(nca_world_restore(twin.handle, bytes.data(), bytes.size()) == NCA_OK);
    nca_world_step(twin.handle, 4);
    nca_world_step(world.handle, 4);
    CHECK(twin.hash() == world.hash());
    std::vector<std::uint8_t> damaged{bytes.begin(), bytes.end() - 1};
    damaged.push_back(2);
    CHECK(nca_world_restore(twin.handle, damaged.data(), damaged.size()) == NCA_ERROR_SNAPSHOT);
    CHECK(twin.error().find("species") != std::string::npos);
    const CWorld single{first->handle, 18, 20, 5};
    CHECK(nca_world_restore(single.handle, bytes.data(), bytes.size()) == NCA_ERROR_SNAPSHOT);
    CHECK(single.error().find("2 species") != std::string::npos);

    CHECK(nca_world_assign(world.handle, 2, 6.0, 9.0, 4.5) == NCA_ERROR_ARGUMENT);
    CHECK(world.error() == "there is no species 2: those of this world are 0 to 1");
    CHECK(nca_world_assign(world.handle, -1, 6.0, 9.0, 4.5) == NCA_ERROR_ARGUMENT);
    CHECK(nca_world_assign_at(world.handle, 1, Point{6.0, 9.0, 0.0}.data(), 3, 4.5) == NCA_ERROR_ARGUMENT);
    CHECK(nca_world_assign_at(world.handle, 1, nullptr, 2, 4.5) == NCA_ERROR_ARGUMENT);
}

TEST_CASE("functions of two dimensions refuse a world of three, and say what to call") {
    const auto model = model_of(tests::random_rule<Voxels>(3));
    const CWorld world{model->handle, {4, 5, 6}, 2};
    REQUIRE(nca_world_plant_at(world.handle, Cell{3, 2, 1}.data(), 3) == NCA_OK);
    const std::uint64_t before = world.hash();
    const std::array<float, 6> values{};
    Cell numbers{};
    const auto refused = [&](nca_status status, std::string_view instead) {
        CHECK(status == NCA_ERROR_ARGUMENT);
        CHECK_MESSAGE(world.error() == "this world has not 2 dimensions but 3: use " + std::string{instead},
                      world.error());
    };
    refused(nca_world_plant(world.handle, 1, 1), "nca_world_plant_at");
    refused(nca_world_erase(world.handle, 3, 2, 4), "nca_world_erase_at");
    refused(nca_world_paint(world.handle, 3, 2, 4, values.data(), values.size()), "nca_world_paint_at");
    refused(nca_world_assign(world.handle, 0, 3, 2, 4), "nca_world_assign_at");
    refused(nca_world_size(world.handle, &numbers[0], &numbers[1], &numbers[2]), "nca_world_sizes");
    refused(nca_world_bounds(world.handle, &numbers[0], &numbers[1], &numbers[2], &numbers[0]), "nca_world_box");

    const auto wrong = [&](nca_status status, std::string_view about) {
        CHECK(status == NCA_ERROR_ARGUMENT);
        CHECK_MESSAGE(world.error().find(about) != std::string::npos, world.error());
    };
    wrong(nca_world_plant_at(world.handle, numbers.data(), 2), "dimensions must be 3");
    wrong(nca_world_erase_at(world.handle, Point{}.data(), 4, 1.0), "dimensions must be 3");
    wrong(nca_world_plant_at(world.handle, nullptr, 3), "null");
    wrong(nca_world_erase_at(world.handle, nullptr, 3, 1.0), "null");
    wrong(nca_world_paint_at(world.handle, nullptr, 3, 1.0, values.data(), values.size()), "null");
    wrong(nca_world_paint_at(world.handle, Point{}.data(), 3, 1.0, values.data(), 5), "channels");
    wrong(nca_world_votes(world.handle, numbers.data(), 3), "digits");
    wrong(nca_world_set_goal(world.handle, 0), "the model has no goals");
    wrong(nca_world_set_inputs(world.handle, values.data(), 1), "no inputs");
    CHECK(nca_world_sizes(world.handle, numbers.data(), 2) == NCA_ERROR_CAPACITY);
    CHECK(nca_world_box(world.handle, numbers.data(), numbers.data(), 2) == NCA_ERROR_CAPACITY);
    CHECK(world.hash() == before);
}

TEST_CASE("worlds of dimensions, extents or rules that do not go together are refused in words") {
    const auto voxels = model_of(tests::random_rule<Voxels>(3));
    const auto creature = model_of(tests::random_rule<Creature>(1));
    const auto refusal = [](const std::vector<const nca_model*>& models, const std::vector<std::int32_t>& sizes) {
        nca_world* world = nullptr;
        std::string reason(256, '\0');
        CHECK(nca_world_create_community(models.data(), static_cast<std::int32_t>(models.size()), sizes.data(),
                                         static_cast<std::int32_t>(sizes.size()), 0, NCA_BOUNDARY_RULE, &world,
                                         reason.data(), reason.size()) == NCA_ERROR_ARGUMENT);
        CHECK(world == nullptr);
        nca_world_destroy(world);
        return reason.substr(0, reason.find('\0'));
    };
    CHECK(refusal({voxels->handle}, {8, 8}) == "the world has 2 dimensions, but the model has 3");
    CHECK(refusal({creature->handle}, {8, 8, 8}) == "the world has 3 dimensions, but the model has 2");
    CHECK(refusal({voxels->handle}, {8, 8, 8, 8}) == "dimensions must be from 1 to 3");
    CHECK(refusal({voxels->handle}, {8, 0, 8}) == "extents must be from 1 to NCA_MAX_SIDE");
    CHECK(refusal({voxels->handle}, {4096, 4096, 2}) == "a world must not have more than NCA_MAX_CELLS cells");
    CHECK(refusal({creature->handle, lizard().handle}, {8, 8}) ==
          "the models of one grid have to share a rule but for its parameters");
    CHECK(refusal({creature->handle, nullptr}, {8, 8}) == "a model must not be null");
    CHECK(refusal(std::vector<const nca_model*>(257, creature->handle), {8, 8}) ==
          "count must be from 1 to NCA_MAX_SPECIES");
    nca_world* world = nullptr;
    CHECK(nca_world_create(voxels->handle, 8, 8, 0, NCA_BOUNDARY_RULE, &world, nullptr, 0) == NCA_ERROR_ARGUMENT);
    CHECK(nca_world_create_sizes(voxels->handle, nullptr, 3, 0, NCA_BOUNDARY_RULE, &world, nullptr, 0) ==
          NCA_ERROR_ARGUMENT);
    CHECK(nca_world_create_community(nullptr, 1, nullptr, 3, 0, NCA_BOUNDARY_RULE, &world, nullptr, 0) ==
          NCA_ERROR_ARGUMENT);
}

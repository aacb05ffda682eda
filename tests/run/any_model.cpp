// SPDX-License-Identifier: Apache-2.0
// Models and simulations of rules whose types only their makers know.
#include <nca/run/any_model.hpp>
#include <nca/run/community.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/rule.hpp>

#include "common/rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

using Creature = growing::Rule<8, 12>;
using Voxels = Rule<Dimensions<3>, Channels<6>, DepthwisePerception<2>, Mlp<8>, Alive<3>>;
using Told = Rule<Dimensions<1>, Channels<5>, Perception<Identity, Laplacian>, Mlp<6>, Torus, AddedInputs<2>>;

template <class R>
std::vector<std::byte> file_of(const R& rule, const std::vector<NamedTensor>& more = {}) {
    const auto bytes = model_bytes(rule, {}, more);
    REQUIRE(bytes.ok());
    return *bytes;
}
AnyModel read(const RuleRegistry& rules, const std::vector<std::byte>& bytes) {
    const auto model = rules.read(*parse_safetensors(bytes, "model"));
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    return *model;
}
std::unique_ptr<AnySimulation> simulation(const AnyModel& model, const std::vector<int>& sizes, std::uint64_t seed) {
    auto made = model.simulate(sizes, {.seed = seed});
    REQUIRE(made.ok());
    return std::move(*made);
}

} // namespace

TEST_CASE("a model runs with the same bits whether its rule was compiled or only described") {
    const Creature rule = random_rule<Creature>(5);
    const std::vector<std::byte> bytes = file_of(rule);
    RuleRegistry rules;
    rules.add<Creature>();
    Simulation<Creature, 20, 24> expected{rule, 3};
    expected.plant(7, 9);
    expected.step(12);
    for (const RuleRegistry& registry : {rules, RuleRegistry{}}) {
        const auto world = simulation(read(registry, bytes), {20, 24}, 3);
        world->plant(std::array{7, 9});
        world->step(12);
        CHECK(world->hash() == expected.hash());
        CHECK(world->living_cells() == expected.living_cells());
        CHECK(std::ranges::equal(world->state(), expected.state().values()));
    }
}

TEST_CASE("a simulation of any rule edits, draws and returns to a snapshot as that of its type does") {
    const Creature rule = random_rule<Creature>(6);
    const auto world = simulation(AnyModel::of(Model<Creature>{rule}), {16, 16}, 4);
    Simulation<Creature, 16, 16> expected{rule, 4};
    std::vector<float> values(Creature::channels, 0.5F);
    Simulation<Creature, 16, 16>::Cell cell{};
    cell.fill(0.5F);
    expected.paint(2.5, cell, 5.0, 6.0);
    world->paint(2.5, values, std::array{5.0, 6.0});
    expected.erase(1.5, 6.0, 6.0);
    world->erase(1.5, std::array{6.0, 6.0});
    StepOptions<Creature> options = expected.options();
    options.fire_rate = 0.75;
    options.boundary = Boundary::torus;
    expected.set_options(options);
    world->set_options(options_as<AnyRule>(options));
    const AnySnapshot before = world->snapshot();
    expected.step(4);
    world->step(4);
    const std::uint64_t after = world->hash();
    CHECK(after == expected.hash());
    std::vector<std::uint8_t> pixels(16 * 16 * 4);
    std::vector<std::uint8_t> wanted(16 * 16 * 4);
    CHECK(world->rgba(pixels));
    CHECK(expected.rgba(wanted));
    CHECK(pixels == wanted);

    REQUIRE(world->restore(before));
    world->step(4);
    CHECK(world->hash() == after);
    AnySnapshot other = before;
    other.sizes = {16, 15};
    CHECK_FALSE(world->restore(other));
    CHECK(world->hash() == after);
}

TEST_CASE("several models of one rule share a grid, as in a community") {
    const std::array rules{random_rule<Creature>(7), random_rule<Creature>(8)};
    Community<Creature, 18, 18> expected{{borrow(rules[0]), borrow(rules[1])}, {}, 5};
    auto made =
        AnyModel::simulate_all({AnyModel::of(Model<Creature>{rules[0]}), AnyModel::of(Model<Creature>{rules[1]})},
                               std::array{18, 18}, {.seed = 5});
    REQUIRE(made.ok());
    AnySimulation& world = **made;
    expected.world().plant(9, 9);
    expected.assign(1, 4.5, 6.0, 9.0);
    expected.step(8);
    world.plant(std::array{9, 9});
    world.assign(1, 4.5, std::array{6.0, 9.0});
    world.step(8);
    CHECK(world.hash() == expected.world().hash());
    CHECK(world.species() == expected.species());

    const AnySnapshot before = world.snapshot();
    world.assign(0, 30.0, std::array{9.0, 9.0});
    REQUIRE(world.restore(before));
    CHECK(world.species() == expected.species());
    const auto strangers = AnyModel::simulate_all(
        {AnyModel::of(Model<Creature>{rules[0]}), AnyModel::of(Model<growing::Rule<8, 16>>{})}, std::array{18, 18});
    CHECK(strangers.error().message == "the models of one grid have to share a rule but for its parameters");
}

TEST_CASE("a goal of a model of one dimension changes what its cells do") {
    const std::vector<NamedTensor> goals{{"goals", {2, 2}, {0.0F, 0.0F, 1.0F, -1.0F}}};
    const AnyModel model = read({}, file_of(random_rule<Told>(2), goals));
    CHECK(model.description().dimensions == 1);
    REQUIRE(model.goals().count() == 2);
    std::vector<std::uint64_t> hashes;
    for (const int goal : {-1, 0, 1}) {
        const auto world = simulation(model, {30}, 1);
        world->paint(2.0, std::vector<float>(5, 0.5F), std::array{10.0});
        if (goal >= 0) REQUIRE(world->set_inputs(*model.goals().at(goal)).ok());
        world->step(3);
        hashes.push_back(world->hash());
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(hashes[1] != hashes[2]);
}

TEST_CASE("a model of three dimensions takes coordinates x, y, z") {
    const Voxels rule = random_rule<Voxels>(3);
    const auto world = simulation(read({}, file_of(rule)), {4, 5, 6}, 2);
    Simulation<Voxels, 4, 5, 6> expected{rule, 2};
    expected.plant(5, 2, 1);
    world->plant(std::array{5, 2, 1});
    CHECK(std::ranges::equal(world->state(), expected.state().values()));
    expected.step(3);
    world->step(3);
    CHECK(world->hash() == expected.hash());
    CHECK(world->cells() == 120);
}

TEST_CASE("extents that the rule does not have are refused") {
    const AnyModel model = AnyModel::of(Model<Creature>{random_rule<Creature>(1)});
    const std::string expected = "expected a positive extent for each of the 2 dimensions of the rule";
    for (const std::vector<int>& sizes :
         {std::vector{8}, std::vector{8, 0}, std::vector{8, 8, 8}, std::vector<int>{}}) {
        CHECK(model.simulate(sizes).error().message == expected);
    }
}

// SPDX-License-Identifier: Apache-2.0
#include <nca/run/load_simulation.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/texture/published.hpp>

#include <doctest/doctest.h>

#include <common/rules.hpp>
#include <cstdint>
#include <filesystem>
#include <io/temporary.hpp>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace nca;

constexpr int height = 24;
constexpr int width = 30;

/// Runs 20 steps from a random state; returns the hash of the last one.
template <class World>
std::uint64_t hash_after_steps(World& world, const std::vector<float>& start) {
    REQUIRE(world.load(typename World::StateGrid::ConstView{start.data(), world.extents(), world.channels()}));
    world.step(20);
    return world.hash();
}

/// Checks that a loaded rule does what a compiled one does.
template <class R>
void check_same(const std::string& path, const Model<R>& model) {
    const auto start = tests::random_state<R>(height * width, 5);
    auto read = load_simulation(path, {height, width}, {.seed = 7});
    REQUIRE_MESSAGE(read.ok(), read.error().message);
    Simulation<R, height, width> compiled{model.rule, 7};
    compiled.set_options(model.options);
    CHECK(hash_after_steps(*read, start) == hash_after_steps(compiled, start));
}

/// Calls check(path) for the models of a folder.
template <class Check>
void for_each_model(const std::string& folder, Check&& check) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{NCA_PROJECT "/examples/models/" + folder}) {
        if (entry.path().extension() != ".safetensors") continue;
        const std::string path = entry.path().string();
        CAPTURE(path);
        check(path);
        ++count;
    }
    CHECK(count > 0);
}
template <class R>
void check_models(const std::string& folder) {
    for_each_model(folder, [](const std::string& path) {
        const auto model = load_model<R>(path);
        REQUIRE_MESSAGE(model.ok(), model.error().message);
        check_same(path, *model);
    });
}

void check_refused(const std::string& path, const std::string& words) {
    const auto world = load_simulation(path, {8, 8});
    REQUIRE_FALSE(world.ok());
    NCA_CHECK_MESSAGE_HAS(world.error().message, words);
    NCA_CHECK_MESSAGE_HAS(world.error().message, path);
}

} // namespace

TEST_CASE("the creatures of examples/models do as a loaded rule what they do as a compiled one") {
    check_models<growing::Rule<>>("growing");
}
TEST_CASE("the textures of examples/models do as a loaded rule what they do as a compiled one") {
    for_each_model("textures", [](const std::string& path) {
        const auto file = read_safetensors(path);
        REQUIRE(file.ok());
        const auto model = texture::model_from(*file);
        REQUIRE_MESSAGE(model.ok(), model.error().message);
        std::visit([&](const auto& known) { check_same(path, known); }, *model);
    });
}
TEST_CASE("the digits of examples/models do as a loaded rule what they do as a compiled one") {
    check_models<mnist::Rule<>>("mnist");
}

TEST_CASE("a simulation is run as its file says: with its fire rate and boundary") {
    using R = Rule<Channels<5>, Mlp<4>, Reflect, FireRate<1, 4>>;
    const tests::TemporaryFolder folder;
    REQUIRE(save_model(R{}, folder.file("m.safetensors")).ok());
    const auto world = load_simulation(folder.file("m.safetensors"), {8, 8});
    REQUIRE(world.ok());
    CHECK(world->options().fire_rate == 0.25);
    CHECK(world->options().boundary == Boundary::reflect);
}

TEST_CASE("a simulation of any number of dimensions is loaded") {
    using R = Rule<Channels<5>, Dimensions<3>, Mlp<4>, Alive<3>>;
    const tests::TemporaryFolder folder;
    const R rule = tests::random_rule<R>(1);
    REQUIRE(save_model(rule, folder.file("m.safetensors")).ok());
    auto world = load_simulation(folder.file("m.safetensors"), {6, 7, 8}, {.seed = 3});
    REQUIRE(world.ok());
    Simulation<R, 6, 7, 8> compiled{rule, 3};
    world->plant(4, 3, 2);
    compiled.plant(4, 3, 2);
    world->step(10);
    compiled.step(10);
    CHECK(world->living_cells() > 1);
    CHECK(world->hash() == compiled.hash());
}

TEST_CASE("a rule of other dimensions than the grid is refused in words") {
    const tests::TemporaryFolder folder;
    REQUIRE(save_model(Rule<Channels<4>, Dimensions<3>, Mlp<4>>{}, folder.file("m.safetensors")).ok());
    check_refused(folder.file("m.safetensors"), "expected nca.dimensions to be '2', found '3'");
}
TEST_CASE("a simulation of a file that is missing is refused in words") {
    const tests::TemporaryFolder folder;
    check_refused(folder.file("none.safetensors"), "no such file");
}
TEST_CASE("a simulation of a file that does not describe its rule is refused in words") {
    const tests::TemporaryFolder folder;
    SafetensorsWriter writer;
    const std::vector<float> zeros(4);
    writer.add("update.bias", {4}, std::span{zeros});
    REQUIRE(write_safetensors(folder.file("m.safetensors"), writer).ok());
    check_refused(folder.file("m.safetensors"), "no nca.format");
}
TEST_CASE("a small file that describes a huge rule is refused before memory is taken for it") {
    const tests::TemporaryFolder folder;
    SafetensorsWriter writer;
    std::string hidden = "16384";
    for (int i = 1; i < max_hidden_layers; ++i) hidden += ",16384";
    writer.set_metadata("nca.format", "1").set_metadata("nca.channels", "1").set_metadata("nca.hidden", hidden);
    writer.set_metadata("nca.dimensions", "2").set_metadata("nca.perception", "identity");
    REQUIRE(write_safetensors(folder.file("m.safetensors"), writer).ok());
    check_refused(folder.file("m.safetensors"), "perceive_to_hidden.weight");
}

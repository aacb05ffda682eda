// SPDX-License-Identifier: Apache-2.0
// Models of every system and every format, read as models of any rule.
#include <nca/nca.hpp>
#include <nca/systems/read_model.hpp>

#include "common/golden_steps.hpp"
#include "common/rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

std::optional<AnyModel> published(const std::string& name, const PublishedOptions& options = {}) {
    const auto path = data_file(name);
    if (!path) return std::nullopt;
    const auto bytes = read_file(path->string());
    REQUIRE(bytes.ok());
    const auto model = read_any_model(*bytes, name, {}, options);
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    return *model;
}

std::string refusal(const std::vector<std::byte>& bytes) {
    const auto model = read_any_model(bytes, "file");
    REQUIRE_FALSE(model.ok());
    return model.error().message;
}

} // namespace

TEST_CASE("a published model of goals has the same rule and codes in both of its formats") {
    const auto pytorch = published("goal_guided/100k_linear_encoder.pt");
    const auto tensors = published("goal_guided/100k_linear_encoder.safetensors");
    if (!pytorch || !tensors) return;
    CHECK(pytorch->description().channels == 21);
    CHECK(pytorch->goals().count() == 10);
    CHECK(pytorch->goals().values == tensors->goals().values);
    CHECK(std::ranges::equal(pytorch->parameters(), tensors->parameters()));
}

TEST_CASE("a published model of blocks has three dimensions, and its classes from its sizes or as asked") {
    const auto model = published("voxel/plain_village_house.pt");
    const auto other = published("voxel/plain_village_house.pt", {.classes = 8});
    if (!model || !other) return;
    CHECK(model->description().dimensions == 3);
    CHECK(model->description().life_channel == 10);
    CHECK(other->description().life_channel == 8);
}

TEST_CASE("the published isotropic rule is the demo's on hexagons, or that of the notebooks on squares") {
    const auto demo = published("isotropic/cadata.json");
    const auto tensors = published("isotropic/cadata.safetensors");
    const auto notebook = published("isotropic/cadata.json", {.isotropic = {Lattice::square, true}});
    if (!demo || !tensors || !notebook) return;
    CHECK(std::ranges::equal(demo->parameters(), tensors->parameters()));
    CHECK(describe(demo->description()) == describe<isotropic::DemoRule<>>());
    CHECK(describe(notebook->description()) == describe<isotropic::Rule<>>());
}

TEST_CASE("weights of a variant of the isotropic notebooks become its rule, which their file does not tell") {
    for (const isotropic::Variant variant : isotropic::variants) {
        const RuleDescription rule = isotropic::description_of(variant);
        const auto hidden = static_cast<std::size_t>(rule.hidden[0]);
        const auto perceived = static_cast<std::size_t>(rule.perceived());
        std::vector<float> weights(hidden * std::max<std::size_t>(perceived, 16));
        for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 0.001F * static_cast<float>(i % 97);
        SafetensorsWriter writer;
        writer.add("w2.weight", {16, hidden}, std::span<const float>{weights}.first(16 * hidden));
        writer.add("w1.weight", {hidden, perceived}, std::span<const float>{weights}.first(hidden * perceived));
        const auto bytes = writer.to_bytes();
        REQUIRE(bytes.ok());
        const auto model = read_any_model(*bytes, "file", {}, {.isotropic = {Lattice::square, false, variant}});
        INFO(isotropic::name_of(variant));
        REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
        CHECK(describe(model->description()) == describe(rule));
        AnyRule any = *AnyRule::from(rule);
        std::ranges::copy(model->parameters(), any.parameters().begin());
        CHECK(any.weight(0, 3, 5) == weights[5 * perceived + 3]);
        CHECK(any.weight(1, 7, 2) == weights[2 * hidden + 7]);
    }
    const auto other = read_any_model(*SafetensorsWriter{}.to_bytes(), "file", {},
                                      {.isotropic = {Lattice::square, false, isotropic::Variant::gradient}});
    REQUIRE_FALSE(other.ok());
    CHECK(other.error().message ==
          "'file': expected two dense layers, [hidden, 62] and [16, hidden], of the variant gradient");
}

TEST_CASE("models of the thread's systems run as models of any rule") {
    for (const std::string name : {"growing/published_json/ex3_lizard.json", "mnist/published_model.json"}) {
        const auto model = published(name);
        if (!model) continue;
        INFO(name);
        auto world = model->simulate(std::array{24, 24}, {.seed = 1});
        REQUIRE(world.ok());
        CHECK((*world)->channels() == (name.starts_with("growing") ? 16 : 20));
    }
}

TEST_CASE("what is no model is refused with what it is instead") {
    const auto text = [](std::string_view words) {
        const auto bytes = as_bytes(words);
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    };
    CHECK(refusal(text("{}")).starts_with("'file': this is JSON, but no model"));
    CHECK(refusal(text("hello")).starts_with("'file'"));
    CHECK(refusal(text(R"({"model_names": ["a"], "layers": []})")) ==
          "'file': a collection of textures holds many models: nca import writes them");
    CHECK(refusal(text(R"({"w1": {"shape": [4, 3], "data64": ""}, "b1": {}, "w2": {}})")).starts_with("'file'"));
}

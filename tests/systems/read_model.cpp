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

// SPDX-License-Identifier: Apache-2.0
// Model files that users met with, and others of their kinds.
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/published.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <limits>
#include <string>

namespace {

using Rule = nca::growing::Rule<>;

/// The largest value after 96 steps, run as the file says; infinity if one is not finite.
float largest_grown(const nca::Model<Rule>& model) {
    nca::Simulation<Rule, 72, 72> world{model.rule, 5};
    world.set_options(model.options);
    world.plant(36, 36);
    world.step(96);
    const auto state = world.state();
    float largest = 0.0F;
    for (const float value : state.values()) {
        largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : std::numeric_limits<float>::infinity();
        if (std::isinf(largest)) break;
    }
    return largest;
}

bool same(const Rule& a, const Rule& b) {
    return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin(), b.parameters().end());
}

} // namespace

TEST_CASE("known and used: another order of perception is obeyed by every reader") {
    const auto path = nca::tests::case_file("models/says_interleaved.safetensors");
    if (!path) return;
    for (const auto& model : {nca::load_model<Rule>(path->string()), nca::growing::load_model<Rule>(path->string())}) {
        REQUIRE_MESSAGE(model.ok(), model.error().message);
        CHECK(largest_grown(*model) < 30.0F);
    }
}

TEST_CASE("known and used: the fire rate of the training") {
    const auto path = nca::tests::case_file("models/trained_at_fire_rate_1.safetensors");
    if (!path) return;
    const auto model = nca::growing::load_model<Rule>(path->string());
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    CHECK(model->options.fire_rate == 1.0);
}

TEST_CASE("no stricter than the format: empty metadata, and a tensor of an unknown dtype that nobody needs") {
    for (const char* const name : {"models/st_null_meta.safetensors", "models/st_f8_extra.safetensors"}) {
        const auto path = nca::tests::case_file(name);
        if (!path) continue;
        const auto model = nca::load_model<Rule>(path->string());
        REQUIRE_MESSAGE(model.ok(), model.error().message);
        CHECK(largest_grown(*model) < 30.0F);
    }
}

TEST_CASE("right diagnosis: the readers of rules read what articles published") {
    for (const auto& path : {nca::tests::data_file("adversarial/published_json/no_tail_model.json"),
                             nca::tests::data_file("growing/published_json/ex3_lizard.json"),
                             nca::tests::case_file("graphs/j_bom.json")}) {
        if (!path) continue;
        const auto general = nca::load_model<Rule>(path->string());
        REQUIRE_MESSAGE(general.ok(), general.error().message);
        const auto growing = nca::growing::load_model<Rule>(path->string());
        REQUIRE_MESSAGE(growing.ok(), growing.error().message);
        CHECK(same(general->rule, growing->rule));
        CHECK(largest_grown(*general) < 30.0F);
    }
}

TEST_CASE("right diagnosis: a published model of digits is no creature, in either reader") {
    const auto path = nca::tests::data_file("mnist/published_model.json");
    if (!path) return;
    const auto general = nca::load_model<Rule>(path->string());
    REQUIRE_FALSE(general.ok());
    CHECK(general.error().message.find("expected 2 layers, found 3") != std::string::npos);
    const auto growing = nca::growing::load_model<Rule>(path->string());
    REQUIRE_FALSE(growing.ok());
    CHECK(growing.error().message.find("found a model of the system 'mnist'") != std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
// Worlds that step by exported shaders against simulations.
#include <nca/nca.hpp>
#include <nca/shader.hpp>

#include "gles.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <shader/small_rule.hpp>
#include <string>
#include <vector>

using namespace nca;

namespace {

using Rule2 = DynamicRule<2>;
using World = Simulation<Rule2, Dynamic, Dynamic>;

/// A context, or null with a message; continuous integration has one.
std::unique_ptr<tests::Gles> context() {
    auto gles = tests::Gles::create();
    if (gles == nullptr) {
        MESSAGE("there is no OpenGL ES without a display: skipped");
        CHECK(std::getenv("CI") == nullptr);
    }
    return gles;
}

constexpr int width = 10;
constexpr int height = 7;
constexpr std::uint64_t seed = 0x1234567890ULL;

/// The largest difference after some steps of a rule of random weights from a random state.
double difference(const RuleDescription& description, const std::function<void(StepOptions<Rule2>&)>& change = {},
                  bool int8 = false) {
    Rule2 rule = *Rule2::from(description);
    rule.initialise(Philox{4}, 0.2);
    const Rule2 exported = rule;
    if (int8) {
        // The numbers that 8 bits hold.
        auto layers = dense_layers(rule);
        REQUIRE(quantize(layers).ok());
        for (DenseLayer& layer : layers) static_cast<void>(isa_detail::quantize_outputs(layer));
        rule = *rule_from<Rule2>(layers, {}, rule.architecture());
    }
    StepOptions<Rule2> options = step_options_of<Rule2>(rule.architecture());
    if (change) change(options);
    Goals goals{description.inputs};
    for (int i = 0; i < 2 * description.inputs; ++i) goals.values.push_back(0.1F * static_cast<float>(i % 7));
    World world{rule, World::Shape{{height, width}}, seed};
    world.set_options(options);
    auto state = world.state();
    const Philox random{3};
    for (std::size_t i = 0; i < state.values().size(); ++i) {
        const std::size_t cell = i / static_cast<std::size_t>(description.channels);
        if (description.life == LifeKind::none || cell % 9 == 4) {
            state.values()[i] = static_cast<float>(random.uniform(i));
        }
    }
    world.load(state);
    if (description.input_kind != InputKind::none) REQUIRE(world.set_inputs(*goals.at(1)).ok());
    const auto text = shader::to_shader(exported, {shader::Language::glsl, int8}, options, goals);
    REQUIRE_MESSAGE(text.ok(), text.error().message);
    tests::ShaderWorld shown{*text, description.channels, shader::has_life_pass(description), width, height, seed};
    shown.load(world.state().values());
    shown.set_goal(1);
    constexpr int steps = 4;
    shown.step(steps);
    world.step(steps);
    const auto found = shown.state();
    const auto expected = world.state();
    double worst = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double error = std::abs(static_cast<double>(found[i] - expected.values()[i]));
        if (!(error <= worst)) worst = error;
        largest = std::max(largest, std::abs(static_cast<double>(expected.values()[i])));
    }
    REQUIRE(largest > 0.01);
    return worst / largest;
}

} // namespace

TEST_CASE("a shader steps as a simulation does: what cells perceive, and where") {
    const auto gles = context();
    if (gles == nullptr) return;
    RuleDescription description = tests::small_rule();
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::replicate, Boundary::reflect}) {
        description.boundary = boundary;
        CHECK(difference(description) < 1e-5);
    }
    CHECK(difference(description, [](auto& options) { options.angle = 0.7; }) < 1e-5);
    description.gradient = GradientKind::norm;
    CHECK(difference(description) < 1e-5);
    description = tests::small_rule();
    description.filters = {*FilterDescription::named("sobel_x@2", 2, 2), *FilterDescription::named("laplacian", 2, 2)};
    description.radius = 2;
    CHECK(difference(description) < 1e-5);
    description = tests::small_rule();
    description.filters.clear();
    description.perception = PerceptionKind::depthwise;
    description.learned_filters = 3;
    CHECK(difference(description) < 1e-5);
    description.perception = PerceptionKind::neighbourhood;
    description.learned_filters = 0;
    CHECK(difference(description) < 1e-5);
    description = tests::small_rule();
    description.perception = PerceptionKind::filter_per_channel;
    for (int i = 0; i < 3; ++i) description.filters.push_back(description.filters[static_cast<std::size_t>(i)]);
    CHECK(difference(description) < 1e-5);
}

TEST_CASE("a shader steps as a simulation does: life") {
    const auto gles = context();
    if (gles == nullptr) return;
    RuleDescription description = tests::small_rule();
    for (const Boundary boundary : {Boundary::zero, Boundary::torus}) {
        description.boundary = boundary;
        description.set_life(LifeKind::alive, 3, 0.1);
        CHECK(difference(description) < 1e-5);
        description.set_life(LifeKind::alive, 3, 0.1, LifeTest::before);
        CHECK(difference(description) < 1e-5);
        description.set_life(LifeKind::alive, 3, 0.1, LifeTest::on_update);
        CHECK(difference(description) < 1e-5);
        description.set_life(LifeKind::alive, 3, 0.1);
        description.life_radius = 2;
        CHECK(difference(description) < 1e-5);
        description.life_radius = 1;
        description.lattice = Lattice::hexagonal;
        CHECK(difference(description) < 1e-5);
        description.lattice = Lattice::square;
    }
    description.dead_state = {0.5, 0.25, 0.5, 0.0, 0.125};
    CHECK(difference(description) < 1e-5);
    description = tests::small_rule();
    description.frozen = 1;
    description.set_life(LifeKind::alive_where, 0, 0.1);
    CHECK(difference(description) < 1e-5);
}

TEST_CASE("a shader steps as a simulation does: networks, inputs, noise and limits") {
    const auto gles = context();
    if (gles == nullptr) return;
    RuleDescription description = tests::small_rule();
    CHECK(difference(description, {}, /*int8=*/true) < 1e-5);
    for (const char* const activation : {"tanh", "sigmoid", "sine", "leaky_relu"}) {
        description.activation = activation;
        description.activation_slope = description.activation == "leaky_relu" ? 0.125 : 0.0;
        CHECK(difference(description) < 1e-5);
    }
    description = tests::small_rule();
    description.hidden = {5, 7};
    description.output_bias = false;
    CHECK(difference(description, [](auto& options) { options.step_size = 0.5F; }) < 1e-5);
    CHECK(difference(description, [](auto& options) { options.fire_rate = 1.0; }) < 1e-5);
    description.set_inputs(InputKind::perceived, 3);
    CHECK(difference(description) < 1e-5);
    description.set_inputs(InputKind::added, 4);
    CHECK(difference(description) < 1e-5);
    description.set_life(LifeKind::alive, 3, 0.1);
    CHECK(difference(description) < 1e-5);
    description = tests::small_rule();
    description.frozen = 2;
    description.noise = 0.05;
    CHECK(difference(description) < 1e-5);
    description = tests::small_rule();
    description.clamp_state = 0.5;
    CHECK(difference(description) < 1e-5);
    description.clamp_state = 0.0;
    description.clamp = 2.0;
    CHECK(difference(description) < 1e-5);
    // Values of 8 bits are the same, unless two sums lie on either side of the middle between two of them.
    CHECK(difference(description, [](auto& options) { options.eight_bit = true; }) < 1e-5);
}

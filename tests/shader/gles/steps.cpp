// SPDX-License-Identifier: Apache-2.0
// Exported shaders of every language that OpenGL ES can run step as simulations do.
#include <nca/nca.hpp>
#include <nca/shader.hpp>

#include "difference.hpp"

#include <doctest/doctest.h>

#include <shader/small_rule.hpp>

using namespace nca;
using tests::context;
using tests::difference;

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
    CHECK(difference(description, {}, {.int8 = true}) < 1e-5);
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

TEST_CASE("weights in a picture are those of the text") {
    const auto gles = context();
    if (gles == nullptr) return;
    RuleDescription description = tests::small_rule();
    CHECK(difference(description, {}, {.picture = true}) < 1e-5);
    CHECK(difference(description, {}, {.int8 = true, .picture = true}) < 1e-5);
    description.set_inputs(InputKind::added, 4);
    CHECK(difference(description, {}, {.picture = true}) < 1e-5);
}

TEST_CASE("shaders of Godot and Shadertoy step as a simulation does") {
    const auto gles = context();
    if (gles == nullptr) return;
    for (const auto language : {shader::Language::gdshader, shader::Language::shadertoy}) {
        const shader::Options form{language};
        RuleDescription description = tests::small_rule();
        CHECK(difference(description, {}, form) < 1e-5);
        CHECK(difference(description, {}, {language, /*int8=*/true}) < 1e-5);
        description.boundary = Boundary::torus;
        description.noise = 0.05;
        CHECK(difference(description, {}, form) < 1e-5);
        description.noise = 0.0;
        description.set_life(LifeKind::alive, 3, 0.1);
        CHECK(difference(description, {}, form) < 1e-5);
        description.dead_state = {0.5, 0.25, 0.5, 0.0, 0.125};
        CHECK(difference(description, {}, form) < 1e-5);
        description.dead_state.clear();
        description.set_life(LifeKind::alive, 3, 0.1, LifeTest::before);
        CHECK(difference(description, {}, form) < 1e-5);
        description.set_inputs(InputKind::added, 4);
        CHECK(difference(description, {}, form) < 1e-5);
    }
}

// SPDX-License-Identifier: Apache-2.0
// The texts of exported shaders, and what is refused.
#include <nca/nca.hpp>
#include <nca/shader.hpp>

#include <doctest/doctest.h>

#include <shader/small_rule.hpp>
#include <string>

using namespace nca;

namespace {

using Rule2 = DynamicRule<2>;

Rule2 rule_of(const RuleDescription& description) {
    Rule2 rule = *Rule2::from(description);
    rule.initialise(Philox{1}, 0.1);
    return rule;
}

std::string refusal(const RuleDescription& description) {
    const auto text = shader::to_shader(rule_of(description), {});
    REQUIRE_FALSE(text.ok());
    return text.error().message;
}

} // namespace

TEST_CASE("declarations are those of each language") {
    const char* const text = "$fn vec4 nca_f(int x, uint y) {\n"
                             "    $var vec4[3] sums;\n"
                             "    $var float a = float(x);\n"
                             "    $for (i, 3) {\n";
    CHECK(shader::in_language(text, shader::Language::glsl) == "vec4 nca_f(int x, uint y) {\n"
                                                               "    vec4 sums[3];\n"
                                                               "    float a = float(x);\n"
                                                               "    for (int i = 0; i < 3; ++i) {\n");
    CHECK(shader::in_language(text, shader::Language::hlsl) == "float4 nca_f(int x, uint y) {\n"
                                                               "    float4 sums[3];\n"
                                                               "    float a = float(x);\n"
                                                               "    for (int i = 0; i < 3; ++i) {\n");
    CHECK(shader::in_language(text, shader::Language::wgsl) == "fn nca_f(x: i32, y: u32) -> vec4<f32> {\n"
                                                               "    var sums: array<vec4<f32>, 3>;\n"
                                                               "    var a: f32 = f32(x);\n"
                                                               "    for (var i: i32 = 0; i < 3; i++) {\n");
}

TEST_CASE("a creature of 8 bits takes less than 60 kB in every language") {
    growing::Rule<> creature;
    creature.initialise(Philox{1}, 0.1);
    using enum shader::Language;
    for (const auto language : {glsl, gdshader, shadertoy, wgsl, hlsl}) {
        const auto text = shader::to_shader(creature, {language, /*int8=*/true});
        REQUIRE(text.ok());
        CHECK(text->size() < 60'000);
    }
}

TEST_CASE("what a shader cannot hold is refused in words") {
    RuleDescription description = tests::small_rule();
    description.channels = 33;
    CHECK(refusal(description) == "a shader cannot hold a rule of 33 channels: eight textures have 32");
    description = tests::small_rule();
    description.hidden = {513};
    CHECK(refusal(description) == "a shader cannot hold a hidden layer of 513 values, only of 512");
    description = tests::small_rule();
    description.hidden = {512, 512};
    CHECK(refusal(description) == "a shader cannot hold a network of 274432 weights, only of 65536");
    description = tests::small_rule();
    description.gradient = GradientKind::by_gradient;
    CHECK(refusal(description) == "a shader cannot hold a steerable rule");
    description = tests::small_rule();
    description.set_inputs(InputKind::perceived, 3);
    CHECK(refusal(description) == "a shader of a rule with inputs needs a model with goals, which tell them");
    const Rule2 rule = rule_of(tests::small_rule());
    CHECK(shader::to_shader(rule, {shader::Language::shadertoy, /*int8=*/false, /*picture=*/true}).error().message ==
          "a shader for Shadertoy holds its weights itself: no picture can be uploaded there");
    shader::Options votes;
    votes.votes = shader::Votes{3, 0.0, {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}}};
    CHECK(shader::to_shader(rule, votes).error().message == "the rule has no channels for so many votes");
    CHECK(shader::check_shader(RuleDescription{.dimensions = 3, .channels = 4}).error().message ==
          "a shader cannot hold a rule of 3 dimensions, only of 2");
}

// SPDX-License-Identifier: Apache-2.0
// Rules that perceive the length of the gradient, or steer it, in files.
#include <nca/nca.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <string>
#include <string_view>

using namespace nca;
using namespace nca::tests;

namespace {

using Norm = Rule<Channels<6>, Perception<Identity, Times<8, SobelX>, Times<8, SobelY>>, GradientNorm, Alive<3>>;
using ByAngle = Rule<Channels<6>, SteeredByAngle, AliveBefore<3>, Torus>;
using ByGradient = Rule<Channels<17>, Perception<SobelY, SobelX, Laplacian>, Mlp<8>, SteeredByGradient>;

std::string refusal(std::string_view text) {
    const auto rule = parse_rule_file(text);
    return rule.ok() ? "accepted" : rule.error().message;
}

} // namespace

TEST_CASE_TEMPLATE("a rule with a norm or a steered gradient is written into a rule file and read again", R, Norm,
                   ByAngle, ByGradient) {
    const RuleDescription rule = RuleDescription::of(typename R::DescribedPolicies{});
    const auto text = rule_file_text(rule);
    REQUIRE(text.ok());
    const auto read = parse_rule_file(*text);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    CHECK(describe(*read) == describe(rule));
    CHECK(read->perceived() == R::perceived);
}

TEST_CASE_TEMPLATE("a model with a norm or a steered gradient is read as the rule of its type and of run-time sizes", R,
                   Norm, ByAngle, ByGradient) {
    const R rule = random_rule<R>(1, 0.5);
    const auto bytes = model_bytes(rule);
    REQUIRE(bytes.ok());
    const auto read = parse_model<R>(*bytes, "model");
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    CHECK(std::equal(rule.parameters().begin(), rule.parameters().end(), read->rule.parameters().begin()));
    const auto any = parse_model<AnyRule>(*bytes, "model");
    REQUIRE_MESSAGE(any.ok(), (any.ok() ? "" : any.error().message));
    CHECK(describe(any->rule) == describe(rule));
    CHECK_FALSE(parse_model<Rule<Channels<R::channels>>>(*bytes, "model").ok());
}

TEST_CASE("a steered gradient is spelled as its policy") {
    CHECK(spelling_of<ByAngle>() ==
          "nca::Rule<nca::Channels<6>, nca::SteeredByAngle, nca::AliveBefore<3>, nca::Torus>");
    const auto rule = AnyRule::from(random_rule<ByGradient>(1));
    REQUIRE(rule.ok());
    const auto header = to_header(*rule, {.name = "coral"}, step_options_of<AnyRule>(rule->architecture()));
    REQUIRE(header.ok());
    CHECK(header->find("nca::SteeredByGradient") != std::string::npos);
}

TEST_CASE("a gradient that no rule can have is refused in a sentence") {
    CHECK(refusal(R"({"channels": 6, "gradient": "cartesian"})") ==
          "expected gradient to be norm, steered_by_angle or steered_by_gradient, or absent, found 'cartesian'");
    CHECK(refusal(R"({"channels": 6, "perception": ["identity", "sobel_x"], "gradient": "norm"})") ==
          "gradient needs a perception by filters with one derivative along x and one along y");
    CHECK(refusal(R"({"channels": 6, "perception": ["sobel_x", "sobel_x", "sobel_y"], "gradient": "norm"})") ==
          "gradient needs a perception by filters with one derivative along x and one along y");
    CHECK(refusal(R"({"channels": 6, "perception": "neighbourhood", "gradient": "norm"})") ==
          "gradient needs a perception by filters with one derivative along x and one along y");
    CHECK(refusal(R"({"channels": 1, "gradient": "steered_by_gradient"})") ==
          "a steered gradient needs a channel beside the last, which steers");
    CHECK(refusal(R"({"channels": 6, "life_channel": 3, "gradient": "steered_by_angle"})") ==
          "gradient steered_by_angle needs a life_channel with a life_test, or no life");
    CHECK(refusal(R"({"channels": 6, "clamp_state": 2, "gradient": "steered_by_angle"})") ==
          "gradient steered_by_angle keeps an angle, which clamp and clamp_state must not change");
}

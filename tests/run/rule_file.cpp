// SPDX-License-Identifier: Apache-2.0
#include <nca/run/rule_file.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/texture/rule.hpp>

#include <doctest/doctest.h>

#include <io/temporary.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace nca;

struct Nameless {
    [[nodiscard]] static constexpr double weight(int /*rank*/, int neighbour) noexcept { return neighbour; }
};

void check_refused(std::string_view text, const std::string& words) {
    const auto rule = parse_rule_file(text, "coral.json");
    INFO(std::string{text});
    REQUIRE_FALSE(rule.ok());
    NCA_CHECK_MESSAGE_HAS(rule.error().message, words);
    NCA_CHECK_MESSAGE_HAS(rule.error().message, "'coral.json': ");
}

template <class R>
void check_round_trip() {
    const RuleDescription rule = RuleDescription::of(typename R::DescribedPolicies{});
    const auto text = rule_file_text(rule);
    REQUIRE(text.ok());
    INFO(*text);
    const auto read = parse_rule_file(*text);
    REQUIRE_MESSAGE(read.ok(), read.error().message);
    CHECK(describe(*read) == describe(rule));
}

} // namespace

TEST_CASE("a rule file is read with all its keys") {
    const auto rule = parse_rule_file(R"({
        "$schema": "rule.schema.json", "channels": 10, "hidden": [32, 16], "activation": "leaky_relu",
        "activation_slope": 0.25, "perception": ["identity", "8*sobel_x", "laplacian"], "boundary": "torus",
        "fire_rate": 0.75, "life_channel": 3, "life_threshold": 0.2, "clamp": 2, "noise": 0.5})");
    REQUIRE_MESSAGE(rule.ok(), rule.error().message);
    CHECK(rule->channels == 10);
    CHECK(rule->hidden == std::vector{32, 16});
    CHECK(rule->activation == "leaky_relu");
    CHECK(rule->activation_slope == 0.25);
    REQUIRE(rule->filters.size() == 3);
    CHECK(rule->filters[1].name == "8*sobel_x");
    CHECK(rule->boundary == Boundary::torus);
    CHECK(rule->fire_rate == 0.75);
    CHECK(rule->life == LifeKind::alive);
    CHECK(rule->life_channel == 3);
    CHECK(rule->life_threshold == 0.2);
    CHECK(rule->clamp == 2.0);
    CHECK(rule->noise == 0.5);
}

TEST_CASE("a rule file with channels alone is the rule whose type has these channels alone") {
    const auto rule = parse_rule_file(R"({"channels": 7})");
    REQUIRE(rule.ok());
    CHECK(describe(*rule) == describe<Rule<Channels<7>>>());
}

TEST_CASE("a rule is written into a rule file and read again as the same rule") {
    check_round_trip<growing::Rule<>>();
    check_round_trip<mnist::Rule<>>();
    check_round_trip<texture::PyTorchRule<>>();
    check_round_trip<texture::MicroRule<4>>();
    check_round_trip<Rule<Channels<5>, Dimensions<1>, Mlp<3, 4, 5>, Activation<LeakyRelu<1, 100>>, Reflect>>();
}

TEST_CASE("a rule with a filter without a name has no rule file") {
    using Custom = Rule<Channels<4>, Perception<Nameless>>;
    CHECK_FALSE(rule_file_text(RuleDescription::of(Custom::DescribedPolicies{})).ok());
}

TEST_CASE("a rule file with an unknown key is refused with the known ones, the nearest first") {
    check_refused(R"({"chanels": 10})", "unknown key 'chanels', perhaps 'channels': the keys are dimensions, ch");
    check_refused(R"({"channels": 10, "firerate": 1})", "perhaps 'fire_rate':");
    check_refused(R"({"channels": 10, "optimiser": 1})", "unknown key 'optimiser': the keys are");
}

TEST_CASE("a rule file without channels is refused") {
    check_refused("{}", "key 'channels' is missing");
}

TEST_CASE("a rule file with a value of another type is refused with the key and what was found") {
    check_refused(R"({"channels": "10"})", "key 'channels': expected a number, found '10'");
    check_refused(R"({"channels": 9.5})", "expected channels to be a whole number, found '9.5'");
    check_refused(R"({"channels": 9, "hidden": 32})", "key 'hidden': expected an array of numbers, found an integer");
    check_refused(R"({"channels": 9, "hidden": [null]})", "found among its elements null");
    check_refused(R"({"channels": 9, "boundary": 1})", "key 'boundary': expected a string, found an integer");
    check_refused(R"({"channels": 9, "perception": "identity"})",
                  "expected an array of filters, \"neighbourhood\" or \"depthwise:N\"");
    check_refused(R"({"channels": 9, "perception": ["identity,laplacian"]})", "found among its elements 'identity,");
    check_refused(R"({"channels": 9, "perception": [""]})", "key 'perception': expected an array of filters");
    check_refused("[]", "expected a JSON object, found an array");
}

TEST_CASE("a rule file that describes no rule is refused with the key") {
    check_refused(R"({"channels": 10, "life_channel": 12})", "life_channel should be from 0 to 9, found 12");
    check_refused(R"({"channels": 10, "perception": ["sobel"]})", "expected perception to be filters of the library");
    check_refused(R"({"channels": 10, "life_threshold": 0.1})", "no life_channel or given_life_channel beside it");
}

TEST_CASE("a rule file that breaks off is refused with the place") {
    check_refused("{\"channels\": 10,\n \"hidden\": [32", "line 2, column ");
}

TEST_CASE("a rule file that is missing is refused with its path") {
    const tests::TemporaryFolder folder;
    const auto rule = read_rule_file(folder.file("none.json"));
    REQUIRE_FALSE(rule.ok());
    NCA_CHECK_MESSAGE_HAS(rule.error().message, "none.json");
}

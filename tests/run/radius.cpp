// SPDX-License-Identifier: Apache-2.0
// Rules with larger neighbourhoods in rule files, model files and exported headers.
#include <nca/cell/spelling.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/rule_file.hpp>
#include <nca/run/simulation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <io/temporary.hpp>
#include <string>

namespace {

using namespace nca;

using Dilating = Rule<Channels<5>, Perception<Identity, SobelX, Dilated<2, SobelX>, Times<8, Dilated<3, Laplacian>>>,
                      Mlp<12>, Zero, FireRate<1, 2>, Alive<3>, LifeRadius<2>>;
using Depthwise2 = Rule<Channels<5>, DepthwisePerception<2>, Radius<2>, Mlp<12>, Torus, FireRate<1, 2>>;
using Convolution3 = Rule<Channels<3>, LearnedPerception, Radius<3>, Mlp<6>, Zero, FireRate<1, 2>, Dimensions<1>>;

template <class R>
void check_round_trips() {
    const RuleDescription rule = RuleDescription::of(typename R::DescribedPolicies{});
    const auto text = rule_file_text(rule);
    REQUIRE(text.ok());
    INFO(*text);
    const auto read = parse_rule_file(*text);
    REQUIRE_MESSAGE(read.ok(), read.error().message);
    CHECK(describe(*read) == describe(rule));

    const R saved = tests::random_rule<R>(1);
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("m.safetensors");
    REQUIRE(save_model(saved, path).ok());
    const auto typed = load_model<R>(path);
    REQUIRE_MESSAGE(typed.ok(), typed.error().message);
    CHECK(std::ranges::equal(typed->rule.parameters(), saved.parameters()));
    const auto any = load_model<DynamicRule<R::rank>>(path);
    REQUIRE_MESSAGE(any.ok(), any.error().message);
    CHECK(std::ranges::equal(any->rule.parameters(), saved.parameters()));
    CHECK(detail::RuleSpelling::of(any->rule, 0, any->options).text.find("nca::Radius") != std::string::npos);
}

} // namespace

TEST_CASE("a rule with dilated filters is the same after a rule file and a model file") {
    check_round_trips<Dilating>();
}

TEST_CASE("a rule with wide learned filters is the same after a rule file and a model file") {
    check_round_trips<Depthwise2>();
}

TEST_CASE("a rule with a wide learned convolution is the same after a rule file and a model file") {
    check_round_trips<Convolution3>();
}

TEST_CASE("the spelling of a rule with a radius is its type") {
    CHECK(spelling_of<Depthwise2>() == "nca::Rule<nca::Channels<5>, nca::DepthwisePerception<2>, nca::Radius<2>, "
                                       "nca::Mlp<12>, nca::Torus, nca::FireRate<1, 2>>");
    const auto any = AnyRule::from(Dilating{});
    REQUIRE(any.ok());
    std::string text = detail::RuleSpelling::of(*any, 0, step_options_of<AnyRule>(any->architecture())).text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    CHECK(text ==
          "nca::Rule<nca::Channels<5>, nca::Perception<nca::Identity, nca::SobelX, nca::Dilated<2, nca::SobelX>, "
          "nca::Times<8, nca::Dilated<3, nca::Laplacian>>>, nca::Radius<3>, nca::Mlp<12>, nca::Zero, "
          "nca::FireRate<1, 2>, nca::Alive<3, 1, 10>, nca::LifeRadius<2>>");
}

TEST_CASE("a dilated filter widens the rule of a file that states no radius") {
    const auto rule = parse_rule_file(R"({"channels": 4, "perception": ["identity", "sobel_x@3"]})");
    REQUIRE_MESSAGE(rule.ok(), rule.error().message);
    CHECK(rule->radius == 3);
    CHECK(rule->filters[0].weights.size() == 49);
}

TEST_CASE("impossible radii are refused in words") {
    const auto message = [](std::string_view text) {
        const auto rule = parse_rule_file(text);
        return rule.ok() ? std::string{} : rule.error().message;
    };
    CHECK(message(R"({"channels": 4, "radius": 4})") == "expected radius to be a whole number from 1 to 3, found '4'");
    CHECK(message(R"({"channels": 4, "radius": 0})").starts_with("expected radius to be a whole number from 1 to 3"));
    CHECK(message(R"({"channels": 4, "life_channel": 3, "life_radius": 4})") ==
          "life_radius should be from 1 to 3, found 4");
    CHECK(message(R"({"channels": 4, "life_radius": 2})") == "life_radius needs a life_channel and a square lattice");
    CHECK(message(R"({"channels": 4, "life_channel": 3, "life_radius": 2, "lattice": "hexagonal"})") ==
          "life_radius needs a life_channel and a square lattice");
    for (const char* const filter : {"sobel_x@4", "sobel_x@1", "sobel_x@", "sobel_x@2@2", "sobel_x@-2", "@2"}) {
        INFO(filter);
        const std::string text = R"({"channels": 4, "perception": [")" + std::string{filter} + R"("]})";
        CHECK(message(text).starts_with("expected perception to be filters of the library"));
    }
}

TEST_CASE("a description of another radius is not that of the type") {
    auto description = RuleDescription::of(Depthwise2::DescribedPolicies{});
    description.radius = 3;
    const auto rule = Architecture<Depthwise2::Traits>::from(description);
    REQUIRE_FALSE(rule.ok());
    CHECK(rule.error().message == "the type of the rule states nca.radius '2', but the description has nca.radius '3'");
}

TEST_CASE("life spreads by two cells from a planted one") {
    using R = Rule<Channels<4>, Perception<Identity>, Mlp<1>, Alive<3>, LifeRadius<2>, FireRate<1, 1>>;
    R rule;
    rule.bias(1, 0) = 1.0F;
    Simulation<R, 11, 11> world{rule};
    world.plant(5, 5);
    world.step();
    int grown = 0;
    for (int y = 0; y < 11; ++y) {
        for (int x = 0; x < 11; ++x) grown += world.state()(y, x)[0] != 0.0F ? 1 : 0;
    }
    CHECK(grown == 25);
}

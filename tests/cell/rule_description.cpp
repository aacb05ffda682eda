// SPDX-License-Identifier: Apache-2.0
// Descriptions of rules: read back as written, refused where no rule is like that, and spelled as types.
#include <nca/cell/description.hpp>
#include <nca/cell/filter_table.hpp>
#include <nca/cell/rule.hpp>
#include <nca/cell/spelling.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/rules.hpp>
#include <common/twins.hpp>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests;

/// The description that the texts of another say.
[[nodiscard]] Result<RuleDescription> read_back(const TextPairs& pairs) {
    return read_description("nca.", [&](std::string_view key) -> const std::string* {
        const auto found = std::find_if(pairs.begin(), pairs.end(),
                                        [&](const auto& pair) { return pair.first == "nca." + std::string{key}; });
        return found == pairs.end() ? nullptr : &found->second;
    });
}

template <class R>
[[nodiscard]] RuleDescription description_of() {
    return ArchitectureOf<R>{}.description();
}

[[nodiscard]] RuleDescription growing_with(const std::function<void(RuleDescription&)>& change) {
    RuleDescription rule = description_of<Growing>();
    change(rule);
    return rule;
}

/// Why a description is no rule.
template <class R = AnyRule>
[[nodiscard]] std::string refusal(const RuleDescription& rule) {
    const auto result = R::from(rule);
    REQUIRE_FALSE(result.ok());
    return result.error().message;
}

void check_filters(const RuleDescription& found, const RuleDescription& wanted) {
    REQUIRE(found.filters.size() == wanted.filters.size());
    for (std::size_t k = 0; k < found.filters.size(); ++k) {
        CHECK(found.filters[k].name == wanted.filters[k].name);
        CHECK(found.filters[k].derivative == wanted.filters[k].derivative);
        CHECK(found.filters[k].weights == wanted.filters[k].weights);
    }
}

} // namespace

TEST_CASE_TEMPLATE("a description is read back as describe() writes it", R, NCA_TWINS) {
    const TextPairs pairs = describe<R>();
    CHECK(describe(twin(R{})) == pairs);
    const RuleDescription wanted = description_of<R>();
    const auto read = read_back(pairs);
    if (std::any_of(wanted.filters.begin(), wanted.filters.end(),
                    [](const auto& filter) { return filter.name == Ridge::name; })) {
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().message.find("filters of the library") != std::string::npos);
        return;
    }
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    CHECK(describe(*read) == pairs);
    check_filters(*read, wanted);
}

TEST_CASE_TEMPLATE("a rule of run-time sizes has the parameters and the options of its twin", R, NCA_TWINS) {
    const auto rule = random_rule<R>(1);
    const auto any = twin(rule);
    CHECK(any.architecture().parameter_count() == R::parameter_count);
    REQUIRE(any.parameters().size() == rule.parameters().size());
    CHECK(std::equal(any.parameters().begin(), any.parameters().end(), rule.parameters().begin()));
    const auto options = step_options_of<std::remove_cvref_t<decltype(any)>>(any.architecture());
    CHECK(options.fire_rate == R::fire_rate);
    CHECK(options.boundary == R::boundary);
    CHECK(options.noise == R::noise);
}

TEST_CASE("an impossible description is refused in a sentence of its own") {
    const auto refused = [](const std::function<void(RuleDescription&)>& change) {
        return refusal(growing_with(change));
    };
    CHECK(refused([](auto& rule) { rule.dimensions = 4; }) == "dimensions should be from 1 to 3, found 4");
    CHECK(refused([](auto& rule) { rule.channels = 0; }) == "channels should be from 1 to 1024, found 0");
    CHECK(refused([](auto& rule) { rule.channels = 1025; }) == "channels should be from 1 to 1024, found 1025");
    CHECK(refused([](auto& rule) { rule.frozen = 16; }) == "frozen should be from 0 to 15, found 16");
    CHECK(refused([](auto& rule) { rule.frozen = -1; }) == "frozen should be from 0 to 15, found -1");
    CHECK(refused([](auto& rule) { rule.hidden.assign(17, 8); }) == "hidden lists 17 layers; at most 16 are supported");
    CHECK(refused([](auto& rule) {
              rule.hidden = {8, 0};
          }) == "the width of a hidden layer should be from 1 to 16384, found 0");
    CHECK(refused([](auto& rule) { rule.filters.clear(); }) == "perception lists no filter");
    CHECK(refused([](auto& rule) { rule.filters[1].weights.resize(27); }) ==
          "filter 'sobel_x' has 27 weights, but a neighbourhood has 9 cells");
    CHECK(refused([](auto& rule) { rule.perception = PerceptionKind::filter_per_channel; }) ==
          "perception lists 3 filters, one per channel, for 16 channels");
    CHECK(refused([](auto& rule) {
              rule.channels = 1024;
              rule.filters.assign(17, rule.filters[0]);
          }) == "a cell perceives 17408 values; at most 16384 are supported");
    CHECK(refused([](auto& rule) { rule.fire_rate = 1.5; }) == "fire_rate should be from 0 to 1, found 1.5");
    CHECK(refused([](auto& rule) { rule.fire_rate = std::numeric_limits<double>::quiet_NaN(); }) ==
          "fire_rate should be from 0 to 1, found nan");
    CHECK(refused([](auto& rule) { rule.clamp = -2.0; }) == "clamp should be a positive number, found -2");
    CHECK(refused([](auto& rule) { rule.noise = -0.5; }) == "noise should not be negative, found -0.5");
    CHECK(refused([](auto& rule) { rule.life_threshold = 0.0; }) ==
          "life_threshold should be a positive number, found 0");
    CHECK(refused([](auto& rule) { rule.frozen = 1; }) ==
          "a life_channel clears dead cells, which frozen channels must survive: use given_life_channel");
    CHECK(refused([](auto& rule) { rule.life_channel = 16; }) == "life_channel should be from 0 to 15, found 16");
    CHECK(refused([](auto& rule) { rule.life = LifeKind::alive_where; }) ==
          "given_life_channel should be a frozen channel, found 3 with 0 frozen");
    CHECK(refused([](auto& rule) { rule.activation = "softsign"; }) ==
          "activation 'softsign' is not one of the library's");
    CHECK(refused([](auto& rule) { rule.dimensions = 1; }) ==
          "filter 'identity' has 9 weights, but a neighbourhood has 3 cells");
}

TEST_CASE("a rule of two dimensions is no rule of three") {
    CHECK(refusal<DynamicRule<3>>(description_of<Growing>()) ==
          "the type of the rule states nca.dimensions '3', but the description has nca.dimensions '2'");
}

TEST_CASE("a type that leaves the hidden layers and the perception open takes those of the description") {
    using Open = Rule<Channels<16>, Mlp<Dynamic>, AnyPerception, Alive<3>>;
    const auto rule = random_rule<Growing>(1);
    const auto open = Open::from(rule);
    REQUIRE(open.ok());
    CHECK(describe(*open) == describe<Growing>());
    CHECK(std::equal(rule.parameters().begin(), rule.parameters().end(), open->parameters().begin(),
                     open->parameters().end()));
    CHECK(refusal<Open>(growing_with([](auto& other) { other.channels = 12; })) ==
          "the type of the rule states nca.channels '16', but the description has nca.channels '12'");
    CHECK(refusal<Open>(growing_with([](auto& other) { other.life_channel = 4; })) ==
          "the type of the rule states nca.life_channel '3', but the description has nca.life_channel '4'");
    CHECK(refusal<Open>(growing_with([](auto& other) { other.clamp = 2.0; })) ==
          "the type of the rule states no nca.clamp, but the description has nca.clamp '2'");
    CHECK(refusal<Open>(growing_with([](auto& other) { other.activation = "tanh"; })) ==
          "the type of the rule states no nca.activation, but the description has nca.activation 'tanh'");
}

TEST_CASE("a type that leaves the channels open takes those of the description") {
    using Open = Rule<Channels<Dynamic>, Perception<Identity, SobelX>, Mlp<32>>;
    RuleDescription rule = description_of<Rule<Channels<9>, Perception<Identity, SobelX>, Mlp<32>>>();
    const auto open = Open::from(rule);
    REQUIRE(open.ok());
    CHECK(open->architecture().channels() == 9);
    CHECK(open->architecture().perceived() == 18);
    rule.hidden = {33};
    CHECK(refusal<Open>(rule) ==
          "the type of the rule states nca.hidden '32', but the description has nca.hidden '33'");
    CHECK(refusal<Open>(description_of<Growing>()) ==
          "the type of the rule states nca.hidden '32', but the description has nca.hidden '128'");
}

TEST_CASE("what a description may change without another type is the boundary, the fire rate and the noise") {
    using Open = Rule<Channels<Dynamic>, Perception<Identity, SobelX>, Mlp<32>, Noise<1, 50>>;
    RuleDescription rule = description_of<Rule<Channels<9>, Perception<Identity, SobelX>, Mlp<32>, Noise<1, 50>>>();
    rule.boundary = Boundary::torus;
    rule.fire_rate = 0.25;
    rule.noise = 0.5;
    const auto open = Open::from(rule);
    REQUIRE(open.ok());
    const auto options = step_options_of<Open>(open->architecture());
    CHECK(options.boundary == Boundary::torus);
    CHECK(options.fire_rate == 0.25);
    CHECK(options.noise == 0.5);
}

namespace {

template <class R>
void check_spelling(const AnyRule& any, std::string wanted) {
    std::string text = detail::RuleSpelling::of(any, 0, step_options_of<AnyRule>(any.architecture())).text;
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n')) text[at] = ' ';
    CHECK(text == wanted);
    CHECK(describe<R>() == describe(any));
}

} // namespace

/// The type as text and as a type.
#define CHECK_SPELLING(rule, ...) check_spelling<__VA_ARGS__>(twin(rule), #__VA_ARGS__)

TEST_CASE("the spelling of a rule of run-time sizes is a type that describes the same") {
    CHECK_SPELLING(Growing{}, nca::Rule<nca::Channels<16>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY>,
                                        nca::Mlp<128>, nca::Zero, nca::FireRate<1, 2>, nca::Alive<3, 1, 10>>);
    CHECK_SPELLING(
        Texture{},
        nca::Rule<nca::Channels<12>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY, nca::Laplacian>,
                  nca::Mlp<96>, nca::Clamp<2, 1>, nca::Torus, nca::FireRate<1, 2>>);
    CHECK_SPELLING(Micro{},
                   nca::Rule<nca::Channels<6>,
                             nca::FilterPerChannel<nca::Times<8, nca::Laplacian>, nca::Times<8, nca::Laplacian>,
                                                   nca::Times<8, nca::SobelX>, nca::Times<8, nca::SobelX>,
                                                   nca::Times<8, nca::SobelY>, nca::Times<8, nca::SobelY>>,
                             nca::Linear, nca::Torus, nca::FireRate<1, 1>>);
    CHECK_SPELLING(Digits{}, nca::Rule<nca::Channels<20>, nca::Frozen<1>, nca::LearnedPerception, nca::Mlp<80, 80>,
                                       nca::Zero, nca::FireRate<1, 2>, nca::Noise<1, 50>, nca::AliveWhere<0, 1, 10>>);
    CHECK_SPELLING(
        TanhOfFive{},
        nca::Rule<nca::Channels<5>, nca::Perception<nca::SobelY, nca::Laplacian, nca::Identity, nca::SobelX>,
                  nca::Mlp<24>, nca::Activation<nca::Tanh>, nca::Replicate, nca::FireRate<3, 4>, nca::Alive<1, 1, 20>>);
    CHECK_SPELLING(LeakyOfSeventeen{},
                   nca::Rule<nca::Channels<17>,
                             nca::Perception<nca::Identity, nca::Times<8, nca::SobelX>, nca::Times<8, nca::SobelY>>,
                             nca::Mlp<24, 40>, nca::Activation<nca::LeakyRelu<1, 10>>, nca::Clamp<3, 2>, nca::Torus,
                             nca::FireRate<1, 2>>);
}

TEST_CASE("a filter that is not the library's leaves a rule of run-time sizes without a spelling") {
    const AnyRule any = twin(Rule<Channels<5>, Perception<Identity, Ridge>, Linear>{});
    CHECK(detail::RuleSpelling::of(any, 0, {}).text.empty());
}

TEST_CASE("only multiples by powers of two share the kernel of a compiled filter") {
    const std::vector<double> sobel = {-0.125, 0, 0.125, -0.25, 0, 0.25, -0.125, 0, 0.125};
    const auto filter_of = [](const std::vector<double>& weights) {
        FilterDescription description;
        description.weights = weights;
        return FilterTable<float>{{description}, 2}.list[0];
    };
    const auto times = [&](double factor) {
        std::vector<double> weights = sobel;
        for (double& weight : weights) weight *= factor;
        return filter_of(weights);
    };
    CHECK(times(1).compiled >= 0);
    CHECK(times(8).compiled == times(1).compiled);
    CHECK(times(8).scale == 8.0F);
    CHECK(times(0.5).scale == 0.5F);
    CHECK(times(3).compiled < 0);
    CHECK(times(-1).compiled < 0);
    CHECK(times(0).compiled < 0);
    // Parts of it are other filters.
    CHECK(filter_of({0, 0, 0, -0.25, 0, 0.25, -0.125, 0, 0.125}).compiled < 0);
    CHECK(filter_of({0, 0, 0, 0, 0, 0, -0.125, 0, 0.125}).compiled < 0);
    CHECK(filter_of({-0.125, 0, 0.125, -0.25, 0, 0.25, 0, 0, 0}).compiled < 0);
}

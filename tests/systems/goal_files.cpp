// SPDX-License-Identifier: Apache-2.0
// Model files of rules with goals.
#include <nca/io/safetensors.hpp>
#include <nca/nca.hpp>
#include <nca/systems/goal_guided/model_file.hpp>

#include "common/rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

/// A rule with an encoder of one hidden layer: three goals, four numbers each.
goal_guided::GuidedModel guided() {
    RuleDescription rule;
    rule.channels = 9;
    rule.perception = PerceptionKind::depthwise;
    rule.learned_filters = 2;
    rule.hidden = {8};
    rule.output_bias = false;
    rule.set_life(LifeKind::alive, 3, 0.1);
    rule.set_inputs(InputKind::added, 4);
    goal_guided::GuidedRule trained{*ArchitectureOf<AnyRule>::from(rule), 3, 5};
    trained.initialise(Philox{7});
    return {trained.rule(), trained.encoder()};
}

Result<std::vector<std::byte>> bytes_of(const goal_guided::GuidedModel& model,
                                        const std::vector<NamedTensor>& tensors) {
    return model_bytes(model.rule, {}, tensors);
}

std::string refusal(const std::vector<NamedTensor>& tensors) {
    const auto bytes = bytes_of(guided(), tensors);
    REQUIRE(bytes.ok());
    const auto read = parse_model<AnyRule>(*bytes, "model");
    return read ? "" : read.error().message;
}

} // namespace

TEST_CASE("a file of a rule with goals holds the encoder, and the code of every goal") {
    const goal_guided::GuidedModel model = guided();
    const auto bytes = bytes_of(model, goal_guided::detail::tensors_of(model.encoder));
    REQUIRE(bytes.ok());
    const auto file = parse_safetensors(*bytes, "model");
    REQUIRE(file.ok());
    const auto read = goal_guided::model_from(*file);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    CHECK(std::ranges::equal(read->rule.parameters(), model.rule.parameters()));
    const auto plain = model_from<AnyRule>(*file);
    REQUIRE(plain.ok());
    REQUIRE(plain->goals.count() == 3);
    for (int goal = 0; goal < 3; ++goal) {
        CHECK(std::ranges::equal(*plain->goals.at(goal), *model.encoder.code(goal)));
        CHECK(std::ranges::equal(*read->encoder.code(goal), *model.encoder.code(goal)));
    }
}

TEST_CASE("a goal that a model does not have is an error") {
    const Goals goals{2, {1.0F, 2.0F, 3.0F, 4.0F}};
    CHECK((*goals.at(1))[0] == 3.0F);
    CHECK(goals.at(2).error().message == "there is no goal 2: the goals of the model are 0 to 1");
    CHECK(Goals{}.at(0).error().message == "there is no goal 0: the model has no goals");
    CHECK_FALSE(goals.at(-1).ok());
}

TEST_CASE("goals of another width than the inputs of the rule are refused") {
    CHECK(refusal({{"goals", {2, 4}, std::vector<float>(8)}}).empty());
    CHECK(refusal({{"goals", {2, 3}, std::vector<float>(6)}}) ==
          "'model': tensor 'goals': expected the shape [goals, 4], as the rule has 4 inputs, found [2, 3]");
}

TEST_CASE("an encoder that gives other goals than its file is refused") {
    goal_guided::GuidedModel model = guided();
    auto tensors = goal_guided::detail::tensors_of(model.encoder);
    tensors[0] = {"goals", {2, 4}, std::vector<float>(8)};
    const auto bytes = bytes_of(model, tensors);
    REQUIRE(bytes.ok());
    const auto read = goal_guided::model_from(*parse_safetensors(*bytes, "model"));
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().message == "'model': the encoder has 3 goals of 4 numbers, but the file's goals are 2 of 4");
}

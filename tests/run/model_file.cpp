// SPDX-License-Identifier: Apache-2.0
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/data.hpp>
#include <common/rules.hpp>
#include <filesystem>
#include <io/temporary.hpp>
#include <limits>
#include <string>

namespace {

using namespace nca;
using R = growing::Rule<>;

bool same_parameters(const R& a, const R& b) {
    return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin());
}

} // namespace

TEST_CASE("a saved model loads bit for bit, with its notes") {
    const tests::TemporaryFolder folder;
    const R rule = tests::random_rule<R>(1);
    REQUIRE(save_model(rule, folder.file("m.safetensors"), {{"training.target", "lizard"}}).ok());
    const auto model = load_model<R>(folder.file("m.safetensors"));
    REQUIRE(model.ok());
    CHECK(same_parameters(rule, model->rule));
    const auto note = std::find(model->metadata.begin(), model->metadata.end(),
                                std::pair<std::string, std::string>{"training.target", "lizard"});
    CHECK(note != model->metadata.end());
}

TEST_CASE("rules of other shapes, learned perception included, survive the file") {
    using Learned = Rule<Channels<20>, LearnedPerception, Mlp<80, 40>>;
    const tests::TemporaryFolder folder;
    const Learned rule = tests::random_rule<Learned>(2);
    REQUIRE(save_model(rule, folder.file("m.safetensors")).ok());
    const auto model = load_model<Learned>(folder.file("m.safetensors"));
    REQUIRE(model.ok());
    CHECK(std::equal(rule.parameters().begin(), rule.parameters().end(), model->rule.parameters().begin()));
}

TEST_CASE("a model of another architecture is refused in words") {
    const tests::TemporaryFolder folder;
    REQUIRE(save_model(growing::Rule<16, 64>{}, folder.file("m.safetensors")).ok());
    const auto model = load_model<R>(folder.file("m.safetensors"));
    REQUIRE(!model.ok());
    NCA_CHECK_MESSAGE_HAS(model.error().message, "nca.hidden");
    NCA_CHECK_MESSAGE_HAS(model.error().message, "m.safetensors");
}

TEST_CASE("weights that are not finite are refused") {
    const tests::TemporaryFolder folder;
    R rule = tests::random_rule<R>(1);
    rule.weight(1, 3, 4) = std::numeric_limits<float>::quiet_NaN();
    REQUIRE(save_model(rule, folder.file("m.safetensors")).ok());
    const auto model = load_model<R>(folder.file("m.safetensors"));
    REQUIRE(!model.ok());
    NCA_CHECK_MESSAGE_HAS(model.error().message, "hidden_to_update.weight");
}

TEST_CASE("a model whose weights were changed fails its self-test") {
    const tests::TemporaryFolder folder;
    const R rule = tests::random_rule<R>(1);
    REQUIRE(save_model(rule, folder.file("m.safetensors")).ok());
    auto bytes = read_file(folder.file("m.safetensors"));
    REQUIRE(bytes.ok());
    const auto file = parse_safetensors(*bytes);
    REQUIRE(file.ok());
    const auto bias = file->find("hidden_to_update.bias")->bytes;
    const float changed = 3.0F;
    std::memcpy(bytes->data() + (bias.data() - bytes->data()), &changed, sizeof changed);
    REQUIRE(write_file_atomically(folder.file("m.safetensors"), *bytes).ok());
    const auto model = load_model<R>(folder.file("m.safetensors"));
    REQUIRE(!model.ok());
    NCA_CHECK_MESSAGE_HAS(model.error().message, "self-test");
}

TEST_CASE("a file that anyone wrote loads if it has the tensors") {
    const tests::TemporaryFolder folder;
    const std::vector<float> w1(128 * 48, 0.5F);
    const std::vector<float> b1(128, 0.25F);
    const std::vector<float> w2(16 * 128, -1.0F);
    const std::vector<float> b2(16, 2.0F);
    SafetensorsWriter writer;
    writer.add("perceive_to_hidden.weight", {128, 48}, std::span<const float>(w1))
        .add("perceive_to_hidden.bias", {128}, std::span<const float>(b1))
        .add("hidden_to_update.weight", {16, 128}, std::span<const float>(w2))
        .add("hidden_to_update.bias", {16}, std::span<const float>(b2));
    REQUIRE(write_safetensors(folder.file("m.safetensors"), writer).ok());
    const auto model = load_model<R>(folder.file("m.safetensors"));
    REQUIRE(model.ok());
    CHECK(model->rule.weight(1, 127, 15) == -1.0F);
    CHECK(model->rule.bias(1, 15) == 2.0F);
}

TEST_CASE("a published Distill model equals its decoded safetensors file") {
    const auto json = tests::data_file("growing/published_json");
    const auto decoded = tests::data_file("growing/published");
    if (!json || !decoded) return;
    for (const auto& entry : std::filesystem::directory_iterator{*json}) {
        const auto a = load_model<R>(entry.path().string());
        const auto b = load_model<R>((*decoded / entry.path().stem()).string() + ".safetensors");
        REQUIRE(a.ok());
        REQUIRE(b.ok());
        CHECK(same_parameters(a->rule, b->rule));
    }
}

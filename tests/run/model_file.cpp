// SPDX-License-Identifier: Apache-2.0
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/published.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/data.hpp>
#include <common/rules.hpp>
#include <filesystem>
#include <io/temporary.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace nca;
using R = growing::Rule<>;

bool same_parameters(const R& a, const R& b) {
    return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin());
}

/// Filters of one's own: two that are named, and one that is not.
struct Ridge {
    static constexpr std::string_view name = "ridge";
    [[nodiscard]] static constexpr double weight(int /*rank*/, int neighbour) noexcept { return neighbour - 4; }
};
struct Valley {
    static constexpr std::string_view name = "valley";
    [[nodiscard]] static constexpr double weight(int /*rank*/, int neighbour) noexcept { return 4 - neighbour; }
};
struct Nameless {
    [[nodiscard]] static constexpr double weight(int /*rank*/, int neighbour) noexcept { return neighbour; }
};
template <class... Filters>
using Own = Rule<Channels<4>, Perception<Identity, Filters...>, Mlp<8>>;

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

TEST_CASE("filters of one's own are saved under their names and load again") {
    using Hilly = Own<Times<2, Ridge>, Valley>;
    const tests::TemporaryFolder folder;
    const Hilly rule = tests::random_rule<Hilly>(3);
    REQUIRE(save_model(rule, folder.file("m.safetensors")).ok());
    const auto model = load_model<Hilly>(folder.file("m.safetensors"));
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    CHECK(std::equal(rule.parameters().begin(), rule.parameters().end(), model->rule.parameters().begin()));
    const auto file = read_safetensors(folder.file("m.safetensors"));
    REQUIRE(file.ok());
    CHECK(*file->find_metadata("nca.perception") == "identity,2*ridge,valley");
}

TEST_CASE("two filters of one's own are told apart") {
    const tests::TemporaryFolder folder;
    // Zero weights: no self-test could tell them apart.
    REQUIRE(save_model(Own<Ridge, Valley>{}, folder.file("m.safetensors")).ok());
    const auto swapped = load_model<Own<Valley, Ridge>>(folder.file("m.safetensors"));
    REQUIRE_FALSE(swapped.ok());
    NCA_CHECK_MESSAGE_HAS(swapped.error().message,
                          "expected nca.perception to be 'identity,valley,ridge', found 'identity,ridge,valley'");
}

TEST_CASE("a rule with a filter without a name is not saved") {
    const tests::TemporaryFolder folder;
    const auto saved = save_model(Own<Nameless>{}, folder.file("m.safetensors"));
    REQUIRE_FALSE(saved.ok());
    NCA_CHECK_MESSAGE_HAS(saved.error().message, "that has no name cannot be saved");
    CHECK_FALSE(std::filesystem::exists(folder.file("m.safetensors")));
}

TEST_CASE("a rule without clamping refuses a model that was trained with it, and the other way round") {
    using Clamped = Rule<Channels<4>, Mlp<8>, Clamp<2>>;
    using Free = Rule<Channels<4>, Mlp<8>>;
    const tests::TemporaryFolder folder;
    // Zero weights: no self-test could tell them apart.
    REQUIRE(save_model(Clamped{}, folder.file("clamped.safetensors")).ok());
    REQUIRE(save_model(Free{}, folder.file("free.safetensors")).ok());
    const auto free = load_model<Free>(folder.file("clamped.safetensors"));
    REQUIRE_FALSE(free.ok());
    NCA_CHECK_MESSAGE_HAS(free.error().message, "expected nca.clamp to be 'none', found '2'");
    const auto clamped = load_model<Clamped>(folder.file("free.safetensors"));
    REQUIRE_FALSE(clamped.ok());
    NCA_CHECK_MESSAGE_HAS(clamped.error().message, "expected nca.clamp to be '2', found 'none'");
}

TEST_CASE("the visitor reaches every parameter once and no padding") {
    using Odd = Rule<Channels<5>, Frozen<2>, Mlp<7, 3>>;
    Odd rule;
    int count = 0;
    visit_parameters(rule, [&](float& parameter, int layer, int input, int output) {
        const LayerLayout& layout = Odd::layers[static_cast<std::size_t>(layer)];
        CHECK(&parameter == (input == layout.inputs ? &rule.bias(layer, output) : &rule.weight(layer, input, output)));
        parameter += 1.0F;
        ++count;
    });
    CHECK(count == Odd::parameter_count);
    const auto values = rule.parameters();
    CHECK(std::count(values.begin(), values.end(), 1.0F) == Odd::parameter_count);
    int visited = 0;
    visit_parameters(std::as_const(rule), [&](const float& /*parameter*/, int, int, int) { ++visited; });
    CHECK(visited == Odd::parameter_count);
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
        const auto a = growing::load_model(entry.path().string());
        const auto b = load_model<R>((*decoded / entry.path().stem()).string() + ".safetensors");
        REQUIRE(a.ok());
        REQUIRE(b.ok());
        CHECK(same_parameters(a->rule, b->rule));
    }
}

// SPDX-License-Identifier: Apache-2.0
// What the metadata of a model say is used, or contradicted in words.
#include <nca/run/export_model.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/published.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <common/rules.hpp>
#include <cstdint>
#include <io/temporary.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace nca;
using R = growing::Rule<>;

/// A saved model whose file can be changed before it is read.
class ModelBytes {
public:
    explicit ModelBytes(const R& rule) {
        const tests::TemporaryFolder folder;
        REQUIRE(save_model(rule, folder.file("m.safetensors")).ok());
        auto file = read_safetensors(folder.file("m.safetensors"));
        REQUIRE(file.ok());
        metadata = file->metadata();
        for (const StoredTensor& tensor : file->tensors()) {
            tensors.push_back({tensor.name, tensor.shape, *to_vector<float>(tensor)});
        }
    }

    struct Tensor {
        std::string name;
        std::vector<std::size_t> shape;
        std::vector<float> values;
    };
    StoredMetadata metadata{};
    std::vector<Tensor> tensors{};

    void set(const std::string& key, const std::string& value) {
        const auto found =
            std::find_if(metadata.begin(), metadata.end(), [&](const auto& entry) { return entry.first == key; });
        if (found != metadata.end()) {
            found->second = value;
        } else {
            metadata.emplace_back(key, value);
        }
    }
    Tensor& operator[](const std::string& name) {
        return *std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& tensor) { return tensor.name == name; });
    }

    /// Rounds every value to `bits` upper bits of a float, as storing it as bfloat16 (16) does.
    void round_to(unsigned bits) {
        for (Tensor& tensor : tensors) {
            for (float& value : tensor.values) {
                const auto half = std::uint32_t{1} << (31U - bits);
                value = std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + half) >> (32U - bits) << (32U - bits));
            }
        }
    }

    [[nodiscard]] Result<Model<R>> read(bool as_bfloat = false) const {
        SafetensorsWriter writer;
        std::vector<std::vector<std::uint16_t>> halves;
        for (const auto& [key, value] : metadata) writer.set_metadata(key, value);
        for (const Tensor& tensor : tensors) {
            std::vector<std::uint16_t>& half = halves.emplace_back();
            for (const float value : tensor.values) {
                half.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U));
            }
        }
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            if (as_bfloat) {
                writer.add(StoredTensor{tensors[i].name, Dtype::bf16, tensors[i].shape,
                                        std::as_bytes(std::span{halves[i]}), {}});
            } else {
                writer.add(tensors[i].name, tensors[i].shape, tensors[i].values);
            }
        }
        const tests::TemporaryFolder folder;
        REQUIRE(write_safetensors(folder.file("m.safetensors"), writer).ok());
        return load_model<R>(folder.file("m.safetensors"));
    }
    [[nodiscard]] std::string refusal() const {
        const auto model = read();
        REQUIRE_FALSE(model.ok());
        return model.error().message;
    }
};

bool same_parameters(const R& a, const R& b) {
    return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin());
}

} // namespace

TEST_CASE("the order of perception that a file states is obeyed, and an unknown one refused") {
    const R rule = tests::random_rule<R>(3);
    ModelBytes file{rule};
    auto& weight = file["perceive_to_hidden.weight"];
    const std::vector<float> ours = weight.values;
    for (std::size_t o = 0; o < 128; ++o) {
        for (std::size_t i = 0; i < 48; ++i) weight.values[o * 48 + 3 * (i % 16) + i / 16] = ours[o * 48 + i];
    }
    file.set("nca.perception_order", "channel-major: 3 * channel + filter");
    const auto model = file.read();
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    CHECK(same_parameters(model->rule, rule));
    file.set("nca.perception_order", "alphabetical");
    NCA_CHECK_MESSAGE_HAS(file.refusal(), "nca.perception_order");
}

TEST_CASE("fire rate, boundary and noise of a file are how its model is run") {
    ModelBytes file{tests::random_rule<R>(4)};
    CHECK(file.read()->options.fire_rate == 0.5);
    file.set("nca.fire_rate", "0.25");
    CHECK(file.read()->options.fire_rate == 0.25);
    file.set("training.fire_rate", "1.0"); // files of earlier versions state that of the rule, too
    file.set("nca.boundary", "torus");
    const auto model = file.read();
    REQUIRE(model.ok());
    CHECK(model->options.fire_rate == 1.0);
    CHECK(model->options.boundary == Boundary::torus);
    for (const auto& [key, value] : {std::pair{"training.fire_rate", "1.5"}, {"training.fire_rate", "often"},
                                     {"nca.boundary", "cliff"}, {"nca.noise", "0.1"}}) {
        ModelBytes other = file;
        other.set(key, value);
        NCA_CHECK_MESSAGE_HAS(other.refusal(), key);
    }
}

TEST_CASE("an exported header has the fire rate, the boundary and the noise of the training in its type") {
    const R rule = tests::random_rule<R>(5);
    StepOptions<R> step;
    CHECK(to_header(rule, {.name = "m"}, step)->find("FireRate<1, 2>") != std::string::npos);
    for (const auto& [rate, text] : {std::pair{1.0, "FireRate<1, 1>"}, {0.75, "FireRate<3, 4>"}, {0.0, "FireRate<0, 1>"},
                                     {1.0 / 3.0, "FireRate<1, 3>"}, {0.123, "FireRate<123, 1000>"}}) {
        step.fire_rate = rate;
        CHECK(to_header(rule, {.name = "m"}, step)->find(text) != std::string::npos);
    }
    step.boundary = Boundary::reflect;
    const auto header = to_header(rule, {.name = "m"}, step);
    CHECK(header->find("nca::Reflect") != std::string::npos);
    CHECK(header->find("nca::Zero") == std::string::npos);
}

TEST_CASE("numbers in metadata are compared as numbers") {
    ModelBytes file{tests::random_rule<R>(6)};
    for (const char* const text : {"0.1", "0.10", "1e-1", "0.10000000149011612"}) {
        file.set("nca.life_threshold", text);
        CHECK(file.read().ok());
    }
    file.set("nca.life_threshold", "0.11");
    NCA_CHECK_MESSAGE_HAS(file.refusal(), "nca.life_threshold");
}

TEST_CASE("an unknown key of our own format is told, a foreign one ignored") {
    ModelBytes file{tests::random_rule<R>(7)};
    file.set("format", "pt");
    file.set("training.mood", "sunny");
    CHECK(file.read().ok());
    file.set("nca.gravity", "9.81");
    NCA_CHECK_MESSAGE_HAS(file.refusal(), "nca.gravity");
}

TEST_CASE("dense layers stored as convolutions of 1 x 1 are read") {
    const R rule = tests::random_rule<R>(8);
    ModelBytes file{rule};
    file["perceive_to_hidden.weight"].shape = {128, 48, 1, 1};
    file["hidden_to_update.weight"].shape = {16, 128, 1, 1};
    const auto model = file.read();
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    CHECK(same_parameters(model->rule, rule));
    file["hidden_to_update.weight"].shape = {16, 128, 1};
    NCA_CHECK_MESSAGE_HAS(file.refusal(), "hidden_to_update.weight");
}

TEST_CASE("the self-test is as exact as the weights are stored, and still finds other weights") {
    const R rule = tests::random_rule<R>(9);
    ModelBytes file{rule};
    file.round_to(16);
    CHECK(file.read(true).ok());
    for (float& value : file["hidden_to_update.weight"].values) value = -value;
    const auto model = file.read(true);
    REQUIRE_FALSE(model.ok());
    NCA_CHECK_MESSAGE_HAS(model.error().message, "self-test");
}

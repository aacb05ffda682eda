// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/safetensors.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/identify.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <cstdint>
#include <io/temporary.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace growing = nca::growing;
using nca::DenseLayer;
using nca::DenseLayers;

const char* const published[] = {"ex1_butterfly", "ex1_explosion", "ex1_grinning", "ex1_lizard",
                                 "ex2_butterfly", "ex2_explosion", "ex2_grinning", "ex2_lizard",
                                 "ex3_butterfly", "ex3_explosion", "ex3_grinning", "ex3_lizard"};

DenseLayers read(const std::string& path) {
    auto layers =
        nca::read_file(path).and_then([](const auto& bytes) { return nca::parse_quantized_json(nca::as_text(bytes)); });
    REQUIRE_MESSAGE(layers.ok(), layers.error().message);
    return std::move(*layers);
}

// A layer of n inputs and m outputs with distinct values.
DenseLayer layer_of(std::size_t in, std::size_t out) {
    DenseLayer layer{in, out, std::vector<float>(in * out), std::vector<float>(out), {}};
    for (std::size_t i = 0; i < layer.weight.size(); ++i) layer.weight[i] = 0.01F * static_cast<float>(i) - 0.1F;
    for (std::size_t o = 0; o < out; ++o) layer.bias[o] = 0.5F - 0.3F * static_cast<float>(o);
    return layer;
}

// One layer of 1 input and 2 outputs: 4 bytes. Replaces `from` by `to` in its text.
std::string text_with(std::string_view from, std::string_view to) {
    std::string text = R"([{"data_b64": "AP+AQA==", "in_ch": 1, "out_ch": 2, "weight_scale": 2.0, )"
                       R"("bias_scale": 1.0, "type": "uint8"}])";
    const std::size_t found = text.find(from);
    REQUIRE(found != std::string::npos);
    return text.replace(found, from.size(), to);
}

template <class T>
std::string refusal(const nca::Result<T>& result) {
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find('\n') == std::string::npos);
    return result.error().message;
}

} // namespace

TEST_CASE("a layer is decoded by value = (byte / 255 - 0.5) * scale") {
    const auto layers = nca::parse_quantized_json(text_with("uint8", "uint8"));
    REQUIRE_MESSAGE(layers.ok(), layers.error().message);
    REQUIRE(layers->size() == 1);
    const DenseLayer& layer = layers->front();
    CHECK(layer.in == 1);
    CHECK(layer.out == 2);
    CHECK(layer.quantized == std::vector<std::uint8_t>{0, 255, 128, 64});
    CHECK(layer.weight == std::vector<float>{-1.0F, 1.0F});
    CHECK(layer.bias[0] == doctest::Approx(1.0 / 510));
    CHECK(layer.bias[1] == doctest::Approx(64.0 / 255 - 0.5));
}

TEST_CASE("the published lizard starts and ends with the bytes that its specification lists") {
    const auto path = nca::tests::data_file("growing/published_json/ex3_lizard.json");
    if (!path) return;
    const DenseLayers layers = read(path->string());
    REQUIRE(layers.size() == 2);
    const DenseLayer& hidden = layers[0];
    const DenseLayer& update = layers[1];
    using Bytes = std::vector<std::uint8_t>;
    CHECK(hidden.in == 48);
    CHECK(hidden.out == 128);
    CHECK(update.in == 128);
    CHECK(update.out == 16);
    CHECK(Bytes(hidden.quantized.begin(), hidden.quantized.begin() + 8) == Bytes{150, 123, 167, 47, 76, 173, 77, 99});
    CHECK(Bytes(hidden.quantized.end() - 4, hidden.quantized.end()) == Bytes{86, 137, 146, 157});
    CHECK(Bytes(update.quantized.begin(), update.quantized.begin() + 8) ==
          Bytes{128, 160, 136, 131, 153, 112, 100, 119});
    CHECK(Bytes(update.quantized.end() - 4, update.quantized.end()) == Bytes{49, 32, 103, 145});
    CHECK(hidden.weight_scale == 1.1909914016723633);
    CHECK(hidden.bias_scale == 0.37608829140663147);
    CHECK(update.weight_scale == 1.082298755645752);
    CHECK(update.bias_scale == 0.163871631026268);
    const float w1[] = {0.10508747F, -0.2265219F, 0.0723936F, 0.06772304F};
    for (std::size_t i = 0; i < 4; ++i) CHECK(std::fabs(hidden.weight[i * 128] - w1[i]) < 1e-8F);
    const float b1[] = {0.01991056F, -0.06563109F, -0.05825681F};
    for (std::size_t o = 0; o < 3; ++o) CHECK(std::fabs(hidden.bias[o] - b1[o]) < 1e-8F);
    const float w2[] = {0.00212215F, -0.00212215F, -0.08700833F};
    for (std::size_t i = 0; i < 3; ++i) CHECK(std::fabs(update.weight[i * 16] - w2[i]) < 1e-8F);
    const float b2[] = {-0.00417712F, 0.00096395F, 0.02859721F, 0.00867556F};
    for (std::size_t o = 0; o < 4; ++o) CHECK(std::fabs(update.bias[o] - b2[o]) < 1e-8F);
}

TEST_CASE("the decoded weights of every published model equal its float file bit for bit") {
    for (const std::string name : published) {
        INFO("model: " << name);
        const auto json = nca::tests::data_file("growing/published_json/" + name + ".json");
        const auto floats = nca::tests::data_file("growing/published/" + name + ".safetensors");
        if (!json || !floats) return;
        const DenseLayers layers = read(json->string());
        const auto file = nca::read_safetensors(floats->string());
        REQUIRE_MESSAGE(file.ok(), file.error().message);
        REQUIRE(layers.size() == 2);
        const char* const names[] = {"perceive_to_hidden", "hidden_to_update"};
        for (std::size_t l = 0; l < 2; ++l) {
            const DenseLayer& layer = layers[l];
            const auto weight = file->to_finite_floats(std::string{names[l]} + ".weight", {layer.out, layer.in});
            const auto bias = file->to_finite_floats(std::string{names[l]} + ".bias", {layer.out});
            REQUIRE_MESSAGE(weight.ok(), weight.error().message);
            REQUIRE_MESSAGE(bias.ok(), bias.error().message);
            CHECK(layer.bias == *bias);
            std::size_t different = 0;
            for (std::size_t i = 0; i < layer.in; ++i) {
                for (std::size_t o = 0; o < layer.out; ++o) {
                    if (layer.weight[i * layer.out + o] != (*weight)[o * layer.in + i]) ++different;
                }
            }
            CHECK(different == 0);
        }
    }
}

TEST_CASE("a published model that was read is written back byte for byte") {
    for (const std::string name : published) {
        const auto path = nca::tests::data_file("growing/published_json/" + name + ".json");
        if (!path) return;
        const auto bytes = nca::read_file(path->string());
        REQUIRE(bytes.ok());
        const auto layers = nca::parse_quantized_json(nca::as_text(*bytes));
        REQUIRE(layers.ok());
        const auto text = nca::to_quantized_json(*layers);
        REQUIRE(text.ok());
        CHECK(*text == nca::as_text(*bytes));
    }
}

TEST_CASE("quantizing the decoded weights gives the published bytes and scales again") {
    for (const std::string name : published) {
        const auto path = nca::tests::data_file("growing/published_json/" + name + ".json");
        if (!path) return;
        for (const DenseLayer& layer : read(path->string())) {
            DenseLayer again{layer.in, layer.out, layer.weight, layer.bias, {}};
            CHECK(nca::quantize(again).ok());
            CHECK(again.quantized == layer.quantized);
            CHECK(again.weight_scale == layer.weight_scale);
            CHECK(again.bias_scale == layer.bias_scale);
        }
    }
}

TEST_CASE("quantizing rounds halves to even and covers the range of the bytes") {
    // With scale 2: (w / 2 + 0.5) * 255 is 0, 127.5, 255; the half goes to the even 128.
    DenseLayer layer{1, 3, {-1.0F, 0.0F, 1.0F}, {0.0F, 0.0F, 0.0F}, {}};
    REQUIRE(nca::quantize(layer).ok());
    CHECK(layer.quantized == std::vector<std::uint8_t>{0, 128, 255, 128, 128, 128});
    CHECK(layer.weight_scale == 2.0);
    CHECK(layer.bias_scale == 0.0);
    const auto back = nca::parse_quantized_json(*nca::to_quantized_json({layer}));
    REQUIRE(back.ok());
    CHECK(back->front().bias == std::vector<float>{0.0F, 0.0F, 0.0F}); // a scale of 0 keeps a zero bias exactly zero
}

TEST_CASE("a quantized layer differs from its floats by at most half a step") {
    DenseLayer layer = layer_of(5, 8);
    REQUIRE(nca::quantize(layer).ok());
    const auto back = nca::parse_quantized_json(*nca::to_quantized_json({layer}));
    REQUIRE(back.ok());
    for (std::size_t i = 0; i < layer.weight.size(); ++i) {
        const double error = static_cast<double>(back->front().weight[i]) - static_cast<double>(layer.weight[i]);
        CHECK(std::fabs(error) <= layer.weight_scale / 510 * 1.0001);
    }
}

TEST_CASE("float32 layers of any number and size are written and read back exactly") {
    const DenseLayers layers{layer_of(3, 5), layer_of(5, 7), layer_of(7, 1)};
    const auto text = nca::to_quantized_json(layers);
    REQUIRE_MESSAGE(text.ok(), text.error().message);
    const auto back = nca::parse_quantized_json(*text);
    REQUIRE_MESSAGE(back.ok(), back.error().message);
    REQUIRE(back->size() == 3);
    for (std::size_t l = 0; l < 3; ++l) {
        CHECK((*back)[l].weight == layers[l].weight);
        CHECK((*back)[l].bias == layers[l].bias);
        CHECK((*back)[l].quantized.empty());
    }
    CHECK(*nca::to_quantized_json(*back) == *text);
}

TEST_CASE("every malformed model is refused with the layer and the key") {
    struct Case {
        std::string_view from;
        std::string_view to;
        std::string_view message;
    };
    const Case cases[] = {
        {"[{", "{", "line 1, column"},
        {"[{", "[1, {", "layer 1: expected an object, found an integer"},
        {"\"in_ch\": 1, ", "", "layer 1: key 'in_ch' is missing"},
        {"\"in_ch\": 1", "\"in_ch\": 0", "key 'in_ch': expected an integer from 1 to 16384, found 0"},
        {"\"in_ch\": 1", "\"in_ch\": -1", "found -1"},
        {"\"in_ch\": 1", "\"in_ch\": 1.0", "found 1.0"},
        {"\"in_ch\": 1", "\"in_ch\": \"1\"", "found a string"},
        {"\"in_ch\": 1", "\"in_ch\": 4294967296", "found 4294967296"},
        {"\"in_ch\": 1", "\"in_ch\": 2", "expected 6 bytes for (2 + 1) x 2 values of uint8, found 4"},
        {"\"out_ch\": 2", "\"out_ch\": 16385", "key 'out_ch': expected an integer from 1 to 16384"},
        {"\"out_ch\": 2", "\"out_ch\": 1", "expected 2 bytes"},
        {"\"weight_scale\": 2.0", "\"weight_scale\": null", "key 'weight_scale': expected a number from 0"},
        {"\"weight_scale\": 2.0", "\"weight_scale\": -2.0", "found -2.0"},
        {"\"weight_scale\": 2.0", "\"weight_scale\": 1e39", "found 1e+39"},
        {"\"weight_scale\": 2.0", "\"weight_scale\": NaN", "expected a value, found 'N'"},
        {", \"bias_scale\": 1.0", "", "key 'bias_scale' is missing"},
        {"\"uint8\"", "\"int8\"", "key 'type': expected 'uint8' or 'float32', found 'int8'"},
        {"\"uint8\"", "8", "key 'type': expected a string, found an integer"},
        {"\"uint8\"", "\"float32\"", "expected 16 bytes for (1 + 1) x 2 values of float32, found 4"},
        {"\"AP+AQA==\"", "[1]", "key 'data_b64': expected a string, found an array"},
        {"AP+AQA==", "AP+AQA=", "key 'data_b64': base64 text of 7 characters"},
        {"AP+AQA==", "AP-AQA==", "key 'data_b64': base64 text has '-' at character 3"},
        {"\"type\"", "\"center\": 127.0, \"type\"", "layer 1: unknown key 'center'"},
        {"}]", "}, {}]", "layer 2: key 'in_ch' is missing"},
    };
    for (const Case& c : cases) {
        const std::string text = text_with(c.from, c.to);
        INFO("text: " << text);
        NCA_CHECK_MESSAGE_HAS(refusal(nca::parse_quantized_json(text)), c.message);
    }
    NCA_CHECK_MESSAGE_HAS(refusal(nca::parse_quantized_json("[]")), "at least one layer");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::parse_quantized_json("{}")), "expected an array of layers, found an object");
}

TEST_CASE("a model that is cut anywhere is refused") {
    const std::string text = text_with("uint8", "uint8");
    for (std::size_t length = 0; length < text.size(); ++length)
        refusal(nca::parse_quantized_json(text.substr(0, length)));
}

TEST_CASE("layers that do not fit each other are refused on both ways") {
    const std::string text = *nca::to_quantized_json({layer_of(3, 5)});
    const std::string other = *nca::to_quantized_json({layer_of(4, 2)});
    const std::string both = text.substr(0, text.size() - 1) + ", " + other.substr(1);
    const std::string_view reason = "layer 2: it takes 4 inputs, but the layer before gives 5 outputs";
    NCA_CHECK_MESSAGE_HAS(refusal(nca::parse_quantized_json(both)), reason);
    NCA_CHECK_MESSAGE_HAS(refusal(nca::to_quantized_json({layer_of(3, 5), layer_of(4, 2)})), reason);
}

TEST_CASE("what could not be read back is not written") {
    NCA_CHECK_MESSAGE_HAS(refusal(nca::to_quantized_json({})), "at least one layer");
    DenseLayer size = layer_of(3, 5);
    size.bias.pop_back();
    NCA_CHECK_MESSAGE_HAS(refusal(nca::to_quantized_json({size})), "expected 15 weights and 5 biases, found 15 and 4");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::quantize(size)), "expected 15 weights");
    DenseLayer nan = layer_of(3, 5);
    nan.weight[7] = std::numeric_limits<float>::quiet_NaN();
    NCA_CHECK_MESSAGE_HAS(refusal(nca::quantize(nan)), "tensor 'weight' holds a value that is not finite (at index 7)");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::to_quantized_json({nan})), "not finite");
    DenseLayer bytes = layer_of(3, 5);
    bytes.quantized.resize(19);
    NCA_CHECK_MESSAGE_HAS(refusal(nca::to_quantized_json({bytes})), "the bytes do not fit");
}

TEST_CASE("weights of float32 that are not finite are refused when read") {
    // 1 input, 1 output: weight 1.0, bias NaN.
    const std::string_view text =
        R"([{"data_b64":"AACAPwAAwH8=","in_ch":1,"out_ch":1,"weight_scale":1.0,"bias_scale":1.0,"type":"float32"}])";
    NCA_CHECK_MESSAGE_HAS(refusal(nca::parse_quantized_json(text)),
                          "layer 1: tensor 'bias' holds a value that is not finite");
    std::string scaled{text};
    scaled.replace(scaled.find("1.0"), 3, "2.0");
    NCA_CHECK_MESSAGE_HAS(refusal(nca::parse_quantized_json(scaled)), "scales of 1");
}

TEST_CASE("errors of a model file name the file") {
    const nca::tests::TemporaryFolder folder;
    NCA_CHECK_MESSAGE_HAS(refusal(growing::load_model(folder.file("none.json"))), "none.json': no such file");
    REQUIRE(nca::write_file_atomically(folder.file("bad.json"), nca::as_bytes("[]")).ok());
    NCA_CHECK_MESSAGE_HAS(refusal(growing::load_model(folder.file("bad.json"))),
                          "bad.json': expected at least one layer");
}

TEST_CASE("JSON is told from safetensors by its first bytes") {
    CHECK(nca::looks_like_json(nca::as_bytes("[{\"a\":1}]")));
    CHECK(nca::looks_like_json(nca::as_bytes(" \n{}")));
    CHECK_FALSE(nca::looks_like_json({}));
    CHECK_FALSE(nca::looks_like_json(nca::as_bytes("   ")));
    CHECK_FALSE(nca::looks_like_json(nca::as_bytes("\x89PNG")));
    // A header of 91 or 123 bytes makes the first byte of a safetensors file '[' or '{'.
    for (const std::size_t length : {std::size_t{91}, std::size_t{123}, std::size_t{32}}) {
        std::string bytes(8, '\0');
        bytes[0] = static_cast<char>(length);
        bytes += "{}";
        CHECK_FALSE(nca::looks_like_json(nca::as_bytes(bytes)));
    }
}

// SPDX-License-Identifier: Apache-2.0
// Published collections of textures, with a decoder that takes the bytes of a "picture" as they are.
#include <nca/io/base64.hpp>
#include <nca/systems/texture/collection.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace nca;
using namespace nca::texture;

/// The first two bytes are the width and the height of the picture, then follow its pixels.
Result<RgbaPixels> decode(std::span<const std::byte> bytes) {
    if (bytes.size() < 2) return Error{"too short"};
    RgbaPixels pixels{std::to_integer<int>(bytes[0]), std::to_integer<int>(bytes[1])};
    for (const std::byte byte : bytes.subspan(2)) pixels.bytes.push_back(std::to_integer<std::uint8_t>(byte));
    return pixels;
}

std::string picture(int width, int height, std::size_t start) {
    std::vector<std::byte> bytes{static_cast<std::byte>(width), static_cast<std::byte>(height)};
    const auto count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4;
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(i + start));
    return "data:image/PNG;base64," + encode_base64(bytes);
}

/// Three models of 2 -> 5 -> 3 numbers in tiles of two columns.
Json collection() {
    return Json::object({{"model_names", Json::array({"a", "b/c", "d"})},
                         {"layers", Json::array({Json::object({{"scale", 2.0},
                                                               {"data", picture(4, 6, 0)},
                                                               {"shape", Json::array({3, 5})},
                                                               {"quant_scale_zero", Json::array({2.0, 0.0})},
                                                               {"layout", Json::array({2, 2})}}),
                                                 Json::object({{"scale", 0.5},
                                                               {"data", picture(3, 6, 7)},
                                                               {"shape", Json::array({6, 3})},
                                                               {"quant_scale_zero", Json::array({4.0, 0.498})},
                                                               {"layout", Json::array({3, 1})}})})}});
}

Json with_layer(std::size_t index, const std::string& key, Json value) {
    Json json = collection();
    Json::Array layers = *json.find("layers")->as_array();
    layers[index].set(key, std::move(value));
    return json.set("layers", Json{std::move(layers)});
}

std::string error_of(const Json& json) {
    const auto result = parse_collection(json.dump(), decode);
    REQUIRE(!result.ok());
    return result.error().message;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a collection gives each model the pixels of its own tile") {
    const auto found = parse_collection(collection().dump(), decode);
    REQUIRE(found.ok());
    REQUIRE(found->names.size() == 3);
    CHECK(found->find("b/c") == std::size_t{1});
    CHECK(!found->find("x"));
    const DenseLayers layers = found->model(2);
    REQUIRE(layers.size() == 2);
    CHECK(layers[0].in == 2);
    CHECK(layers[0].out == 5);
    REQUIRE(layers[0].weight.size() == 10);
    REQUIRE(layers[0].bias.size() == 5);
    // Model 2 stands in the second row of tiles, at the left: row 3 of a picture of 4 pixels.
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t o = 0; o < 5; ++o) {
            const double byte = static_cast<double>(((row + 3) * 16 + o) % 256);
            const float value = static_cast<float>((byte - 127.0) / 255.0 * 2.0);
            CHECK((row < 2 ? layers[0].weight[row * 5 + o] : layers[0].bias[o]) == value);
        }
    }
    CHECK(layers[1].weight[0] == static_cast<float>((7.0 + 8.0 - 127.0) / 255.0 * 0.5));
}

TEST_CASE("a damaged collection is refused in words that name layer and key") {
    CHECK(contains(error_of(Json::array()), "model_names"));
    CHECK(contains(error_of(Json{collection()}.set("model_names", Json::array())), "model_names"));
    CHECK(contains(error_of(Json{collection()}.set("model_names", Json::array({"a", 1}))), "name 2"));
    CHECK(contains(error_of(Json{collection()}.set("model_names", Json::array({"a", "a"}))), "twice"));
    CHECK(contains(error_of(Json{collection()}.set("layers", 3)), "layers"));
    CHECK(contains(error_of(Json{collection()}.set("layers", Json::array({1}))), "layer 1"));
    CHECK(contains(error_of(with_layer(1, "scale", "x")), "layer 2: key 'scale'"));
    CHECK(contains(error_of(with_layer(0, "shape", Json::array({3}))), "layer 1: key 'shape'"));
    CHECK(contains(error_of(with_layer(0, "shape", Json::array({1, 5}))), "layer 1: key 'shape'"));
    CHECK(contains(error_of(with_layer(0, "shape", Json::array({3, 100'000'000'000}))), "layer 1: key 'shape'"));
    CHECK(contains(error_of(with_layer(1, "layout", Json::array({1, 2}))), "layer 2: key 'layout'"));
    CHECK(contains(error_of(with_layer(1, "layout", Json::array({3, 2}))), "layer 2: key 'data'"));
    CHECK(contains(error_of(with_layer(1, "quant_scale_zero", Json{})), "quant_scale_zero"));
    CHECK(contains(error_of(with_layer(0, "data", "data:image/jpeg;base64,AAAA")), "layer 1: key 'data'"));
    CHECK(contains(error_of(with_layer(0, "data", "data:image/png;base64,A=AA")), "base64"));
    CHECK(contains(error_of(with_layer(0, "data", "data:image/png;base64,")), "too short"));
    CHECK(contains(error_of(with_layer(0, "shape", Json::array({3, 8}))), "layer 2: it takes 5 inputs"));
    CHECK(!parse_collection("{", decode).ok());
}

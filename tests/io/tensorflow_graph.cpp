// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/tensorflow_graph.hpp>

#include "temporary.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using nca::GraphTensors;

/// The node of a constant; `data` is the JSON of its values.
std::string constant(std::string_view name, std::string_view dtype, std::string_view dim, std::string_view data) {
    std::string text = R"({"name": ")";
    text.append(name).append(R"(", "op": "Const", "attr": {"value": {"tensor": {"dtype": ")").append(dtype);
    text.append(R"(", "tensorShape": {)").append(dim).append("}, ").append(data).append("}}}}");
    return text;
}

std::string graph(const std::string& nodes) {
    return R"({"format": "graph-model", "modelTopology": {"node": [)" + nodes + R"(]}, "weightsManifest": []})";
}

// 1.0 and -2.0.
const std::string_view two_floats = R"("tensorContent": "AACAPwAAAMA=")";
const std::string_view dim_two = R"("dim": [{"size": "2"}])";
const std::string two = constant("a/b", "DT_FLOAT", dim_two, two_floats);

std::string refusal(const std::string& text) {
    const nca::Result<GraphTensors> tensors = nca::parse_tensorflow_graph(text);
    REQUIRE_FALSE(tensors.ok());
    CHECK(tensors.error().message.find('\n') == std::string::npos);
    return tensors.error().message;
}

} // namespace

TEST_CASE("the non-scalar float constants are returned in file order") {
    const auto tensors = nca::parse_tensorflow_graph(
        graph(R"({"name": "x", "op": "Placeholder"}, )" + two + ", " +
              constant("i", "DT_INT32", dim_two, R"("tensorContent": "AAAAAAEAAAA=")") + ", " +
              constant("threshold", "DT_FLOAT", "", R"("floatVal": [0.1])") + ", " +
              constant("filled", "DT_FLOAT", R"("dim": [{"size": "2"}, {"size": "3"}])", R"("floatVal": [0.5])") +
              ", " + constant("listed", "DT_FLOAT", dim_two, R"("floatVal": [1, 2.5])")));
    REQUIRE_MESSAGE(tensors.ok(), tensors.error().message);
    REQUIRE(tensors->size() == 3);
    CHECK((*tensors)[0].name == "a/b");
    CHECK((*tensors)[0].shape == std::vector<std::size_t>{2});
    CHECK((*tensors)[0].values == std::vector<float>{1.0F, -2.0F});
    CHECK((*tensors)[1].shape == std::vector<std::size_t>{2, 3});
    CHECK((*tensors)[1].values == std::vector<float>(6, 0.5F));
    CHECK((*tensors)[2].values == std::vector<float>{1.0F, 2.5F});
}

TEST_CASE("a graph without constants is valid") {
    const auto tensors = nca::parse_tensorflow_graph(graph(""));
    REQUIRE(tensors.ok());
    CHECK(tensors->empty());
}

TEST_CASE("a graph is recognised by its format key") {
    CHECK(nca::is_tensorflow_graph(*nca::parse_json(R"({"format": "graph-model"})")));
    for (const char* text : {"[]", "{}", R"({"format": "layers-model"})", R"({"format": 1})", R"("graph-model")"}) {
        CHECK_FALSE(nca::is_tensorflow_graph(*nca::parse_json(text)));
        NCA_CHECK_MESSAGE_HAS(refusal(text), "expected a TensorFlow.js graph");
    }
}

TEST_CASE("an incomplete graph is refused with the name of the key") {
    NCA_CHECK_MESSAGE_HAS(refusal("{"), "line 1, column");
    NCA_CHECK_MESSAGE_HAS(refusal(R"({"format": "graph-model"})"), "key 'modelTopology' is missing");
    NCA_CHECK_MESSAGE_HAS(refusal(R"({"format": "graph-model", "modelTopology": []})"),
                          "key 'modelTopology': expected an object, found an array");
    NCA_CHECK_MESSAGE_HAS(refusal(R"({"format": "graph-model", "modelTopology": {}})"), "key 'node' is missing");
    NCA_CHECK_MESSAGE_HAS(refusal(R"({"format": "graph-model", "modelTopology": {"node": {}}})"),
                          "key 'node': expected an array, found an object");
    NCA_CHECK_MESSAGE_HAS(
        refusal(R"({"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": [{}]})"),
        "are in other files");
}

TEST_CASE("a malformed node is refused with its number, its name and the key") {
    struct Case {
        std::string_view from;
        std::string_view to;
        std::string_view message;
    };
    const Case cases[] = {
        {R"("op": "Const", )", "", "node 1 ('a/b'): key 'op' is missing"},
        {R"("op": "Const")", R"("op": 1)", "key 'op': expected a string, found an integer"},
        {R"("name": "a/b", )", "", "node 1: key 'name' is missing"},
        {R"("attr")", R"("attributes")", "key 'attr' is missing"},
        {R"("value": {)", R"("value": 1, "other": {)", "key 'value': expected an object, found an integer"},
        {R"("tensor":)", R"("tensors":)", "key 'tensor' is missing"},
        {R"("dtype": "DT_FLOAT", )", "", "key 'dtype' is missing"},
        {R"([{"size": "2"}])", "1", "key 'dim': expected an array, found an integer"},
        {R"({"size": "2"})", "2", "key 'size' is missing"},
        {R"("size": "2")", R"("size": 2)", "key 'size': expected a string, found an integer"},
        {R"("size": "2")", R"("size": "-1")", "key 'size': expected a whole number above zero"},
        {R"("size": "2")", R"("size": "0")", "found '0'"},
        {R"("size": "2")", R"("size": "2x")", "found '2x'"},
        {R"("size": "2")", R"("size": "")", "found ''"},
        {R"("size": "2")", R"("size": "4294967296")", "found '4294967296'"},
        {R"({"size": "2"})", R"({"size": "65536"}, {"size": "65537"})", "found '65537'"},
        {R"({"size": "2"})", R"({"size": "18446744073709551617"})", "found '18446744073709551617'"},
        {R"("size": "2")", R"("size": "3")", "key 'tensorContent': expected 3 values of 4 bytes, found 8 bytes"},
        {"AACAPwAAAMA=", "AACAPwAAAMAA", "expected 2 values of 4 bytes, found 9 bytes"},
        {"AACAPwAAAMA=", "AACAPwAAAM!=", "key 'tensorContent': base64 text has '!'"},
        {R"("AACAPwAAAMA=")", "[]", "key 'tensorContent': expected a string, found an array"},
        {"AACAPwAAAMA=", "AACAPwAAwH8=", "not finite (at index 1)"},
        {"\"tensorContent\"", "\"content\"", "expected either the key 'tensorContent' or the key 'floatVal'"},
        {"\"tensorContent\"", "\"floatVal\": [1], \"tensorContent\"", "expected either the key"},
        {R"("tensorContent": "AACAPwAAAMA=")", R"("floatVal": 1)", "expected an array, found an integer"},
        {R"("tensorContent": "AACAPwAAAMA=")", R"("floatVal": [])", "expected 2 values, or one for all, found 0"},
        {R"("tensorContent": "AACAPwAAAMA=")", R"("floatVal": [1, 2, 3])", "found 3"},
        {R"("tensorContent": "AACAPwAAAMA=")", R"("floatVal": [1, "2"])", "expected numbers, found a string"},
        {R"("tensorContent": "AACAPwAAAMA=")", R"("floatVal": [1, 1e39])", "not finite (at index 1)"},
    };
    for (const Case& c : cases) {
        std::string node = two;
        const std::size_t at = node.find(c.from);
        REQUIRE(at != std::string::npos);
        node.replace(at, c.from.size(), c.to);
        INFO("node: " << node);
        NCA_CHECK_MESSAGE_HAS(refusal(graph(node)), c.message);
    }
    NCA_CHECK_MESSAGE_HAS(refusal(graph(two + ", 7")), "node 2: key 'op' is missing");
}

TEST_CASE("a single number cannot fill more than a few million values") {
    const std::string million = constant("m", "DT_FLOAT", R"("dim": [{"size": "3000000"}])", R"("floatVal": [1])");
    CHECK(nca::parse_tensorflow_graph(graph(million)).ok());
    NCA_CHECK_MESSAGE_HAS(refusal(graph(million + ", " + million)), "node 2 ('m'): key 'floatVal': too many values");
}

TEST_CASE("a graph truncated at any position is refused") {
    const std::string text = graph(two);
    for (std::size_t length = 0; length < text.size(); ++length) refusal(text.substr(0, length));
}

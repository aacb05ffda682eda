// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_TENSORFLOW_GRAPH_HPP
#define NCA_IO_TENSORFLOW_GRAPH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/byte_order.hpp>
#include <nca/io/base64.hpp>
#include <nca/io/file.hpp>
#include <nca/io/json.hpp>
#include <nca/io/stored_tensor.hpp>

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// The models of "Self-classifying MNIST Digits" and "Adversarial Reprogramming of NCA" (Distill): TensorFlow.js graphs.
//   {"format": "graph-model", "modelTopology": {"node": [{"name": "...", "op": "Const", "attr": {"value": {"tensor":
//     {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "80"}]}, "tensorContent": "..."}}}}]}, ...}

namespace nca::inline NCA_ABI {

/// A constant of a graph, row-major.
struct GraphTensor {
    std::string name;
    std::vector<std::size_t> shape;
    std::vector<float> values;
};

/// The floating-point constants of a graph, scalars excepted, in the order of the file.
using GraphTensors = std::vector<GraphTensor>;

/// True if a JSON value has the `format` of a TensorFlow.js graph model.
[[nodiscard]] inline bool is_tensorflow_graph(const Json& json) noexcept {
    const Json* const format = json.find("format");
    return format != nullptr && format->as_string() != nullptr && *format->as_string() == "graph-model";
}

namespace detail::io {

/// The most values that are filled with one number of the file, so that a small file cannot exhaust memory.
inline constexpr std::size_t max_filled_values = std::size_t{1} << 22U;

/// The extents in `tensorShape`; none for a scalar. Their product is below 2^32.
inline Result<std::vector<std::size_t>> read_graph_shape(const Json& tensor) {
    const Json* const json = tensor.find("tensorShape");
    std::vector<std::size_t> shape;
    if (json == nullptr || json->find("dim") == nullptr) return shape;
    const auto dimensions = require_member(*json, "dim", "an array", &Json::as_array);
    if (!dimensions) return dimensions.error();
    std::size_t elements = 1;
    for (const Json& dimension : **dimensions) {
        const auto text = require_string(dimension, "size");
        if (!text) return text.error();
        const std::string_view digits = *text;
        std::size_t extent = 0;
        const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), extent);
        if (code != std::errc{} || end != digits.data() + digits.size() || extent == 0 ||
            extent > 0xFFFFFFFFU / elements) {
            return Error{"key 'size': expected a whole number above zero that fits the data, found " + quote(digits)};
        }
        elements *= extent;
        shape.push_back(extent);
    }
    return shape;
}

/// The values of a `tensor`: raw bytes in base64, numbers, or one number for all of them.
inline Result<std::vector<float>> read_graph_values(const Json& tensor, std::size_t count, std::size_t& filled) {
    const bool raw = tensor.find("tensorContent") != nullptr;
    if (raw == (tensor.find("floatVal") != nullptr)) {
        return Error{"expected either the key 'tensorContent' or the key 'floatVal'"};
    }
    if (raw) {
        const auto text = require_string(tensor, "tensorContent");
        if (!text) return text.error();
        const auto bytes = decode_base64(*text);
        if (!bytes) return Error{"key 'tensorContent': " + bytes.error().message};
        if (bytes->size() / sizeof(float) != count || bytes->size() % sizeof(float) != 0) {
            return Error{"key 'tensorContent': expected " + std::to_string(count) + " values of 4 bytes, found " +
                         std::to_string(bytes->size()) + " bytes"};
        }
        std::vector<float> values(count);
        detail::copy_little_endian(bytes->data(), std::span{values});
        return values;
    }
    const auto numbers = require_member(tensor, "floatVal", "an array", &Json::as_array);
    if (!numbers) return numbers.error();
    const Json::Array* const list = *numbers;
    if (list->size() != count && list->size() != 1) {
        return Error{"key 'floatVal': expected " + std::to_string(count) + " values, or one for all, found " +
                     std::to_string(list->size())};
    }
    if (list->size() != count) {
        filled += count;
        if (filled > max_filled_values) return Error{"key 'floatVal': too many values would be filled with one number"};
    }
    std::vector<float> values;
    for (const Json& number : *list) {
        const std::optional<double> value = number.as_number();
        if (!value) return Error{"key 'floatVal': expected numbers, found " + std::string{number.kind()}};
        values.push_back(static_cast<float>(*value));
    }
    values.resize(count, values.front());
    return values;
}

/// The constant of a node; nothing if it is no constant, not of floats, or a scalar.
inline Result<std::optional<GraphTensor>> read_graph_node(const Json& node, std::size_t& filled) {
    const auto op = require_string(node, "op");
    if (!op) return op.error();
    if (*op != "Const") return std::optional<GraphTensor>{};
    const auto name = require_string(node, "name");
    if (!name) return name.error();
    const Json* at = &node;
    for (const char* const key : {"attr", "value", "tensor"}) {
        const auto member = require_member(*at, key, "an object", &Json::as_object);
        if (!member) return member.error();
        at = at->find(key);
    }
    const auto dtype = require_string(*at, "dtype");
    if (!dtype) return dtype.error();
    if (*dtype != "DT_FLOAT") return std::optional<GraphTensor>{};
    auto shape = read_graph_shape(*at);
    if (!shape) return shape.error();
    if (shape->empty()) return std::optional<GraphTensor>{};
    std::size_t count = 1;
    for (const std::size_t extent : *shape) count *= extent;
    auto values = read_graph_values(*at, count, filled);
    if (!values) return values.error();
    if (const auto finite = check_finite(*name, *values); !finite) return finite.error();
    return std::optional{GraphTensor{std::string{*name}, std::move(*shape), std::move(*values)}};
}

} // namespace detail::io

/// The constants of a TensorFlow.js graph model. Errors: "node 4 ('conv2d'): key 'op' is missing", counted from 1.
[[nodiscard]] inline Result<GraphTensors> parse_tensorflow_graph(std::string_view text) {
    const Result<Json> json = parse_json(text);
    if (!json) return json.error();
    if (!is_tensorflow_graph(*json)) {
        return Error{"expected a TensorFlow.js graph (an object with the format 'graph-model'), found " +
                     std::string{json->kind()}};
    }
    const Json* const manifest = json->find("weightsManifest");
    if (manifest != nullptr && (manifest->as_array() == nullptr || !manifest->as_array()->empty())) {
        return Error{"the weights of the graph are in other files ('weightsManifest'): expected them in its constants"};
    }
    const auto topology = require_member(*json, "modelTopology", "an object", &Json::as_object);
    if (!topology) return topology.error();
    const auto nodes = require_member(*json->find("modelTopology"), "node", "an array", &Json::as_array);
    if (!nodes) return nodes.error();
    GraphTensors tensors;
    std::size_t filled = 0;
    std::size_t number = 0;
    for (const Json& node : **nodes) {
        ++number;
        auto tensor = detail::io::read_graph_node(node, filled);
        if (!tensor) {
            const Json* const name = node.find("name");
            const bool named = name != nullptr && name->as_string() != nullptr;
            return Error{"node " + std::to_string(number) + (named ? " (" + quote(*name->as_string()) + "): " : ": ") +
                         tensor.error().message};
        }
        if (*tensor) tensors.push_back(std::move(**tensor));
    }
    return tensors;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_TENSORFLOW_GRAPH_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_PUBLISHED_JSON_HPP
#define NCA_RUN_PUBLISHED_JSON_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/byte_order.hpp>
#include <nca/core/text.hpp>
#include <nca/io/base64.hpp>
#include <nca/io/json.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run/dense_layer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Models as the articles published them, in JSON: dense layers (Growing NCA), and graphs (Self-classifying MNIST
// Digits, Adversarial Reprogramming).
//
// The model files of the demo of "Growing Neural Cellular Automata" (Distill 2020, webgl_models8): a JSON array of
// dense layers
//   {"data_b64": "...", "in_ch": 48, "out_ch": 128, "weight_scale": 1.19, "bias_scale": 0.37, "type": "uint8"}
// data_b64 holds a matrix of in_ch + 1 rows and out_ch columns, output index fastest; its last row is the bias.

namespace nca::inline NCA_ABI {

namespace json_detail {

inline Result<std::size_t> read_channels(const Json& layer, std::string_view key) {
    return require_number(layer, key, "an integer from 1 to " + std::to_string(max_layer_size), [](const Json& value) {
        const auto channels = value.as_integer<std::size_t>();
        return channels && *channels >= 1 && *channels <= max_layer_size ? channels : std::nullopt;
    });
}

inline Result<DenseLayer> read_layer(const Json& json) {
    if (json.as_object() == nullptr) return Error{"expected an object, found " + std::string{json.kind()}};
    for (const auto& [key, value] : *json.as_object()) {
        // Later demos add keys (center, layout, quant_scale_zero) that change the meaning of the data.
        constexpr std::string_view known[] = {"data_b64", "in_ch", "out_ch", "weight_scale", "bias_scale", "type"};
        if (std::find(std::begin(known), std::end(known), key) == std::end(known)) {
            return Error{"unknown key " + quote(key)};
        }
    }
    const auto in = read_channels(json, "in_ch");
    if (!in) return in.error();
    const auto out = read_channels(json, "out_ch");
    if (!out) return out.error();
    const auto weight_scale = require_scale(json, "weight_scale");
    if (!weight_scale) return weight_scale.error();
    const auto bias_scale = require_scale(json, "bias_scale");
    if (!bias_scale) return bias_scale.error();
    const auto type = require_string(json, "type");
    if (!type) return type.error();
    if (*type != "uint8" && *type != "float32") {
        return Error{"key 'type': expected 'uint8' or 'float32', found " + quote(*type)};
    }
    const auto base64 = require_string(json, "data_b64");
    if (!base64) return base64.error();
    const auto data = decode_base64(*base64);
    if (!data) return Error{"key 'data_b64': " + data.error().message};

    const bool quantized = *type == "uint8";
    const std::size_t weights = *in * *out;
    const std::size_t expected = (weights + *out) * (quantized ? 1 : sizeof(float));
    if (data->size() != expected) {
        return Error{"key 'data_b64': expected " + std::to_string(expected) + " bytes for (" + std::to_string(*in) +
                     " + 1) x " + std::to_string(*out) + " values of " + std::string{*type} + ", found " +
                     std::to_string(data->size())};
    }

    DenseLayer layer{*in, *out, std::vector<float>(weights), std::vector<float>(*out), {}, *weight_scale, *bias_scale};
    if (quantized) {
        layer.quantized.resize(data->size());
        std::memcpy(layer.quantized.data(), data->data(), data->size());
        for (std::size_t i = 0; i < weights; ++i) layer.weight[i] = dequantize(layer.quantized[i], *weight_scale);
        for (std::size_t o = 0; o < *out; ++o) layer.bias[o] = dequantize(layer.quantized[weights + o], *bias_scale);
        return layer;
    }
    if (*weight_scale != 1.0 || *bias_scale != 1.0) return Error{"expected scales of 1 with the type 'float32'"};
    detail::copy_little_endian(data->data(), std::span{layer.weight});
    detail::copy_little_endian(data->data() + weights * sizeof(float), std::span{layer.bias});
    if (Result<void> valid = check_layer(layer); !valid) return valid.error();
    return layer;
}

} // namespace json_detail

/// Reads the text of a model file of the demo; types "uint8" and "float32", any number of layers of any size.
/// Errors: name the layer, counted from 1, and the key: "layer 2: key 'in_ch': expected ...".
[[nodiscard]] inline Result<DenseLayers> parse_quantized_json(std::string_view text) {
    const auto json = parse_json(text);
    if (!json) return json.error();
    const Json::Array* array = json->as_array();
    if (array == nullptr) return Error{"expected an array of layers, found " + std::string{json->kind()}};
    if (array->empty()) return Error{"expected at least one layer, found an empty array"};
    DenseLayers layers;
    for (const Json& element : *array) {
        const std::string who = "layer " + std::to_string(layers.size() + 1) + ": ";
        Result<DenseLayer> layer = json_detail::read_layer(element);
        if (!layer) return Error{who + layer.error().message};
        if (!layers.empty()) {
            if (const auto chain = check_chain(layers.back().out, layer->in); !chain) {
                return Error{who + chain.error().message};
            }
        }
        layers.push_back(std::move(*layer));
    }
    return layers;
}

/// The text of a model file as it was published, byte for byte; the inverse of parse_quantized_json(). A layer without
/// bytes is written as "float32", which the demo cannot load: call quantize() first. Errors: layers that
/// parse_quantized_json() would refuse.
[[nodiscard]] inline Result<std::string> to_quantized_json(const DenseLayers& layers) {
    if (layers.empty()) return Error{"expected at least one layer, found none"};
    Json array = Json::array();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const DenseLayer& layer = layers[i];
        Result<void> valid = check_layer(layer);
        if (valid && i > 0) valid = check_chain(layers[i - 1].out, layer.in);
        if (valid && !layer.quantized.empty() && layer.quantized.size() != layer.weight.size() + layer.bias.size()) {
            valid = Error{"the bytes do not fit in and out"};
        }
        if (!valid) return Error{"layer " + std::to_string(i + 1) + ": " + valid.error().message};

        const bool quantized = !layer.quantized.empty();
        std::vector<float> raw = layer.weight;
        raw.insert(raw.end(), layer.bias.begin(), layer.bias.end());
        detail::convert_byte_order(std::as_writable_bytes(std::span{raw}), sizeof(float));
        const auto bytes = quantized ? std::as_bytes(std::span{layer.quantized}) : std::as_bytes(std::span{raw});
        array.push_back(Json::object({
            {"data_b64", encode_base64(bytes)},
            {"in_ch", layer.in},
            {"out_ch", layer.out},
            {"weight_scale", quantized ? layer.weight_scale : 1.0},
            {"bias_scale", quantized ? layer.bias_scale : 1.0},
            {"type", quantized ? "uint8" : "float32"},
        }));
    }
    return array.dump(JsonStyle::spaced);
}

/// A rule as the text of a model file, 8 bits per weight, without its perception, fire rate and alive mask. A rule that
/// was read from such a file gives the same bytes. Errors: a weight that is not finite.
template <class R>
[[nodiscard]] Result<std::string> to_quantized_json(const R& rule) {
    DenseLayers layers = dense_layers(rule);
    if (const auto done = quantize(layers); !done) return done.error();
    return to_quantized_json(layers);
}

/// The layers in the constants of a published graph, whatever their names: in turn a kernel [1, 1, inputs, outputs] or
/// [3, 3, channels, outputs] and a bias [outputs]. Constants of 3 x 3, from which a graph makes its filters, are
/// skipped. A graph interleaves what fixed filters perceive (filters * channel + filter); ours, of so many channels, is
/// filter-major. Errors: the first constant that is something else.
[[nodiscard]] inline Result<DenseLayers> layers_of(const GraphTensors& tensors, std::size_t channels) {
    std::vector<const GraphTensor*> constants;
    for (const GraphTensor& tensor : tensors) {
        if (tensor.shape != std::vector<std::size_t>{3, 3}) constants.push_back(&tensor);
    }
    if (constants.empty() || constants.size() % 2 != 0) {
        return Error{"expected a kernel and a bias for every layer, found " + std::to_string(constants.size()) +
                     " constants"};
    }
    DenseLayers layers;
    for (std::size_t t = 0; t < constants.size(); t += 2) {
        const GraphTensor& kernel = *constants[t];
        const GraphTensor& bias = *constants[t + 1];
        const auto wrong = [](const GraphTensor& tensor, const std::string& wanted) {
            return Error{"constant " + quote(tensor.name, 80) + ": expected " + wanted + ", found " +
                         shape_text(tensor.shape)};
        };
        const std::size_t side = kernel.shape.size() == 4 ? kernel.shape[0] : 0;
        if ((side != 1 && side != 3) || kernel.shape[1] != side) {
            return wrong(kernel,
                         "the kernel of a layer, of shape [1, 1, inputs, outputs] or [3, 3, channels, outputs]");
        }
        const std::size_t out = kernel.shape[3];
        if (bias.shape != std::vector{out}) return wrong(bias, "a bias of shape [" + std::to_string(out) + "]");
        DenseLayer layer{side * side * kernel.shape[2], out, kernel.values, bias.values};
        if (const auto valid = check_layer(layer); !valid) {
            return Error{"constant " + quote(kernel.name, 80) + ": " + valid.error().message};
        }
        if (t > 0) {
            if (const auto chain = check_chain(layers.back().out, layer.in); !chain) {
                return Error{"constant " + quote(kernel.name, 80) + ": " + chain.error().message};
            }
        } else if (side == 1 && channels > 0 && layer.in % channels == 0) {
            const std::size_t filters = layer.in / channels;
            for (std::size_t i = 0; i < layer.in; ++i) {
                const auto row = static_cast<std::ptrdiff_t>((filters * (i % channels) + i / channels) * out);
                std::copy_n(kernel.values.begin() + row, out,
                            layer.weight.begin() + static_cast<std::ptrdiff_t>(i * out));
            }
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

/// The layers in a file that an article published, for a rule of so many channels. Errors: see parse_quantized_json(),
/// parse_tensorflow_graph() and layers_of(); JSON that is neither.
[[nodiscard]] inline Result<DenseLayers> parse_published_json(std::string_view text, std::size_t channels) {
    const auto json = parse_json(text);
    if (!json) return json.error();
    if (is_tensorflow_graph(*json)) {
        return parse_tensorflow_graph(text).and_then([&](const auto& tensors) { return layers_of(tensors, channels); });
    }
    if (json->as_array() != nullptr) return parse_quantized_json(text);
    return Error{"expected a model that an article published, an array of layers or a TensorFlow.js graph, found " +
                 std::string{json->as_object() != nullptr ? "another object" : json->kind()}};
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_PUBLISHED_JSON_HPP

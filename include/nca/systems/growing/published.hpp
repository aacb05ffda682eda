// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PUBLISHED_HPP
#define NCA_SYSTEMS_GROWING_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/text.hpp>
#include <nca/io/base64.hpp>
#include <nca/io/file.hpp>
#include <nca/io/json.hpp>
#include <nca/io/pytorch_file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/ported.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/identify.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Growing models as the articles published them: 8-bit JSON (Growing NCA), and graphs (Adversarial Reprogramming).
//
// The model files of the demo of "Growing Neural Cellular Automata" (Distill 2020, webgl_models8): a JSON array of
// dense layers
//   {"data_b64": "...", "in_ch": 48, "out_ch": 128, "weight_scale": 1.19, "bias_scale": 0.37, "type": "uint8"}
// data_b64 holds a matrix of in_ch + 1 rows and out_ch columns, output index fastest; its last row is the bias.

namespace nca::inline NCA_ABI::growing {

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
    std::memcpy(layer.weight.data(), data->data(), weights * sizeof(float));
    std::memcpy(layer.bias.data(), data->data() + weights * sizeof(float), *out * sizeof(float));
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

/// The layers in the constants of a published graph, whatever their names. Constants of 3 x 3, from which a graph makes
/// its filters, are skipped. A graph interleaves perception (3 * channel + filter); ours is filter-major. Errors:
/// another number or other shapes of constants than those of the article's model.
[[nodiscard]] inline Result<DenseLayers> layers_of(const GraphTensors& tensors) {
    const std::vector<std::size_t> shapes[] = {{1, 1, 48, 128}, {128}, {1, 1, 128, 16}, {16}};
    std::vector<const GraphTensor*> constants;
    for (const GraphTensor& tensor : tensors) {
        if (tensor.shape != std::vector<std::size_t>{3, 3}) constants.push_back(&tensor);
    }
    if (constants.size() != std::size(shapes)) {
        return Error{"expected the 4 weights and biases of a growing model, found " + std::to_string(constants.size())};
    }
    for (std::size_t t = 0; t < constants.size(); ++t) {
        if (constants[t]->shape == shapes[t]) continue;
        return Error{"constant " + quote(constants[t]->name) + " of a growing model: expected shape " +
                     shape_text(shapes[t]) + ", found " + shape_text(constants[t]->shape)};
    }
    DenseLayers layers{{48, 128, std::vector<float>(48 * 128), constants[1]->values},
                       {128, 16, constants[2]->values, constants[3]->values}};
    for (std::size_t i = 0; i < 48; ++i) {
        const auto row = constants[0]->values.begin() + static_cast<std::ptrdiff_t>((3 * (i % 16) + i / 16) * 128);
        std::copy_n(row, 128, layers[0].weight.begin() + static_cast<std::ptrdiff_t>(i * 128));
    }
    return layers;
}

} // namespace nca::inline NCA_ABI::growing

namespace nca::inline NCA_ABI::growing::inline NCA_ISA {

/// The model in the bytes of a file: our safetensors, the 8-bit JSON, a graph, or a port, as a PyTorch file or in
/// safetensors. `file_name` is named in every message. Errors: a message saying what in the file is wrong.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& file_name = {},
                                           const PortOptions& options = {}) {
    const FileKind kind = identify(bytes);
    if (kind.format == FileFormat::pytorch) {
        const auto file = parse_pytorch(bytes, file_name);
        return file ? model_from_port<R>(file->tensors(), file_name, options) : file.error();
    }
    if (!kind.is_json()) {
        const auto file = parse_safetensors(bytes, file_name);
        if (!file) return file.error();
        if (is_port(*file, options)) return model_from_port<R>(*file, options);
        if (const auto agrees = check_order(*file, options); !agrees) return agrees.error();
        return model_from<R>(*file);
    }
    if (kind.format == FileFormat::graph_json && kind.system != System::growing) {
        return Error{quote_path(file_name) +
                     " is a model of another system: a TensorFlow.js graph, as of MNIST models"};
    }
    const auto read = [&]() -> Result<DenseLayers> {
        if (kind.format != FileFormat::graph_json) return parse_quantized_json(as_text(bytes));
        const auto tensors = parse_tensorflow_graph(as_text(bytes));
        return tensors ? layers_of(*tensors) : tensors.error();
    };
    const auto layers = read();
    if (!layers) return about_file(file_name, layers.error());
    auto rule = rule_from<R>(*layers, file_name);
    if (!rule) return rule.error();
    return Model<R>{std::move(*rule), {{"nca.source", "distill"}}};
}

/// Reads a model from a file; see parse_model(). Errors: those of read_file() and parse_model().
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path, const PortOptions& options = {}) {
    return read_file(path).and_then([&](const auto& bytes) { return parse_model<R>(bytes, path, options); });
}

} // namespace nca::inline NCA_ABI::growing::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_PUBLISHED_HPP

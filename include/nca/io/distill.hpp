// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DISTILL_HPP
#define NCA_IO_DISTILL_HPP

#include <nca/io/base64.hpp>
#include <nca/io/detail/quantized.hpp>
#include <nca/io/file.hpp>
#include <nca/io/json.hpp>
#include <nca/io/stored_tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The model files of "Growing Neural Cellular Automata" (Distill 2020, webgl_models8): a JSON array of dense layers
//   {"data_b64": "...", "in_ch": 48, "out_ch": 128, "weight_scale": 1.19, "bias_scale": 0.37, "type": "uint8"}
// data_b64 holds a matrix of in_ch + 1 rows and out_ch columns, output index fastest; its last row is the bias.

namespace nca {

/// One dense layer of a published model: out[o] = bias[o] + sum over i of in[i] * weight[i * out + o].
struct DistillLayer {
    std::size_t in = 0;
    std::size_t out = 0;
    std::vector<float> weight; ///< [in][out]: the transpose of PyTorch's layout
    std::vector<float> bias;   ///< [out]
    /// The stored bytes [in + 1][out] of type "uint8", with value = (byte / 255 - 0.5) * scale; empty for "float32".
    /// An export writes them, so that a model that was imported is exported as it was.
    std::vector<std::uint8_t> quantized;
    double weight_scale = 1.0; ///< of `quantized`; 1 for "float32"
    double bias_scale = 1.0;   ///< of `quantized`; 1 for "float32"
};

/// The layers of a model, in the order of evaluation; published ones are 48 -> 128 (ReLU) -> 16.
using DistillLayers = std::vector<DistillLayer>;

/// True if the bytes can only be JSON: after white space stands '[' or '{', and no zero byte is among the first eight,
/// as there always is in a safetensors file (the length of its header).
[[nodiscard]] inline bool looks_like_json(std::span<const std::byte> bytes) noexcept {
    const std::string_view text = as_text(bytes);
    if (text.substr(0, 8).find('\0') != std::string_view::npos) return false;
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
}

namespace detail::io {

// Keeps (in + 1) * out * 4 below 2^32, so that no size overflows even with 32 bits.
inline constexpr std::size_t max_distill_channels = 16384;

// Values up to half the scale must stay finite as floats.
[[nodiscard]] inline bool valid_scale(double scale) noexcept {
    return is_finite(scale) && scale >= 0.0 && scale <= static_cast<double>(std::numeric_limits<float>::max());
}

inline Result<double> read_scale(const Json& layer, std::string_view key) {
    const Json* value = layer.find(key);
    if (value == nullptr) return Error{"key " + quote(key) + " is missing"};
    const std::optional<double> scale = value->as_number();
    if (!scale || !valid_scale(*scale)) {
        return Error{"key " + quote(key) + ": expected a number from 0 to the largest float, found " +
                     (scale ? value->dump() : std::string{value->kind()})};
    }
    return *scale;
}

inline Result<std::size_t> read_channels(const Json& layer, std::string_view key) {
    const Json* value = layer.find(key);
    if (value == nullptr) return Error{"key " + quote(key) + " is missing"};
    const auto channels = value->as_integer<std::size_t>();
    if (!channels || *channels == 0 || *channels > max_distill_channels) {
        return Error{"key " + quote(key) + ": expected an integer from 1 to " + std::to_string(max_distill_channels) +
                     ", found " + (value->as_number() ? value->dump() : std::string{value->kind()})};
    }
    return *channels;
}

inline Result<std::string_view> read_text(const Json& layer, std::string_view key) {
    const Json* value = layer.find(key);
    if (value == nullptr) return Error{"key " + quote(key) + " is missing"};
    if (value->as_string() == nullptr) {
        return Error{"key " + quote(key) + ": expected a string, found " + std::string{value->kind()}};
    }
    return std::string_view{*value->as_string()};
}

inline Result<void> check_distill_chain(const DistillLayer& before, const DistillLayer& layer) {
    if (before.out == layer.in) return {};
    return Error{"it takes " + std::to_string(layer.in) + " inputs, but the layer before gives " +
                 std::to_string(before.out) + " outputs"};
}

inline Result<void> check_distill_values(const DistillLayer& layer) {
    if (layer.in == 0 || layer.out == 0 || layer.in > max_distill_channels || layer.out > max_distill_channels) {
        return Error{"expected 1 to " + std::to_string(max_distill_channels) + " inputs and outputs, found " +
                     std::to_string(layer.in) + " and " + std::to_string(layer.out)};
    }
    if (layer.weight.size() != layer.in * layer.out || layer.bias.size() != layer.out) {
        return Error{"expected " + std::to_string(layer.in * layer.out) + " weights and " + std::to_string(layer.out) +
                     " biases, found " + std::to_string(layer.weight.size()) + " and " +
                     std::to_string(layer.bias.size())};
    }
    if (Result<void> finite = check_finite("weight", layer.weight); !finite) return finite;
    if (Result<void> finite = check_finite("bias", layer.bias); !finite) return finite;
    if (!valid_scale(layer.weight_scale) || !valid_scale(layer.bias_scale)) {
        return Error{"expected scales from 0 to the largest float, found " + Json{layer.weight_scale}.dump() + " and " +
                     Json{layer.bias_scale}.dump()};
    }
    return {};
}

inline Result<DistillLayer> read_distill_layer(const Json& json) {
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
    const auto weight_scale = read_scale(json, "weight_scale");
    if (!weight_scale) return weight_scale.error();
    const auto bias_scale = read_scale(json, "bias_scale");
    if (!bias_scale) return bias_scale.error();
    const auto type = read_text(json, "type");
    if (!type) return type.error();
    if (*type != "uint8" && *type != "float32") {
        return Error{"key 'type': expected 'uint8' or 'float32', found " + quote(*type)};
    }
    const auto base64 = read_text(json, "data_b64");
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

    DistillLayer layer{*in,           *out,       std::vector<float>(weights), std::vector<float>(*out), {},
                       *weight_scale, *bias_scale};
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
    if (Result<void> valid = check_distill_values(layer); !valid) return valid.error();
    return layer;
}

/// Returns scale = 2 * max|value|; the bytes are round_half_even((value / scale + 0.5) * 255) in float, as in the
/// article's notebook. Values beyond half the largest float would need a larger scale and saturate.
inline double quantize(std::span<const float> values, std::span<std::uint8_t> bytes) noexcept {
    float largest = 0.0F;
    for (const float value : values) largest = std::max(largest, std::fabs(value));
    const float scale = std::min(2.0F * largest, std::numeric_limits<float>::max());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float ratio = scale > 0.0F ? std::clamp(values[i] / scale, -0.5F, 0.5F) : 0.0F;
        bytes[i] = static_cast<std::uint8_t>(std::nearbyint((ratio + 0.5F) * 255.0F));
    }
    return static_cast<double>(scale);
}

} // namespace detail::io

/// Reads the text of a published model file; type "uint8" and "float32", any number of layers of any size.
/// Errors: name the layer, counted from 1, and the key: "layer 2: key 'in_ch': expected ...".
[[nodiscard]] inline Result<DistillLayers> parse_distill(std::string_view text) {
    const Result<Json> json = parse_json(text);
    if (!json) return json.error();
    const Json::Array* array = json->as_array();
    if (array == nullptr) return Error{"expected an array of layers, found " + std::string{json->kind()}};
    if (array->empty()) return Error{"expected at least one layer, found an empty array"};
    DistillLayers layers;
    for (const Json& element : *array) {
        const std::string who = "layer " + std::to_string(layers.size() + 1) + ": ";
        Result<DistillLayer> layer = detail::io::read_distill_layer(element);
        if (!layer) return Error{who + layer.error().message};
        if (!layers.empty()) {
            if (Result<void> chain = detail::io::check_distill_chain(layers.back(), *layer); !chain) {
                return Error{who + chain.error().message};
            }
        }
        layers.push_back(std::move(*layer));
    }
    return layers;
}

/// Reads a published model file. Errors: those of read_file() and parse_distill(), with the name of the file.
[[nodiscard]] inline Result<DistillLayers> read_distill(const std::string& path) {
    const Result<std::vector<std::byte>> bytes = read_file(path);
    if (!bytes) return bytes.error();
    Result<DistillLayers> layers = parse_distill(as_text(*bytes));
    if (!layers) return detail::io::about_file(path, layers.error());
    return layers;
}

/// Fills the bytes and the scales of a layer from its weights, as the article's notebook does; a layer that was
/// decoded gets the same bytes again. `weight` and `bias` keep their values, from which the encoded ones differ by up
/// to scale / 510. Errors: sizes that do not agree with `in` and `out`, a value that is not finite.
[[nodiscard]] inline Result<void> quantize(DistillLayer& layer) {
    if (Result<void> valid = detail::io::check_distill_values(layer); !valid) return valid;
    layer.quantized.resize(layer.weight.size() + layer.bias.size());
    const std::span<std::uint8_t> bytes{layer.quantized};
    layer.weight_scale = detail::io::quantize(layer.weight, bytes.first(layer.weight.size()));
    layer.bias_scale = detail::io::quantize(layer.bias, bytes.last(layer.bias.size()));
    return {};
}

/// The text of a model file as the article published it, byte for byte; the inverse of parse_distill(). A layer
/// without bytes is written as "float32", which the article's web demo cannot load: call quantize() first for that.
/// Errors: layers that parse_distill() would refuse.
[[nodiscard]] inline Result<std::string> to_distill_json(const DistillLayers& layers) {
    if (layers.empty()) return Error{"expected at least one layer, found none"};
    Json array = Json::array();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const DistillLayer& layer = layers[i];
        Result<void> valid = detail::io::check_distill_values(layer);
        if (valid && i > 0) valid = detail::io::check_distill_chain(layers[i - 1], layer);
        if (valid && !layer.quantized.empty() && layer.quantized.size() != layer.weight.size() + layer.bias.size()) {
            valid = Error{"the bytes do not fit in and out"};
        }
        if (!valid) return Error{"layer " + std::to_string(i + 1) + ": " + valid.error().message};

        const bool quantized = !layer.quantized.empty();
        std::vector<float> raw;
        if (!quantized) {
            raw = layer.weight;
            raw.insert(raw.end(), layer.bias.begin(), layer.bias.end());
        }
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

} // namespace nca

#endif // NCA_IO_DISTILL_HPP

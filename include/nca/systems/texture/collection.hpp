// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_COLLECTION_HPP
#define NCA_SYSTEMS_TEXTURE_COLLECTION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/base64.hpp>
#include <nca/io/json.hpp>
#include <nca/run/dense_layer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The collections of models of "Self-Organising Textures" (Distill 2021): one JSON object for many models,
//   {"model_names": ["bubbly_0101", ...], "layers": [{"scale": 2.0, "data": "data:image/png;base64,...",
//    "shape": [49, 96], "quant_scale_zero": [2.0, 0.0], "layout": [13, 6]}, ...]}
// A layer's weights are a PNG image of `layout` tiles, one per model, row by row. A tile has a row of pixels for every
// input and one for the bias; each pixel holds four outputs in its four channels.

namespace nca::inline NCA_ABI::texture {

/// A decoded image: 4 bytes per pixel, red, green, blue, alpha, not premultiplied; rows from top to bottom.
struct RgbaPixels {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> bytes{}; ///< [height][width][4]
};

/// One layer of all models of a collection.
struct CollectionLayer {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    double scale = 0.0;            ///< weight = (byte - 127) / 255 * scale
    std::array<double, 2> range{}; ///< of the layer's 8-bit outputs: scale, and the fraction of it that is zero
    std::size_t tiles_x = 0;       ///< tiles in a row of the image
    RgbaPixels pixels{};
};

/// The models of a file.
struct Collection {
    std::vector<std::string> names{}; ///< by index, unique
    std::vector<CollectionLayer> layers{};

    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const noexcept {
        const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
        return at < names.size() ? std::optional{at} : std::nullopt;
    }

    /// The layers of one model. Precondition: index < names.size().
    [[nodiscard]] DenseLayers model(std::size_t index) const {
        DenseLayers result;
        for (const CollectionLayer& layer : layers) {
            const std::size_t columns = (layer.outputs + 3) / 4;
            DenseLayer& one = result.emplace_back(DenseLayer{layer.inputs, layer.outputs});
            const auto row_bytes = static_cast<std::size_t>(layer.pixels.width) * 4;
            for (std::size_t row = 0; row <= layer.inputs; ++row) {
                const std::uint8_t* const bytes = layer.pixels.bytes.data() +
                                                  (index / layer.tiles_x * (layer.inputs + 1) + row) * row_bytes +
                                                  index % layer.tiles_x * columns * 4;
                std::vector<float>& to = row < layer.inputs ? one.weight : one.bias;
                for (std::size_t o = 0; o < layer.outputs; ++o) {
                    to.push_back(static_cast<float>((static_cast<double>(bytes[o]) - 127.0) / 255.0 * layer.scale));
                }
            }
        }
        return result;
    }
};

namespace collection_detail {

/// The two elements of the array under a key, each converted by `read`. Errors: anything else.
template <class T, class Read>
Result<std::array<T, 2>> read_pair(const Json& layer, std::string_view key, std::string_view expected, Read&& read) {
    const Json* const value = layer.find(key);
    if (value == nullptr) return Error{"key " + quote(key) + " is missing"};
    const Json::Array* const list = value->as_array();
    std::array<T, 2> pair{};
    bool good = list != nullptr && list->size() == pair.size();
    for (std::size_t i = 0; good && i < pair.size(); ++i) {
        const std::optional<T> element = read((*list)[i]);
        good = element.has_value();
        if (good) pair[i] = *element;
    }
    if (!good) return Error{"key " + quote(key) + ": expected two " + std::string{expected}};
    return pair;
}

/// The elements under a key, at least one. Errors: anything else.
inline Result<const Json::Array*> read_list(const Json& json, std::string_view key, std::string_view kind) {
    const auto list = require_member(json, key, kind, &Json::as_array);
    if (list && (*list)->empty()) {
        return Error{"key " + quote(key) + ": expected " + std::string{kind} + ", found an array"};
    }
    return list;
}

inline Result<std::vector<std::string>> read_model_names(const Json& json) {
    const auto names = read_list(json, "model_names", "an array of names");
    if (!names) return names.error();
    std::vector<std::string> result;
    for (const Json& name : **names) {
        if (name.as_string() == nullptr || name.as_string()->empty()) {
            return Error{"key 'model_names': name " + std::to_string(result.size() + 1) +
                         ": expected a string, found " +
                         std::string{name.as_string() == nullptr ? name.kind() : "an empty one"}};
        }
        if (std::find(result.begin(), result.end(), *name.as_string()) != result.end()) {
            return Error{"key 'model_names': " + quote(*name.as_string()) + " occurs twice"};
        }
        result.push_back(*name.as_string());
    }
    return result;
}

/// The bytes of an image in a data URL.
inline Result<std::vector<std::byte>> read_data_url(const Json& layer) {
    const auto text = require_string(layer, "data");
    if (!text) return text.error();
    constexpr std::string_view start = "data:image/png;base64,";
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    if (text->size() < start.size() ||
        !std::equal(start.begin(), start.end(), text->begin(), [&](char a, char b) { return a == lower(b); })) {
        return Error{"key 'data': expected " + quote(start) + " and an image, found " + quote(text->substr(0, 24))};
    }
    auto bytes = decode_base64(text->substr(start.size()));
    if (!bytes) return Error{"key 'data': " + bytes.error().message};
    return bytes;
}

template <class Decode>
Result<CollectionLayer> read_collection_layer(const Json& json, std::size_t models, Decode& decode_png) {
    if (json.as_object() == nullptr) return Error{"expected an object, found " + std::string{json.kind()}};
    const auto extent = [](const Json& value) -> std::optional<std::size_t> {
        const auto number = value.as_integer<std::size_t>();
        return number && *number >= 1 && *number <= max_layer_size ? number : std::nullopt;
    };
    const std::string extents = "integers from 1 to " + std::to_string(max_layer_size);
    const auto shape = read_pair<std::size_t>(json, "shape", extents, extent);
    if (!shape) return shape.error();
    if ((*shape)[0] < 2) return Error{"key 'shape': expected at least one input besides the bias"};
    const auto layout = read_pair<std::size_t>(json, "layout", extents, extent);
    if (!layout) return layout.error();
    if ((*layout)[0] * (*layout)[1] < models) {
        return Error{"key 'layout': there are " + std::to_string((*layout)[0] * (*layout)[1]) + " tiles for " +
                     std::to_string(models) + " models"};
    }
    const auto scale = require_scale(json, "scale");
    if (!scale) return scale.error();
    const auto range =
        read_pair<double>(json, "quant_scale_zero", "numbers", [](const Json& value) { return value.as_number(); });
    if (!range) return range.error();
    const auto png = read_data_url(json);
    if (!png) return png.error();
    Result<RgbaPixels> pixels = decode_png(std::span<const std::byte>{*png});
    if (!pixels) return Error{"key 'data': " + pixels.error().message};
    const std::size_t width = (*layout)[0] * (((*shape)[1] + 3) / 4);
    const std::size_t height = (*layout)[1] * (*shape)[0];
    if (!std::cmp_equal(pixels->width, width) || !std::cmp_equal(pixels->height, height) ||
        pixels->bytes.size() != width * height * 4) {
        return Error{"key 'data': expected an image of " + std::to_string(width) + " x " + std::to_string(height) +
                     " pixels, found " + std::to_string(pixels->width) + " x " + std::to_string(pixels->height)};
    }
    return CollectionLayer{(*shape)[0] - 1, (*shape)[1], *scale, *range, (*layout)[0], std::move(*pixels)};
}

} // namespace collection_detail

/// Reads the text of a published collection.
///
/// `decode_png(std::span<const std::byte>)` returns Result<RgbaPixels>: the library has no image codec. All four
/// channels are data: it must neither premultiply nor convert colours. Errors: name the layer, counted from 1, and the
/// key: "layer 2: key 'layout': ...".
template <class Decode>
[[nodiscard]] Result<Collection> parse_collection(std::string_view text, Decode&& decode_png) {
    const Result<Json> json = parse_json(text);
    if (!json) return json.error();
    if (json->as_object() == nullptr) {
        return Error{"expected an object with 'model_names' and 'layers', found " + std::string{json->kind()}};
    }
    auto names = collection_detail::read_model_names(*json);
    if (!names) return names.error();
    Collection collection{std::move(*names)};
    const auto layers = collection_detail::read_list(*json, "layers", "an array of layers");
    if (!layers) return layers.error();
    for (const Json& element : **layers) {
        const std::string who = "layer " + std::to_string(collection.layers.size() + 1) + ": ";
        auto layer = collection_detail::read_collection_layer(element, collection.names.size(), decode_png);
        if (!layer) return Error{who + layer.error().message};
        if (!collection.layers.empty()) {
            if (const auto chain = check_chain(collection.layers.back().outputs, layer->inputs); !chain) {
                return Error{who + chain.error().message};
            }
        }
        collection.layers.push_back(std::move(*layer));
    }
    return collection;
}

} // namespace nca::inline NCA_ABI::texture

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_COLLECTION_HPP

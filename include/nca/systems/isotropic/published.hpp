// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_PUBLISHED_HPP
#define NCA_SYSTEMS_ISOTROPIC_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/base64.hpp>
#include <nca/io/json.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/run/dense_layer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The rule that the demo of Growing Isotropic NCA publishes, cadata.json: an object with w1 [hidden, inputs], b1
/// [hidden] and w2 [hidden, outputs], each {"shape": [...], "data64": base64 of little-endian float32}.
namespace nca::inline NCA_ABI::isotropic {

namespace detail {

[[nodiscard]] NCA_COLD inline Result<std::vector<float>> read_array(const Json& json, std::string_view key,
                                                                    std::vector<std::size_t>& shape) {
    const Json* const array = json.find(key);
    const Json* const sizes = array != nullptr ? array->find("shape") : nullptr;
    const Json* const data = array != nullptr ? array->find("data64") : nullptr;
    if (sizes == nullptr || data == nullptr || sizes->as_array() == nullptr || data->as_string() == nullptr) {
        return Error{"expected " + quote(key) + " to be an object with shape and data64"};
    }
    std::size_t count = 1;
    for (const Json& size : *sizes->as_array()) {
        const auto number = size.as_integer<std::size_t>();
        if (!number || *number < 1 || *number > max_layer_size)
            return Error{"the shape of " + quote(key) + " is no shape"};
        shape.push_back(*number);
        count *= *number;
        if (count > max_layer_size * max_layer_size) return Error{"the shape of " + quote(key) + " is no shape"};
    }
    const auto bytes = decode_base64(*data->as_string());
    if (!bytes) return Error{quote(key) + ": " + bytes.error().message};
    if (bytes->size() != 4 * count) {
        return Error{quote(key) + " has " + std::to_string(bytes->size()) + " bytes of data, but its shape takes " +
                     std::to_string(4 * count)};
    }
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        std::uint32_t bits = 0;
        for (std::size_t b = 4; b > 0; --b) bits = bits << 8U | std::to_integer<std::uint32_t>((*bytes)[4 * i + b - 1]);
        values.push_back(nca::detail::bit_cast<float>(bits));
    }
    if (const auto finite = check_finite(key, values); !finite) return finite.error();
    return values;
}

} // namespace detail

/// The two layers of the demo's file; the second has no biases in the file. Errors: what in it is wrong. Allocates.
[[nodiscard]] NCA_COLD inline Result<DenseLayers> parse_demo(std::string_view text) {
    const auto json = parse_json(text);
    if (!json) return json.error();
    std::vector<std::size_t> shapes[3];
    const auto w1 = detail::read_array(*json, "w1", shapes[0]);
    if (!w1) return w1.error();
    const auto b1 = detail::read_array(*json, "b1", shapes[1]);
    if (!b1) return b1.error();
    auto w2 = detail::read_array(*json, "w2", shapes[2]);
    if (!w2) return w2.error();
    if (shapes[0].size() != 2 || shapes[1].size() != 1 || shapes[2].size() != 2 || shapes[0][0] != shapes[1][0] ||
        shapes[0][0] != shapes[2][0]) {
        return Error{"expected w1 [hidden, inputs], b1 [hidden] and w2 [hidden, outputs], found " +
                     shape_text(shapes[0]) + ", " + shape_text(shapes[1]) + " and " + shape_text(shapes[2])};
    }
    DenseLayer first{shapes[0][1], shapes[0][0]};
    for (std::size_t i = 0; i < first.in; ++i) {
        for (std::size_t o = 0; o < first.out; ++o) first.weight.push_back((*w1)[o * first.in + i]);
    }
    first.bias = *b1;
    DenseLayer second{shapes[2][0], shapes[2][1]};
    second.weight = std::move(*w2);
    second.bias.resize(second.out);
    return DenseLayers{std::move(first), std::move(second)};
}

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_PUBLISHED_HPP

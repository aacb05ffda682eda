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
#include <nca/run/model_file.hpp>
#include <nca/systems/depthwise_tensors.hpp>
#include <nca/systems/growing/port_tensors.hpp>
#include <nca/systems/isotropic/rule.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The rule that the demo of Growing Isotropic NCA publishes: as tensors of its layers, or as cadata.json, an object
/// with w1 [hidden, inputs], b1 [hidden] and w2 [hidden, outputs], each {"shape": [...], "data64": base64 of
/// little-endian float32}.
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

namespace detail {

/// The two weights of a rule of one hidden layer, [hidden, perceived] and [channels, hidden]; nothing if there are
/// others, or none.
[[nodiscard]] NCA_COLD inline std::vector<const StoredTensor*> find_pair(std::span<const StoredTensor> tensors,
                                                                         std::size_t perceived, std::size_t channels) {
    std::vector<const StoredTensor*> matrices;
    for (const StoredTensor* const tensor : growing::port_detail::candidates(tensors)) {
        if (nca::detail::is_dense_matrix(*tensor)) matrices.push_back(tensor);
    }
    if (matrices.size() != 2) return {};
    const auto fits = [&](std::size_t first, std::size_t second) {
        return matrices[second]->shape[1] == matrices[first]->shape[0] && matrices[first]->shape[1] == perceived &&
               matrices[second]->shape[0] == channels;
    };
    if (fits(1, 0)) std::swap(matrices[0], matrices[1]);
    return fits(0, 1) ? matrices : std::vector<const StoredTensor*>{};
}
/// The same of a rule that perceives states and their Laplacians.
[[nodiscard]] NCA_COLD inline std::vector<const StoredTensor*> find_pair(std::span<const StoredTensor> tensors) {
    for (const StoredTensor& tensor : tensors) {
        if (!nca::detail::is_dense_matrix(tensor)) continue;
        auto pair = find_pair(tensors, 2 * tensor.shape[0], tensor.shape[0]);
        if (!pair.empty()) return pair;
    }
    return {};
}

} // namespace detail

/// True for the tensors of such a rule, as PyTorch stores them.
[[nodiscard]] NCA_COLD inline bool looks_like_isotropic(std::span<const StoredTensor> tensors) {
    return !detail::find_pair(tensors).empty();
}

/// The two layers in a file's tensors, by their shapes: of a variant, or of a rule of any size that perceives states
/// and their Laplacians. Errors: no such tensors, or numbers that are not finite. Allocates.
[[nodiscard]] NCA_COLD inline Result<DenseLayers> find_layers(std::span<const StoredTensor> tensors,
                                                              const std::optional<Variant>& variant = {}) {
    std::vector<const StoredTensor*> pair;
    if (variant) {
        const RuleDescription rule = description_of(*variant);
        pair = detail::find_pair(tensors, static_cast<std::size_t>(rule.perceived()),
                                 static_cast<std::size_t>(rule.channels));
        if (pair.empty()) {
            return Error{"expected two dense layers, [hidden, " + std::to_string(rule.perceived()) + "] and [" +
                         std::to_string(rule.channels) + ", hidden], of the variant " + std::string{name_of(*variant)}};
        }
    } else {
        pair = detail::find_pair(tensors);
    }
    if (pair.empty()) {
        return Error{"expected two dense layers, [hidden, 2 * channels] and [channels, hidden], of a rule that "
                     "perceives states and their Laplacians"};
    }
    DenseLayers layers;
    for (const StoredTensor* const tensor : pair) {
        auto found = nca::detail::read_dense(*tensor, tensor->shape[1], tensors);
        if (!found) return found.error();
        layers.push_back(std::move(found->layer));
    }
    return layers;
}

/// The rule of two layers, of any sizes. Errors: layers that do not perceive what the rule does. Allocates.
[[nodiscard]] NCA_COLD inline Result<AnyRule> find_rule(const DenseLayers& layers, const PublishedRule& wanted = {}) {
    if (layers.size() != 2 || (!wanted.variant && layers[1].out * 2 != layers[0].in)) {
        return Error{"expected two layers, of which the first takes twice what the second gives"};
    }
    const bool hexagonal = wanted.lattice == Lattice::hexagonal;
    RuleDescription rule = wanted.notebook || wanted.variant
                               ? description_of(wanted.variant.value_or(Variant::laplacian), wanted.lattice)
                           : hexagonal ? ArchitectureOf<DemoRule<HexagonalLattice>>{}.description()
                                       : ArchitectureOf<DemoRule<SquareLattice>>{}.description();
    rule.channels = static_cast<int>(layers[1].out);
    rule.hidden = {static_cast<int>(layers[0].out)};
    rule.output_bias =
        std::any_of(layers[1].bias.begin(), layers[1].bias.end(), [](float bias) { return bias != 0.0F; });
    const auto architecture = ArchitectureOf<AnyRule>::from(rule);
    if (!architecture) return architecture.error();
    return rule_from<AnyRule>(layers, {}, *architecture);
}

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_PUBLISHED_HPP

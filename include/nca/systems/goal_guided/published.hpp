// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_PUBLISHED_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/systems/depthwise_tensors.hpp>
#include <nca/systems/goal_guided/encoder.hpp>
#include <nca/systems/goal_guided/rule.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Models of Goal-Guided NCA as its repository publishes them: PyTorch files, or the same tensors as safetensors.
namespace nca::inline NCA_ABI::goal_guided {

/// A rule and the encoder of its goals.
struct GuidedModel {
    AnyRule rule{};
    Encoder encoder{};
};

namespace detail {

/// The tensors whose names hold "encoder", and that name behind it.
[[nodiscard]] NCA_COLD inline std::vector<std::pair<std::string, const StoredTensor*>>
encoder_tensors(std::span<const StoredTensor> tensors) {
    std::vector<std::pair<std::string, const StoredTensor*>> found;
    for (const StoredTensor& tensor : tensors) {
        const std::size_t at = tensor.name.find("encoder");
        if (at == std::string::npos || (at > 0 && tensor.name[at - 1] != '.')) continue;
        found.emplace_back(tensor.name.substr(at), &tensor);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return found;
}

[[nodiscard]] NCA_COLD inline Result<Encoder> find_encoder(std::span<const StoredTensor> tensors) {
    const auto named = encoder_tensors(tensors);
    Encoder encoder;
    for (const auto& [name, tensor] : named) {
        if (name.find("embedding") == std::string::npos) continue;
        if (tensor->shape.size() != 2 || tensor->size() == 0 || encoder.width != 0) {
            return Error{"expected one embedding of goals, [goals, width], found " + quote(tensor->name) + " " +
                         shape_text(tensor->shape)};
        }
        auto values = nca::detail::finite_values(*tensor);
        if (!values) return values.error();
        encoder.width = tensor->shape[1];
        encoder.embedding = std::move(*values);
    }
    if (encoder.width == 0) return Error{"found no embedding of goals, [goals, width]"};
    std::size_t width = encoder.width;
    for (const auto& [name, tensor] : named) {
        if (tensor->shape.size() != 2 || name.find("embedding") != std::string::npos) continue;
        auto found = nca::detail::read_dense(*tensor, width, tensors);
        if (!found) return found.error();
        width = found->layer.out;
        encoder.layers.push_back(std::move(found->layer));
    }
    return encoder;
}

} // namespace detail

/// The model in a file's tensors, by their shapes. Cells fire in every step if the embedding is the code, as in the
/// published model that moves, else in half of the steps. Errors: tensors of another model. Allocates.
[[nodiscard]] NCA_COLD inline Result<GuidedModel> find_model(std::span<const StoredTensor> tensors) {
    auto encoder = detail::find_encoder(tensors);
    if (!encoder) return encoder.error();
    const auto network = find_depthwise(tensors);
    if (!network) return network.error();
    if (network->dimensions != 2) return Error{"the model has three dimensions; goals guide models of two"};
    const double fire_rate = encoder->layers.empty() ? 1.0 : 0.5;
    auto rule = AnyRule::from(description_of(*network, encoder->codes(), fire_rate));
    if (!rule) return rule.error();
    network->copy_to(*rule);
    return GuidedModel{std::move(*rule), std::move(*encoder)};
}

} // namespace nca::inline NCA_ABI::goal_guided

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_PUBLISHED_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_PUBLISHED_HPP
#define NCA_SYSTEMS_VOXEL_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/systems/depthwise_tensors.hpp>
#include <nca/systems/voxel/rule.hpp>

#include <span>
#include <string>
#include <utility>

/// Models of Growing 3D Artefacts as its repository publishes them: PyTorch checkpoints, or the same tensors as
/// safetensors.
namespace nca::inline NCA_ABI::voxel {

/// The number of classes of a published model, which its file does not tell: it has ten hidden channels with layers of
/// 32 values, and twelve with wider ones.
[[nodiscard]] inline int published_classes(const DepthwiseTensors& tensors) noexcept {
    const int hidden = !tensors.layers.empty() && tensors.layers.front().out <= 32 ? 10 : 12;
    return tensors.channels - 1 - hidden;
}

/// The rule in a file's tensors, by their shapes. `classes`: of blocks, air included; 0: as published models have them.
/// Errors: tensors of another model; too few channels. Allocates.
[[nodiscard]] NCA_COLD inline Result<AnyRule> find_model(std::span<const StoredTensor> tensors, int classes = 0) {
    const auto network = find_depthwise(tensors);
    if (!network) return network.error();
    if (network->dimensions != 3) return Error{"the model has two dimensions; structures of blocks have three"};
    if (classes == 0) classes = published_classes(*network);
    if (classes < 2 || classes >= network->channels) {
        return Error{"a model of " + std::to_string(network->channels) + " channels cannot have " +
                     std::to_string(classes) + " classes of blocks and a channel of life"};
    }
    auto rule = AnyRule::from(description_of(*network, classes));
    if (!rule) return rule.error();
    network->copy_to(*rule);
    return std::move(*rule);
}

} // namespace nca::inline NCA_ABI::voxel

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_PUBLISHED_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_RULE_HPP
#define NCA_SYSTEMS_VOXEL_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/systems/depthwise_tensors.hpp>

/// Growing 3D Artefacts and Functional Machines with Neural Cellular Automata (Sudhakaran et al. 2021): structures of
/// blocks grow from one cell.
namespace nca::inline NCA_ABI::voxel {

/// The rule: logits of Classes block classes, air first, then a channel of life and Hidden others. Dead cells are air.
template <int Classes, int Hidden = 10, int Width = 32, class T = float>
using Rule = nca::Rule<Dimensions<3>, Channels<Classes + 1 + Hidden>, DepthwisePerception<3>, Mlp<Width, Width>,
                       NoOutputBias, Alive<Classes>, DeadState<1>, Zero, FireRate<1, 2>, Scalar<T>>;

/// The same rule of run-time sizes.
using AnyRule = DynamicRule<3>;

/// The rule of a model's tensors, for a number of classes.
[[nodiscard]] NCA_COLD inline RuleDescription description_of(const DepthwiseTensors& tensors, int classes) {
    RuleDescription rule = tensors.description();
    rule.set_life(LifeKind::alive, classes, 0.1);
    rule.dead_state = {1.0};
    return rule;
}
/// The number of classes, whose logits come before the channel of life; 0 for a rule whose cells show no blocks.
[[nodiscard]] inline int class_count(const RuleDescription& rule) noexcept {
    return rule.life == LifeKind::alive && !rule.dead_state.empty() ? rule.life_channel : 0;
}

} // namespace nca::inline NCA_ABI::voxel

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_RULE_HPP

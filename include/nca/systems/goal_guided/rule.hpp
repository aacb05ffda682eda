// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_RULE_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/systems/depthwise_tensors.hpp>

/// Goal-Guided Neural Cellular Automata (Sudhakaran, Najarro, Risi 2022): one rule grows several pictures, or moves
/// one, as a goal tells its cells.
namespace nca::inline NCA_ABI::goal_guided {

/// The rule: RGBA, a free channel, and Codes hidden channels to which the code of the goal is added.
template <int Codes = 16, class T = float>
using Rule = nca::Rule<Channels<Codes + 5>, DepthwisePerception<3>, Mlp<64, 64>, NoOutputBias, Alive<3>, ClampState<10>,
                       AddedInputs<Codes>, Zero, FireRate<1, 2>, Scalar<T>>;

/// The rule of a model's tensors, whose codes have `codes` numbers.
[[nodiscard]] NCA_COLD inline RuleDescription description_of(const DepthwiseTensors& tensors, int codes,
                                                             double fire_rate = 0.5) {
    RuleDescription rule = tensors.description();
    rule.set_life(LifeKind::alive, 3, 0.1);
    rule.clamp_state = 10.0;
    rule.fire_rate = fire_rate;
    rule.set_inputs(InputKind::added, codes);
    return rule;
}

} // namespace nca::inline NCA_ABI::goal_guided

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_RULE_HPP

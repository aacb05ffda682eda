// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_HPP
#define NCA_SYSTEMS_ISOTROPIC_HPP

#include <nca/core/push_macros.hpp>

// Growing Isotropic NCA: the rules, the published one, training with the rotation-invariant loss or structured seeds.

// IWYU pragma: begin_exports
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/isotropic/auxiliary.hpp>
#include <nca/systems/isotropic/evaluate.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>
#include <nca/systems/isotropic/presets.hpp>
#include <nca/systems/isotropic/published.hpp>
#include <nca/systems/isotropic/rollout_loss.hpp>
#include <nca/systems/isotropic/rule.hpp>
#include <nca/systems/isotropic/seeds.hpp>
#include <nca/systems/isotropic/task.hpp>
#include <nca/train/trainer.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_HPP

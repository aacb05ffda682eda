// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_HPP
#define NCA_SYSTEMS_VOXEL_HPP

#include <nca/core/push_macros.hpp>

// Growing 3D Artefacts: the rule, published models, the block loss and metrics.

// IWYU pragma: begin_exports
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/voxel/evaluate.hpp>
#include <nca/systems/voxel/loss.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/systems/voxel/presets.hpp>
#include <nca/systems/voxel/published.hpp>
#include <nca/systems/voxel/rule.hpp>
#include <nca/systems/voxel/target.hpp>
#include <nca/systems/voxel/task.hpp>
#include <nca/train/trainer.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_HPP

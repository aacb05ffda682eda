// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_HPP
#define NCA_SYSTEMS_TEXTURE_HPP

#include <nca/core/push_macros.hpp>

// Self-Organising Textures alone: training, running and saving. The losses are in nca/image.hpp. Compiles faster than
// nca/nca.hpp, which adds, of this system, the files that others publish.

// IWYU pragma: begin_exports
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/texture/cell_fields.hpp>
#include <nca/systems/texture/graft.hpp>
#include <nca/systems/texture/health.hpp>
#include <nca/systems/texture/image_loss.hpp>
#include <nca/systems/texture/metrics.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/rule.hpp>
#include <nca/systems/texture/selection.hpp>
#include <nca/systems/texture/task.hpp>
#include <nca/train/trainer.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_HPP
#define NCA_SYSTEMS_GROWING_HPP

#include <nca/core/push_macros.hpp>

// Growing NCA alone: training, running and saving. Compiles faster than nca/nca.hpp, which adds, of this system, the
// files that others publish.

// IWYU pragma: begin_exports
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/cuts.hpp>
#include <nca/systems/growing/health.hpp>
#include <nca/systems/growing/metrics.hpp>
#include <nca/systems/growing/placement.hpp>
#include <nca/systems/growing/presets.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/train/trainer.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_HPP

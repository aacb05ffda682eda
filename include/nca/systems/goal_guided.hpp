// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_HPP

#include <nca/core/push_macros.hpp>

// Goal-Guided NCA: the rule, the encoder of its goals and published models.

// IWYU pragma: begin_exports
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/goal_guided/encoder.hpp>
#include <nca/systems/goal_guided/evaluate.hpp>
#include <nca/systems/goal_guided/guided_rule.hpp>
#include <nca/systems/goal_guided/model_file.hpp>
#include <nca/systems/goal_guided/presets.hpp>
#include <nca/systems/goal_guided/published.hpp>
#include <nca/systems/goal_guided/rule.hpp>
#include <nca/systems/goal_guided/target.hpp>
#include <nca/systems/goal_guided/task.hpp>
#include <nca/train/trainer.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_HPP

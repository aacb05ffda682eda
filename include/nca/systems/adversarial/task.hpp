// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_TASK_HPP
#define NCA_SYSTEMS_ADVERSARIAL_TASK_HPP

// Training attacks: on digits, and on creatures.

// IWYU pragma: begin_exports
#include <nca/systems/adversarial/creature_task.hpp>
#include <nca/systems/adversarial/digit_task.hpp>
// IWYU pragma: end_exports

#endif // NCA_SYSTEMS_ADVERSARIAL_TASK_HPP

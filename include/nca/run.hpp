// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_HPP
#define NCA_RUN_HPP

#include <nca/core/push_macros.hpp>

// Umbrella header for running trained automata: rules and simulations, without files, training, Eigen or threads.

// IWYU pragma: begin_exports
#include <nca/cell/rule.hpp>
#include <nca/core/grid.hpp>
#include <nca/run/community.hpp>
#include <nca/run/exported_model.hpp>
#include <nca/run/perturb.hpp>
#include <nca/run/simulation.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_HPP

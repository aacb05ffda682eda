// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_TARGET_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_TARGET_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/grid.hpp>

namespace nca::inline NCA_ABI::goal_guided {

/// A picture to grow under a goal: premultiplied RGBA on the training grid.
using Target = Grid<float, 4, Dynamic, Dynamic>;

} // namespace nca::inline NCA_ABI::goal_guided

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_TARGET_HPP

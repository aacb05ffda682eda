// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_TARGET_HPP
#define NCA_SYSTEMS_VOXEL_TARGET_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace nca::inline NCA_ABI::voxel {

/// A structure to grow: the class of every cell, [depth, height, width], 0 is air; y is up.
struct Target {
    std::array<int, 3> sizes{}; ///< depth, height, width
    int classes = 0;            ///< air included
    std::vector<std::int32_t> blocks{};
};

} // namespace nca::inline NCA_ABI::voxel

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_TARGET_HPP

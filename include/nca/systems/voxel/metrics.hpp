// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_METRICS_HPP
#define NCA_SYSTEMS_VOXEL_METRICS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

/// Growing 3D Artefacts and Functional Machines with Neural Cellular Automata (Sudhakaran et al. 2021,
/// arXiv:2103.08737): which block a cell shows, and how a structure compares with its target. The first channels of a
/// cell are the logits of the classes, of which class 0 is air and all others are solid.
namespace nca::inline NCA_ABI::voxel {

/// True for every class but air.
[[nodiscard]] constexpr bool is_solid(std::int32_t block) noexcept {
    return block != 0;
}

/// The class of the largest logit; the first of equal ones.
template <class T>
[[nodiscard]] constexpr std::int32_t block_of(std::span<const T> logits) noexcept {
    return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// Calls visit(logits, target) for the cells of a state [cells, channels] whose first `classes` channels are logits.
/// Precondition: one target per cell, and at least `classes` channels.
template <class T, class Visit>
void for_each_cell(std::span<const T> state, int classes, std::span<const std::int32_t> targets, Visit&& visit) {
    const std::size_t channels = targets.empty() ? 0 : state.size() / targets.size();
    NCA_ASSERT(channels * targets.size() == state.size(), "nca::voxel: a state [cells, channels], one target per cell");
    NCA_ASSERT(classes > 0 && (targets.empty() || static_cast<std::size_t>(classes) <= channels),
               "nca::voxel: a state has a channel for every class");
    for (std::size_t cell = 0; cell < targets.size(); ++cell) {
        visit(state.subspan(cell * channels, static_cast<std::size_t>(classes)), targets[cell]);
    }
}

/// The numbers of cells that are solid in both, and in at least one, of what is shown and the target.
struct Overlap {
    std::int64_t intersection = 0;
    std::int64_t union_size = 0;

    void add(std::int32_t block, std::int32_t target) noexcept {
        intersection += is_solid(block) && is_solid(target) ? 1 : 0;
        union_size += is_solid(block) || is_solid(target) ? 1 : 0;
    }
    /// 1 - intersection over union: 0 if the shapes agree, 1 if they share no cell; 0 if both are empty.
    [[nodiscard]] double iou_loss() const noexcept {
        const auto all = static_cast<double>(union_size);
        return (all - static_cast<double>(intersection)) / (all + 1e-8);
    }
};

/// How a structure compares with its target.
struct Metrics {
    double right = 0.0;      ///< the share of the target's solid cells that show the right class; 0 if there are none
    double iou_loss = 0.0;   ///< Overlap::iou_loss() of the solid cells
    std::int64_t blocks = 0; ///< cells that show a block
};

/// The metrics of a state [D, H, W, channels] whose target has `classes` classes, [D, H, W].
template <class T>
[[nodiscard]] Metrics metrics_of(std::span<const T> state, int classes, std::span<const std::int32_t> targets) {
    Metrics metrics;
    Overlap overlap;
    std::int64_t solid = 0;
    std::int64_t right = 0;
    for_each_cell(state, classes, targets, [&](std::span<const T> logits, std::int32_t target) {
        const std::int32_t block = block_of(logits);
        overlap.add(block, target);
        metrics.blocks += is_solid(block) ? 1 : 0;
        if (!is_solid(target)) return;
        ++solid;
        right += block == target ? 1 : 0;
    });
    metrics.iou_loss = overlap.iou_loss();
    if (solid > 0) metrics.right = static_cast<double>(right) / static_cast<double>(solid);
    return metrics;
}

} // namespace nca::inline NCA_ABI::voxel

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_METRICS_HPP

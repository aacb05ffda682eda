// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_LOSS_HPP
#define NCA_SYSTEMS_VOXEL_LOSS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/tape/losses.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/softmax.hpp>
#include <nca/tape/tape.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

/// The block loss (0.5 class + 0.5 air + iou) / 3 of a batch, as the article's code defines it. Class and air are the
/// cross-entropy in the solid cells of the targets and in those of air, each a mean over the whole batch, not over a
/// sample; iou is Overlap::iou_loss() of the batch, which has no gradient.
namespace nca::inline NCA_ABI::voxel {

/// The numbers of solid cells and of air in targets: what class and air are divided by.
struct BlockCounts {
    std::int64_t solid = 0;
    std::int64_t air = 0;

    BlockCounts& operator+=(const BlockCounts& other) noexcept {
        solid += other.solid;
        air += other.air;
        return *this;
    }
};

/// Counts the cells of targets.
[[nodiscard]] inline BlockCounts block_counts(std::span<const std::int32_t> targets) noexcept {
    BlockCounts counts;
    for (const std::int32_t target : targets) ++(is_solid(target) ? counts.solid : counts.air);
    return counts;
}

/// The block loss of a batch and its parts. A mean over no cells is 0.
struct BlockLossParts {
    double class_loss = 0.0;
    double air_loss = 0.0;
    double iou_loss = 0.0;
    double total = 0.0;
};

/// What the samples of a batch contribute to its block loss. Add up in the order of the samples.
struct BlockLossSums {
    BlockCounts cells{};
    double solid_nll = 0.0; ///< the sum of -log softmax(logits)[target] over the solid cells of the targets
    double air_nll = 0.0;   ///< the same over those of air
    Overlap overlap{};

    BlockLossSums& operator+=(const BlockLossSums& other) noexcept {
        cells += other.cells;
        solid_nll += other.solid_nll;
        air_nll += other.air_nll;
        overlap.intersection += other.overlap.intersection;
        overlap.union_size += other.overlap.union_size;
        return *this;
    }
    [[nodiscard]] BlockLossParts parts() const noexcept {
        BlockLossParts parts{mean(solid_nll, cells.solid), mean(air_nll, cells.air), overlap.iou_loss()};
        parts.total = (0.5 * parts.class_loss + 0.5 * parts.air_loss + parts.iou_loss) / 3.0;
        return parts;
    }
    /// By which a training ranks its samples: the cross-entropy as a plain mean over all cells.
    [[nodiscard]] double ranking_loss() const noexcept { return mean(solid_nll + air_nll, cells.solid + cells.air); }

private:
    [[nodiscard]] static double mean(double sum, std::int64_t count) noexcept {
        return count == 0 ? 0.0 : sum / static_cast<double>(count);
    }
};

/// The sums of a sample: a state [D, H, W, channels], whose first `classes` channels are logits, and its target
/// [D, H, W]. Sums are in double, in index order.
template <class T>
[[nodiscard]] BlockLossSums block_loss_sums(std::span<const T> state, int classes,
                                            std::span<const std::int32_t> targets) {
    BlockLossSums sums{.cells = block_counts(targets)};
    for_each_cell(state, classes, targets, [&](std::span<const T> logits, std::int32_t target) {
        NCA_ASSERT(target >= 0 && target < classes, "nca::voxel: the target has a class that the state lacks");
        const T logit = logits[static_cast<std::size_t>(target)];
        const T nll = nca::detail::LogSumExp<T>{logits}.negative_log_likelihood(logit);
        (is_solid(target) ? sums.solid_nll : sums.air_nll) += static_cast<double>(nll);
        sums.overlap.add(block_of(logits), target);
    });
    return sums;
}

/// What a sample with logits [.., classes] adds to (0.5 class + 0.5 air) / 3, a scalar on its tape: summed over the
/// samples of a batch it is the block loss but for iou, with the same gradient. `batch` counts the targets of all
/// samples, this one included. `targets`, one class index per cell, outlive the recording.
template <class T>
[[nodiscard]] BasicVar<T> block_loss(const BasicVar<T>& logits, std::span<const std::int32_t> targets,
                                     const BlockCounts& batch) {
    const auto weight_of = [](std::int64_t cells) {
        return cells == 0 ? T(0) : static_cast<T>(1.0 / (6.0 * static_cast<double>(cells)));
    };
    const T solid = weight_of(batch.solid);
    const T air = weight_of(batch.air);
    const std::span<T> weights{logits.tape().memory().template take<T>(targets.size()), targets.size()};
    for (std::size_t cell = 0; cell < targets.size(); ++cell) weights[cell] = is_solid(targets[cell]) ? solid : air;
    const T total = nca::detail::ordered_sum<T>(weights);
    return total * cross_entropy(logits, targets, weights);
}

} // namespace nca::inline NCA_ABI::voxel

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_LOSS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_TASK_HPP
#define NCA_SYSTEMS_VOXEL_TASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/hash.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/result.hpp>
#include <nca/systems/voxel/loss.hpp>
#include <nca/systems/voxel/presets.hpp>
#include <nca/systems/voxel/rule.hpp>
#include <nca/systems/voxel/target.hpp>
#include <nca/train/batch.hpp>
#include <nca/train/initial_state.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/rollout.hpp>
#include <nca/train/trainer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::voxel {

/// The rule that a target needs. Errors: a class outside of the target's, extents and blocks that disagree, no rule.
[[nodiscard]] NCA_COLD inline Result<RuleDescription> describe_rule(const Target& target,
                                                                    const Experiment& experiment) {
    std::int64_t cells = 1;
    for (const int size : target.sizes) cells *= size;
    if (cells < 1 || cells != static_cast<std::int64_t>(target.blocks.size())) {
        return Error{"the target has " + std::to_string(target.blocks.size()) + " cells, but its extents take " +
                     std::to_string(cells)};
    }
    for (const std::int32_t block : target.blocks) {
        if (block >= 0 && block < target.classes) continue;
        return Error{"the target has a block of class " + std::to_string(block) + ", but " +
                     std::to_string(target.classes) + " classes"};
    }
    DepthwiseTensors sizes;
    sizes.dimensions = 3;
    sizes.channels = target.classes + 1 + experiment.hidden_channels;
    sizes.filters = 3;
    const auto width = static_cast<std::size_t>(experiment.width);
    sizes.layers = {{0, width}, {width, width}, {width, static_cast<std::size_t>(sizes.channels)}};
    const RuleDescription rule = description_of(sizes, target.classes);
    if (const auto valid = check_rule(rule); !valid) return valid.error();
    return rule;
}

} // namespace nca::inline NCA_ABI::voxel

namespace nca::inline NCA_ABI::voxel::inline NCA_ISA {

/// Training one rule to grow a structure, as in the repository of the article.
///
/// A batch is sorted by descending loss, the plain cross-entropy of all cells; the worst sample becomes the seed, and
/// the best are damaged: the cells of a ball become air. The loss is the block loss of the last states.
class Task {
public:
    using Rule = voxel::AnyRule;
    using T = float;
    static constexpr std::string_view name = "voxel";

    /// Precondition: describe_rule(target, experiment) is the architecture's.
    Task(Target target, const Experiment& experiment, const ArchitectureOf<Rule>& architecture)
        : target_{std::move(target)}, experiment_{experiment}, architecture_{architecture} {
        const BlockCounts one = block_counts(target_.blocks);
        for (int i = 0; i < experiment_.batch; ++i) counts_ += one;
    }
    /// Errors: those of describe_rule().
    [[nodiscard]] NCA_COLD static Result<Task> create(Target target, const Experiment& experiment = growing) {
        const auto description = describe_rule(target, experiment);
        if (!description) return description.error();
        const auto architecture = ArchitectureOf<Rule>::from(*description);
        if (!architecture) return architecture.error();
        return Task{std::move(target), experiment, *architecture};
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    [[nodiscard]] const ArchitectureOf<Rule>& architecture() const noexcept { return architecture_; }
    [[nodiscard]] Extents<Dynamic, Dynamic, Dynamic> extents() const noexcept {
        return Extents<Dynamic, Dynamic, Dynamic>{target_.sizes};
    }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {
            .batch = experiment_.batch, .pool_size = experiment_.pool_size, .learning_rate = experiment_.learning_rate};
    }
    [[nodiscard]] AdamOptions adam() const noexcept { return {.beta1 = 0.5, .beta2 = 0.5, .epsilon = 1e-8}; }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(experiment_);
        const std::vector<float> blocks(target_.blocks.begin(), target_.blocks.end());
        pairs.emplace_back("target_fingerprint", fingerprint(std::span<const float>{blocks}));
        return pairs;
    }

    NCA_COLD void initialise(Rule& rule, const Philox& random) const {
        std::uint64_t index = 0;
        const auto draw = [&](float& value) {
            value = static_cast<float>(experiment_.deviation * random.normal(index++));
        };
        visit_filters(rule, [&](float& value, int /*channel*/, int /*filter*/, int /*neighbour*/) { draw(value); });
        visit_parameters(rule, [&](float& value, int l, int input, int /*output*/) {
            if (input < architecture_.layer(l).inputs) draw(value);
        });
    }
    /// No normalisation.
    void normalise(std::span<float> /*gradient*/) const noexcept {}

    NCA_COLD void begin(Batch<Rule>& batch, const Philox& random) const {
        std::vector<std::pair<double, int>> ranked;
        for (const int slot : batch.slots) ranked.emplace_back(ranking_loss(batch.pool[slot]), slot);
        std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        for (std::size_t i = 0; i < ranked.size(); ++i) batch.slots[i] = ranked[i].second;
        batch.state(0) = seed_state<Rule>(target_.sizes, architecture_);
        for (int i = 0; i < std::min(experiment_.damaged, batch.size() - 1); ++i) {
            damage(batch.state(batch.size() - 1 - i), random.split(damage_stream, static_cast<std::uint32_t>(i)));
        }
        batch.draw_steps(experiment_.min_steps, experiment_.max_steps, steps_stream);
    }
    [[nodiscard]] BasicVar<T> loss(Rollout<Rule>& rollout, int /*sample*/) const {
        const auto logits = first_channels(rollout.run(rollout.batch().steps), target_.classes);
        // The trainer takes the mean of the samples, whose sum is the loss.
        return static_cast<T>(experiment_.batch) * block_loss(logits, target_.blocks, counts_);
    }

private:
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t damage_stream = 3;

    [[nodiscard]] double ranking_loss(const SparseState<T>& state) const {
        FieldOf<Rule> field{target_.sizes, architecture_};
        load_cells(state, field);
        std::vector<T> dense(target_.blocks.size() * static_cast<std::size_t>(architecture_.channels()));
        field.store(dense.data());
        return block_loss_sums<T>(dense, target_.classes, target_.blocks).ranking_loss();
    }
    /// Makes air of the cells in a ball about a random cell.
    void damage(SparseState<T>& state, const Philox& random) const {
        std::array<double, 3> centre{};
        int largest = std::max(experiment_.batch, architecture_.channels());
        for (std::size_t d = 0; d < 3; ++d) {
            centre[d] = random.below(d, static_cast<std::uint32_t>(target_.sizes[d]));
            largest = std::max(largest, target_.sizes[d]);
        }
        const double radius = largest / experiment_.damage_denominator; // whole, as in the article's code
        const FieldOf<Rule> field{target_.sizes, architecture_};
        const auto channels = static_cast<std::size_t>(architecture_.channels());
        std::vector<T> air(static_cast<std::size_t>(padded(architecture_.channels())));
        architecture_.write_dead_state(air.data());
        field.for_each_portable(state.positions.data(), state.count(), [&](int row, int column, int i) {
            const double z = row / target_.sizes[1] - centre[0];
            const double y = row % target_.sizes[1] - centre[1];
            const double x = column - centre[2];
            if (z * z + y * y + x * x > radius * radius) return;
            std::copy_n(air.begin(), channels,
                        state.values.begin() + static_cast<std::ptrdiff_t>(i) * static_cast<std::ptrdiff_t>(channels));
        });
    }

    Target target_;
    Experiment experiment_;
    ArchitectureOf<Rule> architecture_;
    BlockCounts counts_{};
};

} // namespace nca::inline NCA_ABI::voxel::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_TASK_HPP

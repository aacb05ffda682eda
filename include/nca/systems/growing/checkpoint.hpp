// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_CHECKPOINT_HPP
#define NCA_SYSTEMS_GROWING_CHECKPOINT_HPP

#include <nca/core/result.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/systems/growing/trainer.hpp>
#include <nca/train/checkpoint.hpp>

#include <span>
#include <string>
#include <vector>

/// Checkpoints of a training run: weights and their running mean, optimiser, pool, counters and the losses so far. A
/// run that resumes equals one that was not interrupted, bit for bit.
namespace nca::growing::inline NCA_ISA {

namespace isa_detail {

/// What has to agree between a checkpoint and the run that continues it.
template <class R>
[[nodiscard]] StoredMetadata run_identity(const Trainer<R>& trainer) {
    const Experiment& e = trainer.experiment();
    const auto& extents = trainer.target().extents();
    return {{"nca.checkpoint", "growing 1"},
            {"experiment", std::string{e.name}},
            {"height", std::to_string(extents[0])},
            {"width", std::to_string(extents[1])},
            {"target", fingerprint(trainer.target().values())},
            {"seed", std::to_string(trainer.seed())},
            {"batch", std::to_string(e.batch)},
            {"pool size", std::to_string(trainer.pool().size())},
            {"damaged", std::to_string(e.damaged)},
            {"steps", std::to_string(e.min_steps) + " to " + std::to_string(e.max_steps)},
            {"fire rate", std::to_string(e.fire_rate)},
            {"warm-up", std::to_string(e.warm_up)},
            {"learning rate", std::to_string(e.learning_rate.initial) + ", after iteration " +
                                  std::to_string(e.learning_rate.last_initial) + " times " +
                                  std::to_string(e.learning_rate.factor)}};
}

} // namespace isa_detail

/// Writes a checkpoint, whole or not at all. losses: of the iterations so far, kept for the loss curve.
template <class R>
[[nodiscard]] Result<void> save_checkpoint(const Trainer<R>& trainer, std::span<const float> losses,
                                           const std::string& path) {
    return save_training(trainer, isa_detail::run_identity(trainer), losses, path);
}

/// Continues a trainer, made with the same target, experiment and seed, from a checkpoint; returns the losses so far.
/// Errors: the file is missing or corrupt, or belongs to another run; the trainer is unchanged then.
template <class R>
[[nodiscard]] Result<std::vector<float>> load_checkpoint(Trainer<R>& trainer, const std::string& path) {
    return load_training(trainer, isa_detail::run_identity(trainer), path);
}

} // namespace nca::growing::inline NCA_ISA

#endif // NCA_SYSTEMS_GROWING_CHECKPOINT_HPP

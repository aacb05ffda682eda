// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_CHECKPOINT_HPP
#define NCA_SYSTEMS_TEXTURE_CHECKPOINT_HPP

#include <nca/core/result.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/systems/texture/trainer.hpp>
#include <nca/train/checkpoint.hpp>

#include <span>
#include <string>
#include <vector>

/// Checkpoints of a training run: weights and their running mean, optimiser, pool, counters and the losses so far. A
/// run that resumes equals one that was not interrupted, bit for bit.
namespace nca::texture::inline NCA_ISA {

namespace isa_detail {

/// What has to agree between a checkpoint and the run that continues it.
template <class R>
[[nodiscard]] StoredMetadata run_identity(const Trainer<R>& trainer) {
    const Experiment& e = trainer.experiment();
    return {{"nca.checkpoint", "texture 2"},
            {"experiment", std::string{e.name}},
            {"loss", trainer.loss().identity()},
            {"side", std::to_string(e.side)},
            {"seed", std::to_string(trainer.seed())},
            {"batch", std::to_string(e.batch)},
            {"pool size", std::to_string(trainer.pool().size())},
            {"reseed every", std::to_string(e.reseed_every)},
            {"steps", std::to_string(e.min_steps) + " to " + std::to_string(e.max_steps)},
            {"fire rate", std::to_string(e.fire_rate)},
            {"overflow", std::to_string(e.overflow)},
            {"eight bit", std::to_string(e.eight_bit)},
            {"mean window", std::to_string(e.mean_window)},
            {"learning rate", std::to_string(e.learning_rate.initial) + " times " +
                                  std::to_string(e.learning_rate.factor) + " from iterations " +
                                  std::to_string(e.learning_rate.drops[0]) + " and " +
                                  std::to_string(e.learning_rate.drops[1]) + " on"}};
}

} // namespace isa_detail

/// Writes a checkpoint, whole or not at all. losses: of the iterations so far, kept for the loss curve.
template <class R>
[[nodiscard]] Result<void> save_checkpoint(const Trainer<R>& trainer, std::span<const float> losses,
                                           const std::string& path) {
    return save_training(trainer, isa_detail::run_identity(trainer), losses, path);
}

/// Continues a trainer, made with the same loss, experiment and seed, from a checkpoint; returns the losses so far.
/// Errors: the file is missing or corrupt, or belongs to another run; the trainer is unchanged then.
template <class R>
[[nodiscard]] Result<std::vector<float>> load_checkpoint(Trainer<R>& trainer, const std::string& path) {
    return load_training(trainer, isa_detail::run_identity(trainer), path);
}

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_CHECKPOINT_HPP

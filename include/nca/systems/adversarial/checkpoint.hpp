// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_CHECKPOINT_HPP
#define NCA_SYSTEMS_ADVERSARIAL_CHECKPOINT_HPP

#include <nca/core/result.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/systems/adversarial/creature_trainer.hpp>
#include <nca/systems/adversarial/digit_trainer.hpp>
#include <nca/train/checkpoint.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

/// Checkpoints of attacks. A run that resumes equals one that was not interrupted, bit for bit.
namespace nca::adversarial::inline NCA_ISA {

/// A text that tells one victim from another, for the metadata of attacks: they work on their own victim only.
template <class R>
[[nodiscard]] std::string victim_fingerprint(const R& victim) {
    return fingerprint(victim.parameters());
}

namespace isa_detail {

/// What has to agree between a checkpoint and the run that continues it.
template <class R>
[[nodiscard]] StoredMetadata run_identity(const DigitTrainer<R>& trainer) {
    const DigitAttack& a = trainer.attack();
    return {{"nca.checkpoint", "attack on mnist 2"},
            {"victim", victim_fingerprint(trainer.victim())},
            {"pictures", fingerprint(std::span<const float>(trainer.digits().grey))},
            {"seed", std::to_string(trainer.seed())},
            {"class", std::to_string(a.digit)},
            {"fraction", nca::Json{a.fraction}.dump()},
            {"noise", nca::Json{a.noise}.dump()},
            {"batch", std::to_string(a.batch)},
            {"pool size", std::to_string(a.pool_size)},
            {"steps", std::to_string(a.steps)},
            {"fire rate", nca::Json{a.fire_rate}.dump()}};
}

template <class R, class Trained>
[[nodiscard]] StoredMetadata run_identity(const CreatureTrainer<R, Trained>& trainer) {
    const CreatureAttack& a = trainer.attack();
    return {{"nca.checkpoint", CreatureTrainer<R, Trained>::injects ? "attack on growing 1" : "perturbation 1"},
            {"victim", victim_fingerprint(trainer.victim())},
            {"target", fingerprint(trainer.target().values())},
            {"height", std::to_string(trainer.sizes()[0])},
            {"width", std::to_string(trainer.sizes()[1])},
            {"seed", std::to_string(trainer.seed())},
            {"fraction", nca::Json{a.fraction}.dump()},
            {"batch", std::to_string(a.batch)},
            {"pool size", std::to_string(a.pool_size)},
            {"damaged", std::to_string(a.damaged)},
            {"steps", std::to_string(a.min_steps) + " to " + std::to_string(a.max_steps)},
            {"grown steps", std::to_string(a.grown_steps)},
            {"fire rate", nca::Json{a.fire_rate}.dump()},
            {"learning rate", nca::Json{a.learning_rate.initial}.dump() + ", after iteration " +
                                  std::to_string(a.learning_rate.last_initial) + " times " +
                                  nca::Json{a.learning_rate.factor}.dump()}};
}

} // namespace isa_detail

/// Writes a checkpoint, whole or not at all. losses: of the iterations so far, kept for the loss curve.
template <class Trainer>
[[nodiscard]] Result<void> save_checkpoint(const Trainer& trainer, std::span<const float> losses,
                                           const std::string& path) {
    return save_training(trainer, isa_detail::run_identity(trainer), losses, path);
}

/// Continues a trainer, made with the same victim, data, attack and seed, from a checkpoint; returns the losses so far.
/// Errors: the file is missing or corrupt, or belongs to another run; the trainer is unchanged then.
template <class Trainer>
[[nodiscard]] Result<std::vector<float>> load_checkpoint(Trainer& trainer, const std::string& path) {
    return load_training(trainer, isa_detail::run_identity(trainer), path, std::numeric_limits<std::int32_t>::max());
}

} // namespace nca::adversarial::inline NCA_ISA

#endif // NCA_SYSTEMS_ADVERSARIAL_CHECKPOINT_HPP

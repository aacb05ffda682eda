// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_CHECKPOINT_HPP
#define NCA_SYSTEMS_MNIST_CHECKPOINT_HPP

#include <nca/core/result.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/systems/mnist/trainer.hpp>
#include <nca/train/checkpoint.hpp>

#include <span>
#include <string>
#include <vector>

namespace nca::mnist::inline NCA_ISA {

namespace isa_detail {

/// What has to agree between a checkpoint and the run that continues it.
template <class R>
[[nodiscard]] StoredMetadata run_identity(const Trainer<R>& trainer) {
    const Experiment& e = trainer.experiment();
    const Digits& digits = trainer.digits();
    return {{"nca.checkpoint", "mnist 2"},
            {"experiment", std::string{e.name}},
            {"pictures", fingerprint(std::span<const float>(digits.grey))},
            {"labels", fingerprint(std::span<const std::uint8_t>(digits.labels))},
            {"seed", std::to_string(trainer.seed())},
            {"loss", e.loss == Loss::l2 ? "l2" : "cross-entropy"},
            {"scheme", std::to_string(static_cast<int>(e.scheme))},
            {"noise", std::to_string(e.noise)},
            {"batch", std::to_string(e.batch)},
            {"pool size", std::to_string(trainer.pool().size())},
            {"steps", std::to_string(e.steps)},
            {"fire rate", std::to_string(e.fire_rate)},
            {"iterations", std::to_string(e.iterations)},
            {"last learning rate", nca::Json{e.last_learning_rate}.dump()},
            {"mean window", std::to_string(e.mean_window)}};
}

} // namespace isa_detail

/// Writes a checkpoint, whole or not at all. losses: of the iterations so far, kept for the loss curve.
template <class R>
[[nodiscard]] Result<void> save_checkpoint(const Trainer<R>& trainer, std::span<const float> losses,
                                           const std::string& path) {
    return save_training(trainer, isa_detail::run_identity(trainer), losses, path);
}

/// Continues a trainer, made with the same digits, experiment and seed, from a checkpoint; returns the losses so far.
/// Errors: the file is missing or corrupt, or belongs to another run; the trainer is unchanged then.
template <class R>
[[nodiscard]] Result<std::vector<float>> load_checkpoint(Trainer<R>& trainer, const std::string& path) {
    return load_training(trainer, isa_detail::run_identity(trainer), path, classes);
}

} // namespace nca::mnist::inline NCA_ISA

#endif // NCA_SYSTEMS_MNIST_CHECKPOINT_HPP

// SPDX-License-Identifier: Apache-2.0
// Models that classify digits, for the programs nca and play.
#ifndef NCA_EXAMPLES_NCA_MNIST_MODEL_HPP
#define NCA_EXAMPLES_NCA_MNIST_MODEL_HPP

#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/mnist/published.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace program {

/// A rule that classifies digits, and what its file says about it.
using MnistModel = nca::Model<nca::mnist::Rule<>>;

/// Reads a model: ours, the published graph, or its decoded tensors. A file that is damaged, or of another system, ends
/// the program.
[[nodiscard]] MnistModel load_mnist_model(const std::string& path);
/// The same from the bytes of the file.
[[nodiscard]] MnistModel parse_mnist_model(std::span<const std::byte> bytes, const std::string& path);

/// The noise that a model was trained with: its metadata `nca.noise`, else the 0.02 of the published model.
[[nodiscard]] double noise_of(const MnistModel& model);

/// The vote below which a cell is drawn as undecided: no vote at all is after a training with cross-entropy, whose
/// votes may be negative.
[[nodiscard]] float undecided_of(const MnistModel& model);

} // namespace program

#endif // NCA_EXAMPLES_NCA_MNIST_MODEL_HPP

// SPDX-License-Identifier: Apache-2.0
// Models that classify digits.
#ifndef NCA_EXAMPLES_PROGRAM_MNIST_MODEL_HPP
#define NCA_EXAMPLES_PROGRAM_MNIST_MODEL_HPP

#include <nca/core/fields.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/mnist/rule.hpp>

#include "cell_world.hpp"
#include "model_file.hpp"

namespace program {

using MnistRule = nca::mnist::Rule<>;
using MnistModel = nca::Model<MnistRule>;

/// Reads a model: ours, the published graph, or its decoded tensors. A file that is damaged, or of another system, ends
/// the program.
[[nodiscard]] MnistModel load_mnist_model(const std::string& path);
[[nodiscard]] MnistModel mnist_model_in(const ModelFile& file);
/// The notes of a model that was trained with this noise.
[[nodiscard]] nca::TextPairs mnist_notes(double noise);

/// The noise that a model was trained with: its metadata `nca.noise`, else the 0.02 of the published model.
[[nodiscard]] double noise_of(const MnistModel& model);

/// The colours of the cells. After a training with cross-entropy, whose votes may be negative, none is undecided.
[[nodiscard]] nca::mnist::Colours colours_of(const MnistModel& model);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_MNIST_MODEL_HPP

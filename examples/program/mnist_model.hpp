// SPDX-License-Identifier: Apache-2.0
// Models that classify digits.
#ifndef NCA_EXAMPLES_PROGRAM_MNIST_MODEL_HPP
#define NCA_EXAMPLES_PROGRAM_MNIST_MODEL_HPP

#include <nca/run/model_file.hpp>
#include <nca/systems/adversarial/metrics.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/mnist/metrics.hpp>

#include "cell_world.hpp"
#include "model_file.hpp"

#include <string>
#include <vector>

namespace program {

using MnistRule = nca::mnist::Rule<>;
using MnistModel = nca::Model<MnistRule>;

/// Reads a model: ours, the published graph, or its decoded tensors. A file that is damaged, or of another system, ends
/// the program.
[[nodiscard]] MnistModel load_mnist_model(const std::string& path);
[[nodiscard]] MnistModel mnist_model_in(const ModelFile& file);
/// Writes a model with its notes, and the noise that it was trained with.
void save_mnist_model(const MnistRule& rule, const std::string& path, double noise, nca::StoredMetadata notes);

// For the table of systems.
[[nodiscard]] nca::Json describe_mnist_model(const ModelFile& file);
[[nodiscard]] nca::Json import_mnist_model(const ModelFile& file, const std::string& to);

/// The noise that a model was trained with: its metadata `nca.noise`, else the 0.02 of the published model.
[[nodiscard]] double noise_of(const MnistModel& model);

/// The colours of the cells. After a training with cross-entropy, whose votes may be negative, none is undecided.
[[nodiscard]] nca::mnist::Colours colours_of(const MnistModel& model);

/// nca::mnist::evaluate and nca::adversarial::evaluate, compiled once.
[[nodiscard]] std::vector<nca::mnist::Metrics> evaluate(const MnistRule& rule, const nca::mnist::Digits& digits,
                                                        const nca::mnist::Evaluation& evaluation,
                                                        const nca::StepOptions<MnistRule>& step,
                                                        nca::ThreadPool& threads);
[[nodiscard]] std::vector<nca::adversarial::DigitMetrics>
evaluate_attack(const MnistRule& victim, const MnistRule& adversary, const nca::mnist::Digits& digits,
                const nca::adversarial::DigitEvaluation& evaluation, const nca::StepOptions<MnistRule>& step,
                nca::ThreadPool& threads);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_MNIST_MODEL_HPP

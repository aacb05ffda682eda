// SPDX-License-Identifier: Apache-2.0
// What the commands of `nca attack` share.
#ifndef NCA_EXAMPLES_NCA_ATTACK_PROGRAM_HPP
#define NCA_EXAMPLES_NCA_ATTACK_PROGRAM_HPP

#include <nca/systems/adversarial/metrics.hpp>

#include "mnist_model.hpp"
#include "program.hpp"

#include <optional>
#include <string>

namespace program {

/// An attack on digits: who takes part, and when.
struct DigitRun {
    std::string victim{};
    std::string adversary{};
    std::string data{};
    std::optional<int> digit{};
    double fraction = 0.1;
    int inject_at = 0;
    std::optional<int> remove_at{};
    int count = 1000;
    int steps = 200;
    std::optional<double> noise{};
    double fire_rate = 0.5;
    std::uint64_t seed = 1;
    int threads = 0;
};
/// Adds its options to a command.
void add_digit_run_options(CLI::App& command, DigitRun& options);

/// The models of an attack on digits, and how it is run and measured.
struct DigitAttackers {
    MnistModel victim;
    MnistModel adversary;
    nca::adversarial::DigitEvaluation evaluation; ///< without steps to record
    nca::StepOptions<nca::mnist::Rule<>> step;
};
[[nodiscard]] DigitAttackers load_attackers(const DigitRun& options);

/// Each adds a command to a group of `nca attack`.
void add_attack_mnist_train(CLI::App& group);
void add_attack_mnist_eval(CLI::App& group);
void add_attack_mnist_run(CLI::App& group);
void add_attack_growing_train(CLI::App& group);
void add_attack_growing_run(CLI::App& group);
void add_attack_perturb_train(CLI::App& group);
void add_attack_perturb_run(CLI::App& group);

} // namespace program

#endif // NCA_EXAMPLES_NCA_ATTACK_PROGRAM_HPP

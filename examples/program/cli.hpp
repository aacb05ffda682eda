// SPDX-License-Identifier: Apache-2.0
// Options declared with CLI11 itself.
#ifndef NCA_EXAMPLES_PROGRAM_CLI_HPP
#define NCA_EXAMPLES_PROGRAM_CLI_HPP

#include <CLI/CLI.hpp>

#include <cstdint>

namespace program {

CLI::Option* add_threads(CLI::App& command, int& threads);
[[nodiscard]] CLI::Validator finite_number(double min, double max);
/// For Option::transform().
[[nodiscard]] CLI::Validator whole_number(std::uint64_t min, std::uint64_t max);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CLI_HPP

// SPDX-License-Identifier: Apache-2.0
// What the commands of the program `nca` share.
#ifndef NCA_EXAMPLES_NCA_PROGRAM_HPP
#define NCA_EXAMPLES_NCA_PROGRAM_HPP

#include <nca/core/result.hpp>
#include <nca/io/json.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/rule.hpp>

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace program {

/// The rule of the growing models that the program trains and runs: 16 channels, 128 hidden values.
using Rule = nca::growing::Rule<>;
using Model = nca::Model<Rule>;
using Simulation = nca::Simulation<Rule, nca::Dynamic, nca::Dynamic>;
using StateGrid = Simulation::StateGrid;

/// The longest side, and the most cells, of a grid that the program makes: a state of 1 GiB.
inline constexpr int max_side = 16384;
inline constexpr int max_cells = 1 << 24;

/// A failure that ends the program: main() prints it as one line and exits with status 2.
struct Failure {
    std::string message;
};

/// The value of a result; its error ends the program.
template <class T>
[[nodiscard]] T require(nca::Result<T> result) {
    if (!result) throw Failure{result.error().message};
    return std::move(result).value();
}
inline void require(const nca::Result<void>& result) {
    if (!result) throw Failure{result.error().message};
}

/// The body of main(): parses, and runs what was called. What goes wrong becomes one line on standard error, under the
/// program's name, and the status 2.
[[nodiscard]] int parse_and_run(CLI::App& app, int argc, char** argv);

/// Prints the result of a command as one JSON line on standard output.
inline void print_result(const nca::Json& result) {
    std::printf("%s\n", result.dump(nca::JsonStyle::spaced).c_str());
    if (std::fflush(stdout) != 0) throw Failure{"standard output cannot be written"};
}

/// Ends the program if a file could not be written; the file and what stands there stay as they are.
void require_writable(const std::string& path);

/// A number that stands in a model's metadata, or a default.
[[nodiscard]] int metadata_number(const nca::StoredMetadata& metadata, std::string_view key, int otherwise);

/// The ending of a file name in lower case, with its dot.
[[nodiscard]] std::string ending_of(const std::string& path);

/// A mark of `STEP:X,Y,R`: a disc that is erased before that step.
struct Damage {
    long step = 0;
    double x = 0.0;
    double y = 0.0;
    double radius = 0.0;
};
[[nodiscard]] Damage parse_damage(const std::string& text);

/// Erases the discs that are due at the present step.
void apply_damage(Simulation& world, const std::vector<Damage>& damages);

/// Options that several commands take, checked by the parser.
CLI::Option* add_threads(CLI::App& command, int& threads);
[[nodiscard]] CLI::Validator finite_number(double least, double most);
/// For Option::transform(). CLI11 by itself reads 010 as eight, and as a seed takes -1 and numbers beyond 64 bits.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

/// A group of commands, one of which has to follow. `name`: all of its command, as messages call it.
[[nodiscard]] CLI::App& add_group(CLI::App& app, const std::string& command, const std::string& name,
                                  const std::string& description);

/// Each adds a command to the program; `run` is set to what the command does if it is the one that was called.
void add_grow(CLI::App& app);
void add_mnist(CLI::App& app);
void add_texture(CLI::App& app);
void add_attack(CLI::App& app);
void add_run(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_import(CLI::App& app);
void add_export(CLI::App& app);
void add_info(CLI::App& app);

} // namespace program

#endif // NCA_EXAMPLES_NCA_PROGRAM_HPP

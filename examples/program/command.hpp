// SPDX-License-Identifier: Apache-2.0
// Commands and their options. CLI11, whose header takes a compiler longer than all the rest of a command, stays in
// command.cpp.
#ifndef NCA_EXAMPLES_PROGRAM_COMMAND_HPP
#define NCA_EXAMPLES_PROGRAM_COMMAND_HPP

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace program {

/// A declared option.
class Option {
public:
    explicit Option(CLI::Option* option) noexcept : option_{option} {}

    const Option& required() const;
    /// Refuses this option where `other` is missing.
    const Option& needs(const std::string& other) const;
    /// Refuses this option beside `other`.
    const Option& excludes(const std::string& other) const;

private:
    CLI::Option* option_;
};

namespace detail {
template <class T>
struct Number {
    using Type = T;
};
template <template <class...> class Container, class T, class... More>
struct Number<Container<T, More...>> {
    using Type = T;
};
} // namespace detail
/// The type of a number, also of one in a std::optional, or of several in a std::vector.
template <class T>
using NumberOf = typename detail::Number<T>::Type;

/// A handle of a command of the program, or of the program itself: cheap to copy, valid as long as the Application.
///
/// add() declares the option --name, or a positional argument for a name without dashes. A value that is empty or lies
/// in a std::optional has no default in the help.
class Command {
public:
    explicit Command(CLI::App& app) : app_{&app} {}

    /// A command under this one, and the options of which run(options) is called if it is the one on the command line.
    /// They live as long as the command.
    template <class Options>
    [[nodiscard]] std::pair<Command, Options&> add_command(const std::string& name, const std::string& description,
                                                           void (*run)(const Options&)) const {
        const auto options = std::make_shared<Options>();
        return {add_runnable(name, description, [options, run] { run(*options); }), *options};
    }
    /// A group of commands, one of which has to follow.
    [[nodiscard]] Command add_group(const std::string& name, const std::string& description) const;

    // NOLINTBEGIN(modernize-use-nodiscard)
    Option add(const std::string& name, std::string& value, const std::string& help) const;
    Option add(const std::string& name, std::optional<std::string>& value, const std::string& help) const;
    /// One of a few words.
    Option add(const std::string& name, std::string& value, const std::string& help,
               const std::vector<std::string>& words) const;
    /// Repeatable, one value each time; a positional argument takes one or more.
    Option add(const std::string& name, std::vector<std::string>& values, const std::string& help) const;
    /// A flag, false without it.
    Option add(const std::string& name, bool& value, const std::string& help) const;
    /// A number in [min, max]: an int, long, std::uint64_t or double, also one in a std::optional; or a list of them,
    /// one argument separated by commas, in a std::vector.
    template <class T>
    Option add(const std::string& name, T& value, const std::string& help, NumberOf<T> min, NumberOf<T> max) const;
    /// One of a few numbers; 0 is no choice, and without the option.
    Option add(const std::string& name, int& value, const std::string& help, const std::vector<int>& numbers) const;
    // NOLINTEND(modernize-use-nodiscard)

    // The options that many commands have.
    void add_threads(int& threads) const;
    /// Lets all processes of a run execute this command, which otherwise only the first does.
    void use_all_processes() const;
    void add_deterministic(bool& deterministic) const;
    void add_seed(std::uint64_t& seed, const std::string& of) const;
    void add_fire_rate(std::optional<double>& fire_rate) const;
    void add_data(std::string& folder) const;
    /// Noise on every update; `whose`: "the model" or another model from whose training it is taken by default.
    void add_noise(std::optional<double>& noise, const std::string& whose) const;

private:
    [[nodiscard]] Command add_runnable(const std::string& name, const std::string& description,
                                       std::function<void()> run) const;

    CLI::App* app_;
    std::shared_ptr<bool> everywhere_ = std::make_shared<bool>(false);
};

/// A program: commands, or one command.
class Application {
public:
    Application(const std::string& name, const std::string& description);
    ~Application();

    [[nodiscard]] Command command() const;
    /// Declares the program a group of commands, with a flag --version.
    void require_command();
    /// The body of a program without commands.
    void set_body(std::function<void()> run);
    void set_footer(const std::string& text);

    /// The body of main(): parses, runs, and returns the exit status. What goes wrong becomes one line on standard
    /// error, under the program's name, and the status 2. A run that a signal stopped returns 128 and its number.
    [[nodiscard]] int run(int argc, char** argv);

private:
    std::unique_ptr<CLI::App> app_;
};

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_COMMAND_HPP

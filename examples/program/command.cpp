// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"

#include <nca/core/config.hpp>

#include "processes.hpp"
#include "program.hpp"
#include "stop.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <sstream>
#include <type_traits>

namespace program {

namespace {

template <class T>
CLI::Option* declare(CLI::App* app, const std::string& name, T& value, const std::string& help) {
    CLI::Option* const option = app->add_option(name, value, help);
    if constexpr (requires { value.empty(); }) {
        if (!value.empty()) option->capture_default_str();
    } else if constexpr (std::is_arithmetic_v<T>) {
        option->capture_default_str();
    }
    return option;
}

// CLI11 by itself reads 010 as eight, and as a seed takes -1 and numbers beyond 64 bits.
template <class T>
CLI::Validator number_between(T min, T max) {
    std::ostringstream range;
    range << min << " to " << max;
    const std::string expected = std::is_integral_v<T> ? "a whole number from " : "a number from ";
    return CLI::Validator(
        [min, max, expected = expected + range.str()](std::string& text) -> std::string {
            T value = 0;
            if (!parse_number(text, min, max, value)) {
                return "expected " + expected + ", found '" + text.substr(0, 40) + "'";
            }
            if constexpr (std::is_integral_v<T>) text = std::to_string(value);
            return {};
        },
        std::is_integral_v<T> ? range.str() : "NUMBER");
}

/// Lets a group of commands, or the program, do nothing without a command.
void require_command_of(CLI::App* group) {
    // CLI11 would report an unknown command as a missing one.
    group->require_subcommand(0, 1);
    group->callback([group] {
        if (!group->get_subcommands().empty()) return;
        std::string words; // on the command line, behind the program's name
        for (const CLI::App* app = group; app->get_parent() != nullptr; app = app->get_parent()) {
            words = " " + app->get_name() + words;
        }
        throw Failure{"a command" + (words.empty() ? "" : " of" + words) + " is missing (see nca" + words + " --help)"};
    });
}

/// Lets an option of several values take one argument each time, so that it leaves those behind it to others.
void take_one_argument(CLI::Option* option) {
    option->take_all()->allow_extra_args(false);
}

} // namespace

const Option& Option::required() const {
    option_->required();
    return *this;
}

const Option& Option::excludes(const std::string& other) const {
    option_->excludes(other);
    return *this;
}

const Option& Option::needs(const std::string& other) const {
    option_->needs(other);
    return *this;
}

Command Command::add_runnable(const std::string& name, const std::string& description,
                              std::function<void()> run) const {
    CLI::App* const app = app_->add_subcommand(name, description);
    Command command{*app};
    app->callback([run = std::move(run), everywhere = command.everywhere_] {
        if (*everywhere || is_first_process()) run();
    });
    return command;
}

Command Command::add_group(const std::string& name, const std::string& description) const {
    CLI::App* const group = app_->add_subcommand(name, description);
    require_command_of(group);
    return Command{*group};
}

Option Command::add(const std::string& name, std::string& value, const std::string& help) const {
    return Option{declare(app_, name, value, help)};
}

Option Command::add(const std::string& name, std::optional<std::string>& value, const std::string& help) const {
    return Option{declare(app_, name, value, help)};
}

Option Command::add(const std::string& name, std::vector<std::string>& values, const std::string& help) const {
    CLI::Option* const option = app_->add_option(name, values, help);
    if (name.front() == '-') take_one_argument(option);
    return Option{option};
}

Option Command::add(const std::string& name, bool& value, const std::string& help) const {
    return Option{app_->add_flag(name, value, help)};
}

template <class T>
Option Command::add(const std::string& name, T& value, const std::string& help, NumberOf<T> min,
                    NumberOf<T> max) const {
    CLI::Option* const option = declare(app_, name, value, help);
    if constexpr (std::is_same_v<T, std::vector<long>>) {
        option->delimiter(',');
        take_one_argument(option);
    }
    using Widest = std::conditional_t<std::is_floating_point_v<NumberOf<T>>, double, std::uint64_t>;
    option->transform(number_between(static_cast<Widest>(min), static_cast<Widest>(max)));
    return Option{option};
}
template Option Command::add(const std::string&, int&, const std::string&, int, int) const;
template Option Command::add(const std::string&, long&, const std::string&, long, long) const;
template Option Command::add(const std::string&, std::uint64_t&, const std::string&, std::uint64_t,
                             std::uint64_t) const;
template Option Command::add(const std::string&, double&, const std::string&, double, double) const;
template Option Command::add(const std::string&, std::optional<int>&, const std::string&, int, int) const;
template Option Command::add(const std::string&, std::optional<long>&, const std::string&, long, long) const;
template Option Command::add(const std::string&, std::optional<double>&, const std::string&, double, double) const;
template Option Command::add(const std::string&, std::vector<long>&, const std::string&, long, long) const;

Option Command::add(const std::string& name, std::string& value, const std::string& help,
                    const std::vector<std::string>& words) const {
    return Option{declare(app_, name, value, help)->check(CLI::IsMember(words))};
}

Option Command::add(const std::string& name, int& value, const std::string& help,
                    const std::vector<int>& numbers) const {
    return Option{app_->add_option(name, value, help)->check(CLI::IsMember(numbers))};
}

void Command::add_threads(int& threads) const {
    add("--threads", threads, "Threads; 0 takes one per processor. The result does not depend on it", 0, 256);
}

void Command::use_all_processes() const {
    *everywhere_ = true;
}

void Command::add_deterministic(bool& deterministic) const {
    add("--deterministic", deterministic,
        "The same bits on every processor and in the browser: slower where products are added with one rounding");
}

void Command::add_seed(std::uint64_t& seed, const std::string& of) const {
    add("--seed", seed, "Seed of " + of, 0, std::numeric_limits<std::uint64_t>::max());
}

void Command::add_fire_rate(std::optional<double>& fire_rate) const {
    add("--fire-rate", fire_rate,
        "Fraction of the cells that update in a step (default: as in the training of the model)", 0.0, 1.0);
}

void Command::add_data(std::string& folder) const {
    add("--data", folder, "Folder of the four MNIST files (default: the variable NCA_MNIST)");
}

void Command::add_noise(std::optional<double>& noise, const std::string& whose) const {
    add("--noise", noise,
        "Standard deviation of the noise on every update (default: as in the training of " + whose + ")", 0.0, 10.0);
}

Application::Application(const std::string& name, const std::string& description)
    : app_{std::make_unique<CLI::App>(description, name)} {}

Application::~Application() = default;

Command Application::command() const {
    return Command{*app_};
}

void Application::require_command() {
    require_command_of(app_.get());
    app_->set_version_flag("--version", app_->get_name() + " " + std::to_string(NCA_VERSION_MAJOR) + "." +
                                            std::to_string(NCA_VERSION_MINOR) + "." +
                                            std::to_string(NCA_VERSION_PATCH));
}

void Application::set_body(std::function<void()> run) {
    app_->callback(std::move(run));
}

void Application::set_footer(const std::string& text) {
    app_->footer(text);
}

int Application::run(int argc, char** argv) {
    const std::string name = app_->get_name();
    const auto fail = [&name](std::string message) {
        std::replace(message.begin(), message.end(), '\n', ' ');
        await_first_failure();
        std::fprintf(stderr, "%s: %s\n", name.c_str(), message.c_str());
        return 2;
    };
    survive_failed_writes();
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) { // --help or --version
            app_->exit(error);
            return std::cout.flush() ? 0 : fail(output_failure);
        }
        return fail(std::string{error.what()} + " (see " + name + " --help)");
    } catch (const Failure& failure) {
        return fail(failure.message);
    } catch (const Stopped& stopped) {
        return 128 + stopped.signal;
    } catch (const std::bad_alloc&) {
        return fail("out of memory");
    } catch (const std::exception& error) {
        return fail(error.what());
    }
    return 0;
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <nca/io/file.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>
#include <new>
#include <system_error>

namespace program {

namespace {

/// Reads one number up to a separator or the end and moves on behind the separator.
template <class Number>
bool take_number(std::string_view& text, char separator, Number& number) {
    const std::size_t length = separator == '\0' ? text.size() : text.find(separator);
    if (length == std::string_view::npos || length == 0) return false;
    const auto [end, code] = std::from_chars(text.data(), text.data() + length, number);
    if (code != std::errc{} || end != text.data() + length) return false;
    text.remove_prefix(separator == '\0' ? length : length + 1);
    return true;
}

} // namespace

int parse_and_run(CLI::App& app, int argc, char** argv) {
    const auto fail = [&app](std::string message) {
        std::replace(message.begin(), message.end(), '\n', ' ');
        std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), message.c_str());
        return 2;
    };
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return fail(std::string{error.what()} + " (see " + app.get_name() + " --help)");
    } catch (const Failure& failure) {
        return fail(failure.message);
    } catch (const std::bad_alloc&) {
        return fail("out of memory");
    } catch (const std::exception& error) {
        return fail(error.what());
    }
    return 0;
}

void require_writable(const std::string& path) {
    // Without a commit nothing remains of it.
    static_cast<void>(require(nca::AtomicFile::create(path)));
}

int metadata_number(const nca::StoredMetadata& metadata, std::string_view key, int otherwise) {
    for (const auto& [name, value] : metadata) {
        int number = 0;
        std::string_view text = value;
        if (name == key && take_number(text, '\0', number) && number > 0 && number <= max_side) return number;
    }
    return otherwise;
}

std::string ending_of(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    const std::size_t slash = path.rfind('/');
    if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return {};
    std::string ending = path.substr(dot);
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

Damage parse_damage(const std::string& text) {
    Damage damage;
    std::string_view rest = text;
    if (!take_number(rest, ':', damage.step) || !take_number(rest, ',', damage.x) ||
        !take_number(rest, ',', damage.y) || !take_number(rest, '\0', damage.radius) || damage.step < 0 ||
        !std::isfinite(damage.x) || !std::isfinite(damage.y) || !std::isfinite(damage.radius) || damage.radius <= 0.0) {
        throw Failure{"--damage: expected STEP:X,Y,R with a step from 0 on and a radius above 0, found '" + text + "'"};
    }
    return damage;
}

void apply_damage(Simulation& world, const std::vector<Damage>& damages) {
    for (const Damage& damage : damages) {
        if (static_cast<std::uint64_t>(damage.step) == world.steps()) world.erase(damage.radius, damage.x, damage.y);
    }
}

CLI::Option* add_threads(CLI::App& command, int& threads) {
    return command
        .add_option("--threads", threads, "Threads; 0 takes one per processor. The result does not depend on it")
        ->capture_default_str()
        ->transform(whole_number(0, 256));
}

CLI::App& add_group(CLI::App& app, const std::string& command, const std::string& name,
                    const std::string& description) {
    CLI::App* const group = app.add_subcommand(command, description);
    // As in main(): an unknown command is not a missing one.
    group->require_subcommand(0, 1);
    group->callback([group, name] {
        if (group->get_subcommands().empty()) {
            throw Failure{"a command of " + name + " is missing (see nca " + name + " --help)"};
        }
    });
    return *group;
}

CLI::Validator finite_number(double least, double most) {
    return CLI::Validator(
        [least, most](std::string& text) -> std::string {
            double value = 0.0;
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (code == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) return {};
            char message[128];
            std::snprintf(message, sizeof message, "expected a number from %g to %g, found '%.40s'", least, most,
                          text.c_str());
            return message;
        },
        "NUMBER");
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
    const std::string range = std::to_string(least) + " to " + std::to_string(most);
    return CLI::Validator(
        [least, most, range](std::string& text) -> std::string {
            std::uint64_t value = 0;
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (code != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
                return "expected a whole number from " + range + ", found '" + text.substr(0, 40) + "'";
            }
            text = std::to_string(value);
            return {};
        },
        range);
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
// The program `nca`: trains, runs, evaluates and converts neural cellular automata.
#include "program.hpp"

#include <algorithm>
#include <exception>
#include <new>

namespace {

int fail(std::string message) {
    std::replace(message.begin(), message.end(), '\n', ' ');
    std::fprintf(stderr, "nca: %s\n", message.c_str());
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"Neural cellular automata: creatures that grow from one cell, persist and regenerate.\n"
                 "Every command prints one JSON line on standard output; progress goes to standard error.",
                 "nca"};
    // CLI11 would call an unknown command a missing one; a missing one is told below.
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", "nca " + std::to_string(NCA_VERSION_MAJOR) + "." +
                                          std::to_string(NCA_VERSION_MINOR) + "." + std::to_string(NCA_VERSION_PATCH));
    program::add_grow(app);
    program::add_run(app);
    program::add_evaluate(app);
    program::add_import(app);
    program::add_info(app);
    try {
        app.parse(argc, argv);
        if (app.get_subcommands().empty()) return fail("a command is missing (see nca --help)");
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        return fail(std::string{error.what()} + " (see nca --help)");
    } catch (const program::Failure& failure) {
        return fail(failure.message);
    } catch (const std::bad_alloc&) {
        return fail("out of memory");
    } catch (const std::exception& error) {
        return fail(error.what());
    }
    return 0;
}

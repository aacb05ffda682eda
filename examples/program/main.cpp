// SPDX-License-Identifier: Apache-2.0
// The program `nca`: trains, runs, evaluates and converts neural cellular automata.
#include "program.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Neural cellular automata: creatures that grow from one cell, persist and regenerate, digits whose\n"
                 "cells agree on what they form, living textures, and attacks on trained cells.\n"
                 "Every command prints one JSON line on standard output; progress goes to standard error.",
                 "nca"};
    // CLI11 would call an unknown command a missing one; a missing one is told below.
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", "nca " + std::to_string(NCA_VERSION_MAJOR) + "." +
                                          std::to_string(NCA_VERSION_MINOR) + "." + std::to_string(NCA_VERSION_PATCH));
    program::add_grow(app);
    program::add_run(app);
    program::add_evaluate(app);
    program::add_mnist(app);
    program::add_texture(app);
    program::add_attack(app);
    program::add_import(app);
    program::add_export(app);
    program::add_info(app);
    app.callback([&app] {
        if (app.get_subcommands().empty()) throw program::Failure{"a command is missing (see nca --help)"};
    });
    return program::parse_and_run(app, argc, argv);
}

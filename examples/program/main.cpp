// SPDX-License-Identifier: Apache-2.0
// The program `nca`: trains, runs, evaluates and converts neural cellular automata.
#include "commands.hpp"
#include "systems.hpp"

int main(int argc, char** argv) {
    program::Application nca{
        "nca", "Neural cellular automata: creatures that grow from one cell, persist and regenerate, digits whose\n"
               "cells agree on what they form, living textures, and attacks on trained cells.\n"
               "Every command prints one JSON line on standard output; progress goes to standard error."};
    nca.require_command();
    for (const program::System& system : program::systems()) {
        if (system.add_commands != nullptr) system.add_commands(nca.command());
    }
    program::add_import(nca.command());
    program::add_export(nca.command());
    program::add_info(nca.command());
    return nca.run(argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
// The program `nca-growing`: those commands of `nca` that the quick start needs, from fewer sources.
#include "command.hpp"
#include "processes.hpp"

namespace program {

void add_grow(const Command& program);
void add_run(const Command& program);
void add_evaluate(const Command& program);

} // namespace program

int main(int argc, char** argv) {
    using namespace program;
    Application nca{"nca-growing",
                    "Neural cellular automata: creatures that grow from one cell, persist and regenerate.\n"
                    "The program nca has more commands than these: see README.md."};
    nca.require_command();
    add_grow(nca.command());
    add_run(nca.command());
    add_evaluate(nca.command());
    const Processes processes;
    return processes.finish(nca.run(argc, argv));
}

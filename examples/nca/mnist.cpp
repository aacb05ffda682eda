// SPDX-License-Identifier: Apache-2.0
#include "mnist_program.hpp"

namespace program {

void add_mnist(CLI::App& app) {
    CLI::App* const group =
        app.add_subcommand("mnist", "Self-classifying digits: cells that agree on the digit that they form");
    // As in main(): an unknown command is not a missing one.
    group->require_subcommand(0, 1);
    add_mnist_train(*group);
    add_mnist_eval(*group);
    add_mnist_curves(*group);
    add_mnist_run(*group);
    group->callback([group] {
        if (group->get_subcommands().empty()) throw Failure{"a command of mnist is missing (see nca mnist --help)"};
    });
}

} // namespace program

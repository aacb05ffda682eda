// SPDX-License-Identifier: Apache-2.0
#include "mnist_program.hpp"

namespace program {

void add_mnist(CLI::App& app) {
    CLI::App& group =
        add_group(app, "mnist", "mnist", "Self-classifying digits: cells that agree on the digit that they form");
    add_mnist_train(group);
    add_mnist_eval(group);
    add_mnist_curves(group);
    add_mnist_run(group);
}

} // namespace program

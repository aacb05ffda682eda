// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "creature_training.hpp"

namespace program {

namespace {

/// Rule, which may train in bfloat16.
using TrainedRule = nca::growing::Rule<16, 128, nca::AnyCompute>;

struct GrowOptions {
    CreatureTrainingOptions creature{};
    double fire_rate = 0.5;
};

void grow(const GrowOptions& options) {
    nca::StepOptions<TrainedRule> step;
    step.fire_rate = options.fire_rate;
    train_creature<TrainedRule>(options.creature, {}, step, nca::Json::object());
}

} // namespace

void add_grow(const Command& program) {
    const auto [command, options] =
        program.add_command("grow", "Train a creature that grows from one cell into an image (Growing NCA)", grow);
    add_creature_training_options(command, options.creature);
    command.add("--fire-rate", options.fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0);
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "creature_training.hpp"

namespace program {

namespace {

/// Rule, whose network multiplies in bfloat16.
using NarrowRule = nca::growing::Rule<16, 128, nca::Compute<nca::bfloat16>>;

struct GrowOptions {
    CreatureTrainingOptions creature{};
    double fire_rate = 0.5;
};

void grow(const GrowOptions& options) {
    const auto train = [&]<class R>(nca::StepOptions<R> step) {
        step.fire_rate = options.fire_rate;
        step.bfloat16 = false; // what is drawn and measured is what others run
        train_creature<R>(options.creature, {}, step, nca::Json::object());
    };
    if (options.creature.training.is_bfloat16()) {
        train(nca::StepOptions<NarrowRule>{});
    } else {
        train(nca::StepOptions<Rule>{});
    }
}

} // namespace

void add_grow(const Command& program) {
    const auto [command, options] =
        program.add_command("grow", "Train a creature that grows from one cell into an image (Growing NCA)", grow);
    add_creature_training_options(command, options.creature);
    command.add("--fire-rate", options.fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0);
}

} // namespace program

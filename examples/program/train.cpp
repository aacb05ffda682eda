// SPDX-License-Identifier: Apache-2.0
// nca train: a creature of a rule that a file describes.
#include <nca/run/rule_file.hpp>

#include "command.hpp"
#include "creature_training.hpp"

#include <cstdint>

namespace program {

namespace {

struct TrainOptions {
    std::string rule{};
    CreatureTrainingOptions creature{};
};

/// Ends the program if a training of the rule would take more memory than computers have.
void require_trainable(const nca::ArchitectureOf<nca::AnyRule>& rule, const std::string& path) {
    constexpr std::int64_t most = 1 << 24;
    std::int64_t count = 0;
    for (int l = 0; l < rule.layer_count(); ++l)
        count += (rule.layer(l).inputs + std::int64_t{1}) * rule.layer(l).outputs;
    if (count <= most) return;
    throw Failure{nca::quote_path(path) + ": the rule has " + std::to_string(count) + " parameters; at most " +
                  std::to_string(most) + " can be trained"};
}

void train_own_rule(const TrainOptions& options) {
    const nca::RuleDescription description = require(nca::read_rule_file(options.rule));
    require_creature(description, options.rule);
    const auto rule = nca::ArchitectureOf<nca::AnyRule>::from(description);
    if (!rule) throw Failure{nca::quote_path(options.rule) + ": " + rule.error().message};
    require_trainable(*rule, options.rule);
    train_creature<nca::AnyRule>(options.creature, *rule, nca::step_options_of<nca::AnyRule>(*rule),
                                 nca::Json::object({{"rule", options.rule}}));
}

} // namespace

void add_train(const Command& program) {
    const auto [command, options] = program.add_command(
        "train", "Train a creature of a rule of your own, which a file describes (docs/rule-files.md)", train_own_rule);
    command.add("--rule", options.rule, "The rule, .json: with 2 dimensions, 4 or more channels, and life in channel 3")
        .required();
    add_creature_training_options(command, options.creature);
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
// nca goal eval: the pictures of a rule's goals, grown and changed, compared with their targets.
#include "command.hpp"
#include "goal_model.hpp"
#include "program.hpp"

namespace program {

namespace {

struct GoalEvalOptions {
    std::string model{};
    PictureOptions pictures{};
    int steps = 96;
    int seeds = 4;
    int threads = 0;
};

void goal_eval(const GoalEvalOptions& options) {
    const GoalModel found = load_goal_model(options.model);
    PictureOptions given = options.pictures;
    if (!given.size) given.size = found.size;
    if (!given.padding) given.padding = found.padding;
    const int goals = found.model.encoder.goals();
    if (static_cast<int>(given.pictures.size()) != goals) {
        throw Failure{"expected a picture for each of the " + std::to_string(goals) + " goals of " +
                      nca::quote_path(options.model) + ", found " + std::to_string(given.pictures.size())};
    }
    const GoalPictures pictures = load_pictures(given);
    nca::ThreadPool threads{options.threads};
    nca::Json result = nca::Json::object({{"model", options.model},
                                          {"targets", json_list(pictures.names)},
                                          {"steps", options.steps},
                                          {"seeds", options.seeds}});
    const nca::Json health = goal_health(found.model, pictures, options.steps, options.seeds, threads);
    for (const auto& [key, value] : *health.as_object()) result.set(key, value);
    print_result(result);
}

} // namespace

void add_goal_eval(const Command& group) {
    const auto [command, options] = group.add_command(
        "eval", "Grow the picture of every goal, change it to every other one, and compare with the targets",
        goal_eval);
    command.add("MODEL", options.model, "A model of nca goal train, or a published one, .pt or .safetensors")
        .required();
    add_pictures(command, options.pictures);
    command.add("--steps", options.steps, "Steps to grow, and steps after a change", 1, 1000000);
    command.add("--seeds", options.seeds, "Runs of each goal, with the seeds 1, 2, ...", 1, 100000);
    command.add_threads(options.threads);
}

} // namespace program

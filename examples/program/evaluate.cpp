// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "creature.hpp"

#include <algorithm>

namespace program {

namespace {

struct EvaluateOptions {
    std::string model{};
    TargetOptions target{};
    std::vector<long> steps{96, 200, 1000};
    int seeds = 8;
    double fire_rate = 0.5;
    int threads = 0;
    std::vector<std::string> damages{};
};

void evaluate(const EvaluateOptions& options) {
    const std::vector<Damage> damages = parse_damages(options.damages);
    std::vector<long> steps = options.steps;
    std::sort(steps.begin(), steps.end());
    const Model model = load_creature(options.model);
    const support::Target target = load_target(options.target);
    const auto seeds = static_cast<std::size_t>(options.seeds);
    std::vector<std::vector<double>> losses(steps.size(), std::vector<double>(seeds));
    nca::ThreadPool threads{options.threads};
    threads.run(options.seeds, [&](int seed) {
        const auto creature = make_cell_world<Rule>(model.rule, nullptr, target.height, target.width,
                                                    static_cast<std::uint64_t>(seed) + 1);
        nca::StepOptions<Rule> step;
        step.fire_rate = options.fire_rate;
        creature->set_options(step);
        creature->plant(target.width / 2, target.height / 2);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            while (creature->steps() < steps[i]) {
                apply_damages(*creature, damages);
                creature->step(false);
            }
            losses[i][static_cast<std::size_t>(seed)] = error_of(creature->state(), target);
        }
    });
    print_result(nca::Json::object({{"model", options.model},
                                    {"target", target.name},
                                    {"seeds", options.seeds},
                                    {"steps", json_list(steps)},
                                    {"loss", json_list(losses, mean_of)},
                                    {"worst_loss", json_list(losses, worst_of)}}));
}

} // namespace

void add_evaluate(const Command& program) {
    const auto [command, options] = program.add_command(
        "evaluate", "Compare what a model grows with its target: the mean squared error over several seeds", evaluate);
    command.add("MODEL", options.model, "A .safetensors model or a published .json model").required();
    add_target(command, options.target, "An image, an emoji, or a built-in target", 4096, 2048);
    command.add("--steps", options.steps, "Steps at which to compare, separated by commas", 0, 100000000);
    command.add("--seeds", options.seeds, "How many runs, with the seeds 1, 2, ...", 1, 100000);
    command.add_fire_rate(options.fire_rate);
    add_damage(command, options.damages);
    command.add_threads(options.threads);
}

} // namespace program

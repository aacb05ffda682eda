// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>

#include "creature.hpp"

#include <algorithm>
#include <memory>

namespace program {

namespace {

struct EvaluateOptions {
    std::string model;
    std::string target;
    int size = 40;
    int padding = 16;
    std::vector<long> steps{96, 200, 1000};
    int seeds = 8;
    double fire_rate = 0.5;
    int threads = 0;
    std::vector<std::string> damages;
};

void evaluate(const EvaluateOptions& options) {
    std::vector<Damage> damages;
    for (const std::string& text : options.damages) damages.push_back(parse_damage(text));
    std::vector<long> steps = options.steps;
    std::sort(steps.begin(), steps.end());
    const Model model = load_creature(options.model);
    const support::Target target = require(support::load_target(options.target, options.size, options.padding));
    const auto seeds = static_cast<std::size_t>(options.seeds);
    std::vector<std::vector<double>> losses(steps.size(), std::vector<double>(seeds));
    nca::ThreadPool threads{options.threads};
    threads.run(options.seeds, [&](int seed) {
        Simulation world{nca::borrow(model.rule), Simulation::Shape{{target.height, target.width}},
                         static_cast<std::uint64_t>(seed) + 1};
        nca::StepOptions<Rule> step;
        step.fire_rate = options.fire_rate;
        world.set_options(step);
        world.plant(target.width / 2, target.height / 2);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            while (static_cast<long>(world.steps()) < steps[i]) {
                apply_damage(world, damages);
                world.step();
            }
            losses[i][static_cast<std::size_t>(seed)] = error_of(world.state(), target);
        }
    });
    nca::Json step_list = nca::Json::array();
    nca::Json means = nca::Json::array();
    nca::Json worst = nca::Json::array();
    for (std::size_t i = 0; i < steps.size(); ++i) {
        double total = 0.0;
        for (const double loss : losses[i]) total += loss;
        step_list.push_back(steps[i]);
        means.push_back(total / options.seeds);
        worst.push_back(*std::max_element(losses[i].begin(), losses[i].end()));
    }
    print_result(nca::Json::object({{"model", options.model},
                                    {"target", target.name},
                                    {"seeds", options.seeds},
                                    {"steps", std::move(step_list)},
                                    {"loss", std::move(means)},
                                    {"worst_loss", std::move(worst)}}));
}

} // namespace

void add_evaluate(CLI::App& app) {
    const auto options = std::make_shared<EvaluateOptions>();
    CLI::App* const command = app.add_subcommand(
        "evaluate", "Compare what a model grows with its target: the mean squared error over several seeds");
    command->add_option("MODEL", options->model, "A .safetensors model or a published .json model")->required();
    command->add_option("--target", options->target, "A picture, an emoji, or a built-in target")->required();
    command->add_option("--size", options->size, "The longer side of the target in cells")
        ->capture_default_str()
        ->transform(whole_number(1, 4096));
    command->add_option("--padding", options->padding, "Empty cells around the target")
        ->capture_default_str()
        ->transform(whole_number(0, 2048));
    command->add_option("--steps", options->steps, "Steps at which to compare, separated by commas")
        ->delimiter(',')
        ->capture_default_str()
        ->transform(whole_number(0, 100000000));
    command->add_option("--seeds", options->seeds, "How many runs, with the seeds 1, 2, ...")
        ->capture_default_str()
        ->transform(whole_number(1, 100000));
    command->add_option("--fire-rate", options->fire_rate, "Share of the cells that update in a step")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    command
        ->add_option("--damage", options->damages,
                     "STEP:X,Y,R  Erase a disc of radius R at column X, row Y; repeatable")
        ->take_all()
        ->allow_extra_args(false);
    add_threads(*command, options->threads);
    command->callback([options] { evaluate(*options); });
}

} // namespace program

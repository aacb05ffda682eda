// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/task.hpp>

#include "commands.hpp"
#include "creature.hpp"
#include "portrait.hpp"
#include "program.hpp"
#include "training.hpp"

#include <algorithm>
#include <string>
#include <support/image.hpp>

namespace program {

namespace {

struct GrowOptions {
    TargetOptions target{};
    std::string experiment = "regenerating";
    nca::growing::Experiment given{}; ///< batch, fire rate and warm-up of the command line
    long drop_after = 2000;
    TrainingOptions training{.iterations = 8000};
};

nca::growing::Experiment experiment_of(const GrowOptions& options) {
    const auto& all = nca::growing::experiments;
    nca::growing::Experiment experiment =
        *std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.name == options.experiment; });
    experiment.batch = options.given.batch;
    experiment.fire_rate = options.given.fire_rate;
    experiment.warm_up = options.given.warm_up;
    experiment.learning_rate = nca::drop_after(options.drop_after);
    experiment.damaged = std::min(experiment.damaged, experiment.batch - 1);
    experiment.pool_size = std::max(experiment.pool_size, experiment.batch);
    return experiment;
}

void grow(const GrowOptions& options) {
    const support::Target target = load_target(options.target);
    nca::ThreadPool threads{options.training.threads};
    nca::Trainer trainer{
        nca::growing::Task<Rule>{grid_of(target), experiment_of(options)}, {.seed = options.training.seed}, threads};
    Training training = training_of(trainer);
    training.title = "Growing " + target.name + ", " + options.experiment;
    training.result = nca::Json::object({{"target", target.name}, {"experiment", options.experiment}});
    training.save_model = [&](const std::string& path) {
        save_creature(trainer.averaged_rule(), path, creature_notes(trainer.notes(), target));
    };
    training.images = {"film.png", "animation.webp"};
    training.draw = [&](const std::string& folder) {
        const Portrait portrait = make_portrait(trainer.averaged_rule(), target, options.given.fire_rate);
        require(support::write_png(folder + "/film.png", portrait.film));
        require(nca::write_file_atomically(folder + "/animation.webp", portrait.animation));
    };
    run_training(training, options.training);
}

} // namespace

void add_grow(const Command& program) {
    const auto [command, options] =
        program.add_command("grow", "Train a creature that grows from one cell into an image (Growing NCA)", grow);
    std::string names;
    for (const std::string& name : support::builtin_target_names()) names += (names.empty() ? "" : ", ") + name;
    add_target(command, options.target, "What to grow: an image file, an emoji, or one of: " + names).required();
    command.add("--experiment", options.experiment,
                "growing (from the seed only), persistent (with the sample pool) or regenerating (and damage)",
                {"growing", "persistent", "regenerating"});
    command.add("--batch", options.given.batch, "Samples per iteration", 1, 256);
    add_fields(command, options.given, {"fire_rate", "warm_up"});
    add_drop_after(command, options.drop_after);
    add_training_options(command, options.training,
                         "model.safetensors, film.png, animation.webp, loss.png and checkpoint.safetensors");
}

} // namespace program

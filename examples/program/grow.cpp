// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/checkpoint.hpp>
#include <nca/systems/growing/trainer.hpp>

#include "commands.hpp"
#include "portrait.hpp"
#include "training.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <support/target.hpp>
#include <utility>

namespace program {

namespace {

struct GrowOptions {
    std::string target;
    int size = 40;
    int padding = 16;
    std::string experiment = "regenerating";
    int batch = 8;
    double fire_rate = 0.5;
    long warm_up = 0;
    long drop_after = 2000;
    TrainingOptions training{.iterations = 8000};
};

using Trainer = nca::growing::Trainer<Rule>;

nca::growing::Experiment experiment_of(const GrowOptions& options) {
    const auto& all = nca::growing::experiments;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.name == options.experiment; });
    nca::growing::Experiment experiment = *found;
    experiment.batch = options.batch;
    experiment.fire_rate = options.fire_rate;
    experiment.warm_up = options.warm_up;
    experiment.learning_rate.last_initial = options.drop_after;
    experiment.damaged = std::min(experiment.damaged, options.batch - 1);
    experiment.pool_size = std::max(experiment.pool_size, options.batch);
    return experiment;
}

nca::StoredMetadata notes_of(const Trainer& trainer, const support::Target& target) {
    return {{"nca.system", "growing"},
            {"training.experiment", std::string{trainer.experiment().name}},
            {"training.iterations", std::to_string(trainer.iteration())},
            {"training.target", target.name},
            {"training.height", std::to_string(target.height)},
            {"training.width", std::to_string(target.width)},
            {"training.batch", std::to_string(trainer.experiment().batch)},
            {"training.fire_rate", nca::Json{trainer.experiment().fire_rate}.dump()},
            {"training.seed", std::to_string(trainer.seed())}};
}

void grow(const GrowOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const support::Target target = require(support::load_target(options.target, options.size, options.padding));
    if (static_cast<long>(target.height) * target.width > max_cells) throw Failure{"the grid has too many cells"};
    const Outputs outputs{options.training.out};
    const std::string checkpoint = outputs("checkpoint.safetensors");

    Trainer::Target grid{nca::Extents<nca::Dynamic, nca::Dynamic>{{target.height, target.width}}};
    std::copy(target.rgba.begin(), target.rgba.end(), grid.values().begin());
    nca::ThreadPool threads{options.training.threads};
    Trainer trainer{grid, experiment_of(options), options.training.seed, threads};
    std::vector<float> losses;
    if (options.training.resume) losses = require(nca::growing::load_checkpoint(trainer, checkpoint));
    make_folder(outputs, {"model.safetensors", "checkpoint.safetensors", "film.png", "animation.webp", "loss.png"});
    train(trainer, options.training, losses,
          [&] { require(nca::growing::save_checkpoint(trainer, std::span<const float>(losses), checkpoint)); });
    const std::string model = outputs("model.safetensors");
    save_creature(trainer.averaged_rule(), model, notes_of(trainer, target));
    nca::Json files = nca::Json::array({model});
    if (trainer.iteration() >= options.training.iterations) {
        const Portrait portrait = make_portrait(trainer.averaged_rule(), target, options.fire_rate);
        require(support::write_png(outputs("film.png"), portrait.film));
        require(nca::write_file_atomically(outputs("animation.webp"), portrait.animation));
        for (const char* name : {"film.png", "animation.webp"}) files.push_back(outputs(name));
    }
    finish_training(nca::Json::object({{"model", model}, {"target", target.name}, {"experiment", options.experiment}}),
                    trainer.iteration(), options.training, losses, "Growing " + target.name + ", " + options.experiment,
                    outputs, std::move(files), start);
}

} // namespace

void add_grow(const Command& program) {
    const auto [command, options] =
        program.add_command("grow", "Train a creature that grows from one cell into an image (Growing NCA)", grow);
    std::string names;
    for (const std::string& name : support::builtin_target_names()) names += (names.empty() ? "" : ", ") + name;
    command.add("--target", options.target, "What to grow: an image file, an emoji, or one of: " + names).required();
    command.add("--size", options.size, "The longer side of the target in cells; larger images are shrunk", 1, 1024);
    command.add("--padding", options.padding, "Empty cells around the target", 0, 1024);
    command.add("--experiment", options.experiment,
                "growing (from the seed only), persistent (with the sample pool) or regenerating (and damage)",
                {"growing", "persistent", "regenerating"});
    command.add("--batch", options.batch, "Samples per iteration", 1, 256);
    command.add("--fire-rate", options.fire_rate,
                "Fraction of the cells that update in a step; 1 trains a synchronous automaton", 0.0, 1.0);
    command.add("--drop-after", options.drop_after,
                "Last iteration at the initial learning rate of 0.002; later ones take a tenth (2000: as published)", 0,
                100000000);
    command.add("--warm-up", options.warm_up,
                "Iterations over which the length of rollouts grows from a tenth (0: as published)", 0, 100000000);
    add_training_options(command, options.training,
                         "model.safetensors, film.png, animation.webp, loss.png and checkpoint.safetensors");
}

} // namespace program

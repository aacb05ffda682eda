// SPDX-License-Identifier: Apache-2.0
#include <nca/systems/growing/task.hpp>

#include "command.hpp"
#include "creature.hpp"
#include "training.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <support/render.hpp>
#include <support/webp.hpp>

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

/// Draws a creature that grows from the seed on the grid of its target and, after a hole is cut, again.
void draw_portrait(const Rule& rule, const support::Target& target, double fire_rate, const std::string& folder) {
    constexpr std::array<int, 9> strip_steps{0, 16, 32, 48, 64, 96, 210, 240, 400};
    constexpr int cut_step = 200;
    constexpr int last_step = 400;
    constexpr int frame_every = 2;
    const std::unique_ptr<Creature> made = make_cell_world<Rule>(rule, nullptr, target.height, target.width, 1);
    Creature& creature = *made;
    nca::StepOptions<Rule> options;
    options.fire_rate = fire_rate;
    creature.set_options(options);
    creature.plant(target.width / 2, target.height / 2);

    const int side = std::max(target.height, target.width);
    const auto image = [&](int pixels) {
        return support::enlarge(image_of(creature.state()), std::max(1, pixels / side));
    };
    std::vector<support::Image> frames;
    std::vector<std::string> labels;
    const auto add_to_strip = [&](std::string label) {
        frames.push_back(image(144));
        labels.push_back(std::move(label));
    };
    std::optional<support::AnimationWriter> animation;
    const auto add_to_animation = [&](int milliseconds) {
        const support::Image frame = image(288);
        if (!animation) animation.emplace(require(support::AnimationWriter::create(frame.width, frame.height)));
        require(animation->add(frame, milliseconds));
    };
    for (int step = 0;; ++step) {
        const bool cut = step == cut_step;
        if (cut || std::find(strip_steps.begin(), strip_steps.end(), step) != strip_steps.end()) {
            add_to_strip(std::to_string(step));
        }
        if (step % frame_every == 0) add_to_animation(0);
        if (cut) {
            creature.erase(std::min(target.height, target.width) / 7.0, target.width / 2, target.height / 2);
            add_to_strip("cut");
            add_to_animation(400);
        }
        if (step == last_step) break;
        creature.step(false);
    }
    require(support::write_png(folder + "/film.png", support::film_strip(frames, labels)));
    require(nca::write_file_atomically(folder + "/animation.webp", require(animation->finish())));
}

void grow(const GrowOptions& options) {
    const support::Target target = load_target(options.target);
    nca::ThreadPool threads{options.training.threads};
    nca::Trainer trainer{
        nca::growing::Task<Rule>{grid_of(target), experiment_of(options)}, {.seed = options.training.seed}, threads};
    Training training;
    training.title = "Growing " + target.name + ", " + options.experiment;
    training.result = nca::Json::object({{"target", target.name}, {"experiment", options.experiment}});
    training.notes = creature_notes(target, options.target);
    training.images = {"film.png", "animation.webp"};
    training.draw = [&](const std::string& folder) {
        draw_portrait(trainer.averaged_rule(), target, options.given.fire_rate, folder);
    };
    run_training(trainer, training, options.training);
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

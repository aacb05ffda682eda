// SPDX-License-Identifier: Apache-2.0
// nca goal train: one rule that grows several pictures, and changes between them.
#include <nca/systems/goal_guided/evaluate.hpp>
#include <nca/systems/goal_guided/model_file.hpp>
#include <nca/systems/goal_guided/task.hpp>
#include <nca/train/soap.hpp>

#include "command.hpp"
#include "goal_model.hpp"
#include "health.hpp"
#include "training.hpp"

#include <cmath>
#include <support/render.hpp>
#include <support/webp.hpp>

namespace program {

namespace {

struct GoalTrainOptions {
    PictureOptions pictures{};
    std::string recipe = "published";
    nca::goal_guided::Experiment sizes{}; ///< of its numbers only the sizes and the fire rate of the rule
    std::optional<int> batch{};
    std::optional<long> iterations{};
    TrainingOptions training{};
};

nca::goal_guided::Experiment experiment_of(const GoalTrainOptions& options) {
    nca::goal_guided::Experiment experiment = options.sizes;
    if (options.recipe == "fast") {
        experiment = nca::goal_guided::fast(experiment, options.iterations.value_or(nca::goal_guided::fast_iterations));
    }
    experiment.iterations = options.iterations.value_or(experiment.iterations);
    experiment.batch = options.batch.value_or(experiment.batch);
    experiment.seeds = std::min(experiment.seeds, experiment.batch);
    experiment.pool_size = std::max(experiment.pool_size, experiment.batch);
    return experiment;
}

constexpr int grown_step = 96;

support::Image image_of_world(const nca::goal_guided::World& world) {
    return image_of(world.state());
}

/// The picture of every goal, grown from the seed.
support::Image draw_all(const nca::goal_guided::GuidedModel& model, const nca::goal_guided::World::Shape& extents) {
    std::vector<support::Image> images;
    for (int goal = 0; goal < model.encoder.goals(); ++goal) {
        auto world = nca::goal_guided::planted(model.rule, extents, 1);
        nca::goal_guided::set_goal(world, model.encoder, goal);
        world.step(grown_step);
        images.push_back(image_of_world(world));
    }
    const auto columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(images.size()))));
    return support::mosaic(images, columns);
}

/// Draws the picture of goal 0, which grows and becomes that of every other goal, and goal 0 again.
void draw_changes(const nca::goal_guided::GuidedModel& model, const nca::goal_guided::World::Shape& extents,
                  const std::string& folder) {
    constexpr int frame_every = 2;
    constexpr int animation_side = 192;
    constexpr int strip_side = 96;
    auto world = nca::goal_guided::planted(model.rule, extents, 1);
    const auto image = [&](int pixels) {
        return support::enlarge(image_of_world(world), std::max(1, pixels / extents.rows()));
    };
    std::vector<support::Image> frames;
    std::vector<std::string> labels;
    const support::Image first = image(animation_side);
    auto animation = require(support::AnimationWriter::create(first.width, first.height));
    require(animation.add(first));
    const int goals = model.encoder.goals();
    for (int change = 0; change <= goals; ++change) {
        nca::goal_guided::set_goal(world, model.encoder, change % goals);
        for (int step = 0; step < grown_step; step += frame_every) {
            world.step(frame_every);
            require(animation.add(image(animation_side)));
        }
        frames.push_back(image(strip_side));
        labels.push_back("goal " + std::to_string(change % goals));
    }
    require(support::write_png(folder + "/film.png", support::film_strip(frames, labels)));
    require(nca::write_file_atomically(folder + "/animation.webp", require(animation.finish())));
}

template <class Trainer>
void train(Trainer&& trainer, const GoalPictures& pictures, const GoalTrainOptions& options, nca::ThreadPool& threads) {
    const auto model = [&] {
        const nca::goal_guided::GuidedRule& mean = trainer.averaged_rule();
        return nca::goal_guided::GuidedModel{mean.rule(), mean.encoder()};
    };
    const auto& extents = trainer.task().extents();
    Training training;
    training.title = std::to_string(pictures.targets.size()) + " goals";
    training.result = nca::Json::object({{"targets", json_list(pictures.names)}, {"recipe", options.recipe}});
    training.notes = goal_notes(pictures, options.pictures);
    training.images = {"film.png", "animation.webp"};
    training.save = [&](const std::string& path, const nca::TextPairs& notes) {
        return nca::goal_guided::save_model(model(), path, notes);
    };
    training.draw = [&](const std::string& folder) { draw_changes(model(), extents, folder); };
    training.preview = [&] { return draw_all(model(), extents); };
    training.health = [&] { return goal_health(model(), pictures, grown_step, 4, threads); };
    TrainingOptions last = options.training;
    last.iterations = static_cast<long>(trainer.task().experiment().iterations);
    run_training(trainer, training, last);
}

void goal_train(const GoalTrainOptions& options) {
    const GoalPictures pictures = load_pictures(options.pictures);
    const auto task = require(nca::goal_guided::Task::create(pictures.targets, experiment_of(options)));
    const nca::TrainerOptions trainer{.seed = options.training.seed, .bfloat16 = options.training.is_bfloat16()};
    nca::ThreadPool threads{options.training.threads};
    if (options.recipe == "fast") {
        const nca::Soap<nca::AnyRule> soap{{}, task.architecture(), task.untrained().parameters().size()};
        train(nca::Trainer{task, soap, trainer, threads}, pictures, options, threads);
    } else {
        train(nca::Trainer{task, trainer, threads}, pictures, options, threads);
    }
}

} // namespace

void add_goal_train(const Command& group) {
    const auto [command, options] = group.add_command(
        "train", "Train one rule to grow several pictures, and to change between them (Goal-Guided NCA)", goal_train);
    add_pictures(command, options.pictures);
    command.add("--recipe", options.recipe,
                "published (the article's), or fast: better pictures in a fraction of the time (docs/goal-guided.md)",
                {"published", "fast"});
    add_fields(command, options.sizes, {"codes", "encoder_width", "hidden_width", "fire_rate"});
    command.add("--batch", options.batch, "Samples per iteration (default: 8, of the recipe fast 2)", 1, 256);
    command.add("--iterations", options.iterations,
                "Training iterations in all (default: 20000; of the recipe fast, which spreads its schedules over any "
                "number, 60000)",
                1, 100000000);
    add_compute(command, options.training);
    add_preview(command, options.training, "all pictures 96 steps after the seed");
    add_training_options(command, options.training,
                         "model.safetensors, film.png, animation.webp, loss.png and checkpoint.safetensors");
}

} // namespace program

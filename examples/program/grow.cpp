// SPDX-License-Identifier: Apache-2.0
#include <nca/systems/growing/cuts.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/train/soap.hpp>

#include "command.hpp"
#include "creature.hpp"
#include "health.hpp"
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
    std::string recipe = "published";
    double fire_rate = 0.5;
    std::optional<int> batch{};
    std::optional<long> warm_up{};
    std::optional<long> drop_after{};
    std::optional<long> iterations{};
    TrainingOptions training{};

    [[nodiscard]] bool is_fast() const { return recipe == "fast"; }
};

nca::growing::Experiment experiment_of(const GrowOptions& options, const nca::growing::Target<Rule>& target) {
    const auto& all = nca::growing::experiments;
    nca::growing::Experiment experiment =
        *std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.name == options.experiment; });
    if (options.is_fast()) {
        require_no_drop(options.drop_after);
        const std::int64_t iterations = nca::growing::fast_iterations(nca::growing::living_cells<Rule>(target));
        experiment = nca::growing::fast(experiment, options.iterations.value_or(iterations));
    } else {
        experiment.iterations = options.iterations.value_or(experiment.iterations);
        experiment.learning_rate = published_rate(options.drop_after);
    }
    experiment.batch = options.batch.value_or(experiment.batch);
    experiment.fire_rate = options.fire_rate;
    experiment.warm_up = options.warm_up.value_or(experiment.warm_up);
    experiment.damaged = std::min(experiment.damaged, experiment.batch - 1);
    experiment.pool_size = std::max(experiment.pool_size, experiment.batch);
    return experiment;
}

nca::StepOptions<Rule> step_options(const GrowOptions& options) {
    nca::StepOptions<Rule> step;
    step.fire_rate = options.fire_rate;
    return step;
}

/// The seed of a creature on the grid of its target.
std::unique_ptr<Creature> plant_creature(const Rule& rule, const support::Target& target, const GrowOptions& options) {
    std::unique_ptr<Creature> creature = make_cell_world<Rule>(rule, nullptr, target.height, target.width, 1);
    creature->set_options(step_options(options));
    creature->plant(target.width / 2, target.height / 2);
    return creature;
}

/// Draws a creature that grows from the seed on the grid of its target and, after a hole is cut, again.
void draw_portrait(const Rule& rule, const support::Target& target, const GrowOptions& options,
                   const std::string& folder) {
    constexpr std::array<int, 9> strip_steps{0, 16, 32, 48, 64, 96, 210, 240, 400};
    constexpr int cut_step = 200;
    constexpr int last_step = 400;
    constexpr int frame_every = 2;
    const std::unique_ptr<Creature> planted = plant_creature(rule, target, options);
    Creature& creature = *planted;

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

/// The creature 96 steps after the seed, without most of the empty cells around the target.
support::Image draw_preview(const Rule& rule, const support::Target& target, const GrowOptions& options) {
    const std::unique_ptr<Creature> creature = plant_creature(rule, target, options);
    for (int i = 0; i < 96; ++i) creature->step(false);
    const int margin = std::max(options.target.padding.value_or(16) - 2, 0);
    support::Image image{target.width - 2 * margin, target.height - 2 * margin};
    support::paste(image, image_of(creature->state()), -margin, -margin);
    return image;
}

template <class Trainer>
void train(Trainer&& trainer, const support::Target& target, const GrowOptions& options, nca::ThreadPool& threads) {
    Training training;
    training.title = "Growing " + target.name + ", " + options.experiment;
    training.result =
        nca::Json::object({{"target", target.name}, {"experiment", options.experiment}, {"recipe", options.recipe}});
    training.notes = creature_notes(target, options.target);
    training.images = {"film.png", "animation.webp"};
    training.draw = [&](const std::string& folder) { draw_portrait(trainer.averaged_rule(), target, options, folder); };
    training.preview = [&] { return draw_preview(trainer.averaged_rule(), target, options); };
    training.health = [&] {
        return creature_health(trainer.averaged_rule(), step_options(options), target, threads, short_health);
    };
    TrainingOptions given = options.training;
    given.iterations = static_cast<long>(trainer.task().experiment().iterations);
    run_training(trainer, training, given);
}

void grow(const GrowOptions& given) {
    GrowOptions options = given;
    const support::Target target = load_target_under_seed(options.target);
    const nca::growing::Target<Rule> grid = grid_of(target);
    const nca::growing::Task<Rule> task{grid, experiment_of(options, grid)};
    const nca::TrainerOptions trainer{.seed = options.training.seed};
    nca::ThreadPool threads{options.training.threads};
    if (options.is_fast()) {
        train(nca::Trainer{task, nca::Soap<Rule>{}, trainer, threads}, target, options, threads);
    } else {
        train(nca::Trainer{task, trainer, threads}, target, options, threads);
    }
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
    command.add("--recipe", options.recipe,
                "published (the article's), or fast: better creatures in a fraction of the time (docs/recipes.md)",
                {"published", "fast"});
    command.add("--batch", options.batch, "Samples per iteration (default: 8, of the recipe fast 4)", 1, 256);
    command.add("--fire-rate", options.fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0);
    command.add("--warm-up", options.warm_up,
                "Iterations over which rollouts grow to their length (default: 0, of the recipe fast 75% of all)", 0,
                100000000);
    command.add(
        "--drop-after", options.drop_after,
        "Last iteration at the initial learning rate of 0.002; later ones take a tenth (default: 2000); not for "
        "the recipe fast",
        0, 100000000);
    command.add("--iterations", options.iterations,
                "Training iterations in all (default: 8000; of the recipe fast, which spreads its schedules over any "
                "number, 2500 to 10400, fewer the larger the target)",
                1, 100000000);
    add_preview(command, options.training, "the creature 96 steps after the seed");
    add_training_options(command, options.training,
                         "model.safetensors, film.png, animation.webp, loss.png and checkpoint.safetensors");
}

} // namespace program

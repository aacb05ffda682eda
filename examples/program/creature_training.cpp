// SPDX-License-Identifier: Apache-2.0
#include "creature_training.hpp"

#include "any_world.hpp"

#include <algorithm>
#include <array>
#include <support/render.hpp>
#include <support/webp.hpp>
#include <vector>

namespace program {

nca::growing::Experiment experiment_of(const CreatureTrainingOptions& options, double fire_rate, int living_cells) {
    const auto& all = nca::growing::experiments;
    nca::growing::Experiment experiment =
        *std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.name == options.experiment; });
    if (options.is_fast()) {
        require_no_drop(options.drop_after);
        const std::int64_t iterations = nca::growing::fast_iterations(living_cells);
        experiment = nca::growing::fast(experiment, options.iterations.value_or(iterations));
    } else {
        experiment.iterations = options.iterations.value_or(experiment.iterations);
        experiment.learning_rate = published_rate(options.drop_after);
    }
    experiment.batch = options.batch.value_or(experiment.batch);
    experiment.fire_rate = fire_rate;
    experiment.warm_up = options.warm_up.value_or(experiment.warm_up);
    experiment.damaged = std::min(experiment.damaged, experiment.batch - 1);
    experiment.pool_size = std::max(experiment.pool_size, experiment.batch);
    return experiment;
}

Portrayed portrayed(std::shared_ptr<nca::AnySimulation> world) {
    return Portrayed{[world] { world->step(); },
                     [world](double radius, int x, int y) {
                         world->erase(radius, std::array{static_cast<double>(x), static_cast<double>(y)});
                     },
                     [world] {
                         return support::over_white(world->state(), world->sizes()[0], world->sizes()[1],
                                                    world->channels());
                     }};
}

std::shared_ptr<nca::AnySimulation> simulation_of(nca::AnyRule rule, const nca::StepOptions<nca::AnyRule>& step,
                                                  const support::Target& target) {
    const nca::AnyModel model = rules().make<2>({std::move(rule), {}, step, {}});
    return make_any_simulation(model, {target.height, target.width}, 1);
}

void draw_portrait(const Portrayed& creature, const support::Target& target, const std::string& folder) {
    constexpr std::array<int, 9> strip_steps{0, 16, 32, 48, 64, 96, 210, 240, 400};
    constexpr int cut_step = 200;
    constexpr int last_step = 400;
    constexpr int frame_every = 2;

    const int side = std::max(target.height, target.width);
    const auto image = [&](int pixels) { return support::enlarge(creature.image(), std::max(1, pixels / side)); };
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
        creature.step();
    }
    require(support::write_png(folder + "/film.png", support::film_strip(frames, labels)));
    require(nca::write_file_atomically(folder + "/animation.webp", require(animation->finish())));
}

support::Image draw_preview(const Portrayed& creature, const support::Target& target,
                            const CreatureTrainingOptions& options) {
    for (int i = 0; i < 96; ++i) creature.step();
    const int margin = std::max(options.target.padding.value_or(16) - 2, 0);
    support::Image image{target.width - 2 * margin, target.height - 2 * margin};
    support::paste(image, creature.image(), -margin, -margin);
    return image;
}

void add_creature_training_options(const Command& command, CreatureTrainingOptions& options) {
    std::string names;
    for (const std::string& name : support::builtin_target_names()) names += (names.empty() ? "" : ", ") + name;
    add_target(command, options.target, "What to grow: an image file, an emoji, or one of: " + names).required();
    command.add("--experiment", options.experiment,
                "growing (from the seed only), persistent (with the sample pool) or regenerating (and damage)",
                {"growing", "persistent", "regenerating"});
    command.add("--recipe", options.recipe,
                "published (the article's), or fast: better creatures in a fraction of the time (docs/recipes.md)",
                {"published", "fast"});
    add_compute(command, options.training);
    command.add("--batch", options.batch, "Samples per iteration (default: 8, of the recipe fast 4)", 1, 256);
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

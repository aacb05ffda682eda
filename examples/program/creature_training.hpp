// SPDX-License-Identifier: Apache-2.0
// Training a creature of any rule to grow into a picture: what nca grow and nca train share.
#ifndef NCA_EXAMPLES_PROGRAM_CREATURE_TRAINING_HPP
#define NCA_EXAMPLES_PROGRAM_CREATURE_TRAINING_HPP

#include <nca/run/any_simulation.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/train/soap.hpp>

#include "creature.hpp"
#include "health.hpp"
#include "training.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <support/image.hpp>

namespace program {

/// The options of both commands.
struct CreatureTrainingOptions {
    TargetOptions target{};
    std::string experiment = "regenerating";
    std::string recipe = "published";
    std::optional<int> batch{};
    std::optional<long> warm_up{};
    std::optional<long> drop_after{};
    std::optional<long> iterations{};
    TrainingOptions training{};

    [[nodiscard]] bool is_fast() const { return recipe == "fast"; }
};
/// Declares them.
void add_creature_training_options(const Command& command, CreatureTrainingOptions& options);

/// The experiment of these options, for a target of so many living cells.
[[nodiscard]] nca::growing::Experiment experiment_of(const CreatureTrainingOptions& options, double fire_rate,
                                                     int living_cells);

/// A creature to be drawn.
struct Portrayed {
    std::function<void()> step;
    std::function<void(double radius, int x, int y)> erase;
    std::function<support::Image()> image;
};
/// The cells of a world over white.
[[nodiscard]] Portrayed portrayed(std::shared_ptr<nca::AnySimulation> world);
/// An empty grid as large as a target.
[[nodiscard]] std::shared_ptr<nca::AnySimulation>
simulation_of(nca::AnyRule rule, const nca::StepOptions<nca::AnyRule>& step, const support::Target& target);
/// Draws a creature that grows from the seed on the grid of its target and, after a hole is cut, again.
void draw_portrait(const Portrayed& creature, const support::Target& target, const std::string& folder);
/// The creature 96 steps after the seed, without most of the empty cells around the target.
[[nodiscard]] support::Image draw_preview(const Portrayed& creature, const support::Target& target,
                                          const CreatureTrainingOptions& options);

/// Trains a rule, writes its files and prints the result; `result` begins with what only one of the commands tells.
template <class R>
void train_creature(const CreatureTrainingOptions& given, const nca::ArchitectureOf<R>& architecture,
                    const nca::StepOptions<R>& step, nca::Json result) {
    CreatureTrainingOptions options = given;
    const support::Target target = load_target_under_seed(options.target);
    const auto grid = grid_of(target);
    const nca::growing::Experiment experiment =
        experiment_of(options, step.fire_rate, nca::growing::living_cells<R>(grid));
    const nca::growing::Task<R> task{grid, experiment, architecture};
    const nca::TrainerOptions trainer_options{.seed = options.training.seed,
                                              .bfloat16 = options.training.is_bfloat16()};
    nca::ThreadPool threads{options.training.threads};

    const auto train = [&](auto&& trainer) {
        const auto creature = [&] {
            const auto world = simulation_of(require(nca::AnyRule::from(trainer.averaged_rule())),
                                             nca::options_as<nca::AnyRule>(step), target);
            world->plant(std::array{target.width / 2, target.height / 2});
            return portrayed(world);
        };
        Training training;
        training.title = "Growing " + target.name + ", " + options.experiment;
        training.result =
            result.set("target", target.name).set("experiment", options.experiment).set("recipe", options.recipe);
        training.notes = creature_notes(target, options.target);
        training.images = {"film.png", "animation.webp"};
        training.draw = [&](const std::string& folder) { draw_portrait(creature(), target, folder); };
        training.preview = [&] { return draw_preview(creature(), target, options); };
        training.health = [&] { return creature_health(trainer.averaged_rule(), step, target, threads, short_health); };
        TrainingOptions last = options.training;
        last.iterations = static_cast<long>(experiment.iterations);
        run_training(trainer, training, last);
    };
    if (options.is_fast()) {
        train(nca::Trainer{task, nca::Soap<R>{{}, architecture}, trainer_options, threads});
    } else {
        train(nca::Trainer{task, trainer_options, threads});
    }
}

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CREATURE_TRAINING_HPP

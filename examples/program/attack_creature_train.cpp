// SPDX-License-Identifier: Apache-2.0
// nca attack growing train, nca attack perturb train
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/adversarial/task.hpp>
#include <nca/train/soap.hpp>

#include "command.hpp"
#include "creature.hpp"
#include "health.hpp"
#include "training.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace program {

namespace {

struct CreatureTrainOptions {
    std::string victim{};
    TargetOptions target{};
    std::string recipe = "published";
    double fraction = 0.1;
    std::optional<int> batch{};
    std::optional<long> drop_after{};
    std::string name{}; ///< of the matrix in its file
    TrainingOptions training{.iterations = 8000};
};

template <class Task>
nca::adversarial::CreatureAttack attack_of(const CreatureTrainOptions& options, const Model& victim) {
    nca::adversarial::CreatureAttack attack;
    attack.fraction = Task::injects ? options.fraction : 0.0;
    attack.fire_rate = victim.options.fire_rate;
    attack.learning_rate = published_rate(options.drop_after);
    if (options.recipe == "fast") {
        require_no_drop(options.drop_after);
        attack = nca::adversarial::fast(attack, options.training.iterations);
    }
    attack.batch = options.batch.value_or(attack.batch);
    attack.pool_size = std::max(attack.pool_size, attack.batch);
    attack.damaged = std::min(attack.damaged, attack.batch - Task::replaced);
    return attack;
}

template <class Trainer>
void train_attack(Trainer&& trainer, const Model& victim, const support::Target& target,
                  const CreatureTrainOptions& options, nca::ThreadPool& threads) {
    constexpr bool injects = std::is_same_v<typename std::remove_cvref_t<Trainer>::Trained, Rule>;
    if (trainer.task().grown_state().count() == 0) {
        throw Failure{"'" + options.victim + "' grows nothing on the grid of the target: there is nothing to attack"};
    }
    const double fraction = trainer.task().attack().fraction;
    Training training;
    training.title = std::string{injects ? "Adversaries" : "A perturbation"} + " towards " + target.name;
    training.result = nca::Json::object({{"victim", options.victim}, {"target", target.name}});
    training.notes = creature_notes(target, options.target.as_trained(victim.metadata));
    if constexpr (injects) {
        training.result.set("fraction", fraction).set("recipe", options.recipe);
    } else {
        const std::string name = options.name.empty() ? target.name : options.name;
        training.result.set("name", name);
        training.product = "matrix";
        training.save = [&trainer, name](const std::string& path, const nca::TextPairs& notes) {
            return nca::adversarial::save_perturbation(trainer.averaged_rule(), name, path, notes);
        };
    }
    training.health = [&] {
        Attack trained;
        if constexpr (injects) {
            trained.adversary = trainer.averaged_rule();
            trained.fraction = fraction;
        } else {
            trained.perturbation = trainer.averaged_rule();
        }
        return attack_health(victim.rule, victim.options, std::move(trained), target, threads);
    };
    run_training(trainer, training, options.training);
}

template <class Trained>
void attack_creature_train(const CreatureTrainOptions& options) {
    using Task = nca::adversarial::CreatureTask<Rule, Trained>;
    const Model victim = load_creature(options.victim);
    const support::Target target = load_target(options.target.as_trained(victim.metadata));
    const Task task{victim.rule, grid_of(target), attack_of<Task>(options, victim)};
    const nca::TrainerOptions trainer{.seed = options.training.seed};
    nca::ThreadPool threads{options.training.threads};
    if constexpr (Task::injects) {
        if (options.recipe == "fast") {
            train_attack(nca::Trainer{task, nca::Soap<Rule>{}, trainer, threads}, victim, target, options, threads);
            return;
        }
    }
    train_attack(nca::Trainer{task, trainer, threads}, victim, target, options, threads);
}

void add_creature_train_options(const Command& command, CreatureTrainOptions& options, int min_batch,
                                const std::string& batch) {
    command.add("VICTIM", options.victim, "A growing model: ours or a published one; it stays as it is").required();
    add_target(command, options.target,
               "What the creature shall turn into: an image file, an emoji or a built-in target; its middle is where "
               "the creature grows from")
        .required();
    command.add("--batch", options.batch, "Samples per iteration (default: " + batch + ")", min_batch, 256);
    command.add("--drop-after", options.drop_after,
                "Last iteration at the initial learning rate of 0.002; later ones take a tenth (default: 2000)", 0,
                100000000);
}

} // namespace

void add_attack_growing_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train adversaries among the cells of a creature that turn it into a target",
                          attack_creature_train<Rule>);
    add_creature_train_options(command, options, 1, "8, of the recipe fast 4");
    command.add("--fraction", options.fraction, "Fraction of the target's cells that are adversaries", 0.0, 1.0);
    command.add("--recipe", options.recipe,
                "published (the article's), or fast: stronger attacks in less time (docs/adversarial.md)",
                {"published", "fast"});
    add_training_options(command, options.training, "model.safetensors, loss.png and checkpoint.safetensors");
}

void add_attack_perturb_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train a matrix that turns a creature into a target while it is applied",
                          attack_creature_train<nca::Perturbation<Rule>>);
    add_creature_train_options(command, options, 2, "8");
    command.add("--name", options.name, "Name of the matrix in its file (default: that of the target)");
    add_training_options(command, options.training, "matrix.safetensors, loss.png and checkpoint.safetensors");
}

} // namespace program

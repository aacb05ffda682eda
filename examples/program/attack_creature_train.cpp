// SPDX-License-Identifier: Apache-2.0
// nca attack growing train, nca attack perturb train
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/adversarial/task.hpp>

#include "command.hpp"
#include "creature.hpp"
#include "health.hpp"
#include "training.hpp"

#include <algorithm>

namespace program {

namespace {

struct CreatureTrainOptions {
    std::string victim{};
    TargetOptions target{};
    nca::adversarial::CreatureAttack attack{};
    long drop_after = 2000;
    std::string name{}; ///< of the matrix in its file
    TrainingOptions training{.iterations = 8000};
};

template <class Trained>
void attack_creature_train(const CreatureTrainOptions& options) {
    using Task = nca::adversarial::CreatureTask<Rule, Trained>;
    const Model victim = load_creature(options.victim);
    const TargetOptions given = options.target.as_trained(victim.metadata);
    const support::Target target = load_target(given);
    nca::adversarial::CreatureAttack attack = options.attack;
    attack.fire_rate = victim.options.fire_rate;
    if (!Task::injects) attack.fraction = 0.0;
    attack.pool_size = std::max(attack.pool_size, attack.batch);
    attack.damaged = std::min(attack.damaged, attack.batch - Task::replaced);
    attack.learning_rate = nca::drop_after(options.drop_after);
    nca::ThreadPool threads{options.training.threads};
    nca::Trainer trainer{Task{victim.rule, grid_of(target), attack}, {.seed = options.training.seed}, threads};
    if (trainer.task().grown_state().count() == 0) {
        throw Failure{"'" + options.victim + "' grows nothing on the grid of the target: there is nothing to attack"};
    }
    Training training;
    training.title = std::string{Task::injects ? "Adversaries" : "A perturbation"} + " towards " + target.name;
    training.result = nca::Json::object({{"victim", options.victim}, {"target", target.name}});
    training.notes = creature_notes(target, given);
    if constexpr (Task::injects) {
        training.result.set("fraction", attack.fraction);
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
        if constexpr (Task::injects) {
            trained.adversary = trainer.averaged_rule();
            trained.fraction = attack.fraction;
        } else {
            trained.perturbation = trainer.averaged_rule();
        }
        return attack_health(victim.rule, victim.options, std::move(trained), target, threads);
    };
    run_training(trainer, training, options.training);
}

void add_creature_train_options(const Command& command, CreatureTrainOptions& options, int min_batch) {
    command.add("VICTIM", options.victim, "A growing model: ours or a published one; it stays as it is").required();
    add_target(command, options.target,
               "What the creature shall turn into: an image file, an emoji or a built-in target; its middle is where "
               "the creature grows from")
        .required();
    command.add("--batch", options.attack.batch, "Samples per iteration", min_batch, 256);
    add_drop_after(command, options.drop_after);
}

} // namespace

void add_attack_growing_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train adversaries among the cells of a creature that turn it into a target",
                          attack_creature_train<Rule>);
    add_creature_train_options(command, options, 1);
    add_fields(command, options.attack, {"fraction"});
    add_training_options(command, options.training, "model.safetensors, loss.png and checkpoint.safetensors");
}

void add_attack_perturb_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train a matrix that turns a creature into a target while it is applied",
                          attack_creature_train<nca::Perturbation<Rule>>);
    add_creature_train_options(command, options, 2);
    command.add("--name", options.name, "Name of the matrix in its file (default: that of the target)");
    add_training_options(command, options.training, "matrix.safetensors, loss.png and checkpoint.safetensors");
}

} // namespace program

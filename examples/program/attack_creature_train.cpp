// SPDX-License-Identifier: Apache-2.0
// nca attack growing train, nca attack perturb train
#include <nca/core/thread_pool.hpp>
#include <nca/systems/adversarial/checkpoint.hpp>
#include <nca/systems/adversarial/creature_trainer.hpp>
#include <nca/systems/adversarial/matrices.hpp>

#include "commands.hpp"
#include "creature.hpp"
#include "training.hpp"

#include <chrono>
#include <span>
#include <type_traits>

namespace program {

namespace {

struct CreatureTrainOptions {
    std::string victim{};
    std::string target{};
    int size = 40;
    int padding = 16;
    int batch = 8;
    long drop_after = 2000;
    double fraction = 0.1;
    std::string name{}; ///< of the matrix in its file
    TrainingOptions training{.iterations = 8000};
};

template <class Trained>
void attack_creature_train(const CreatureTrainOptions& options) {
    using Trainer = nca::adversarial::CreatureTrainer<Rule, Trained>;
    const auto start = std::chrono::steady_clock::now();
    const Model victim = load_creature(options.victim);
    const support::Target target = require(support::load_target(options.target, options.size, options.padding));
    if (static_cast<long>(target.height) * target.width > max_cells) throw Failure{"the grid has too many cells"};
    const Outputs outputs{options.training.out};
    const std::string checkpoint = outputs("checkpoint.safetensors");
    const char* const file = Trainer::injects ? "model.safetensors" : "matrix.safetensors";
    nca::adversarial::CreatureAttack attack;
    attack.fraction = Trainer::injects ? options.fraction : 0.0;
    attack.batch = options.batch;
    attack.pool_size = std::max(attack.pool_size, options.batch);
    attack.damaged = std::min(attack.damaged, options.batch - (Trainer::injects ? 1 : 2));
    attack.learning_rate.last_initial = options.drop_after;
    nca::ThreadPool threads{options.training.threads};
    Trainer trainer{victim.rule, grid_of(target), attack, options.training.seed, threads};
    if (trainer.grown_state().count() == 0) {
        throw Failure{"'" + options.victim + "' grows nothing on the grid of the target: there is nothing to attack"};
    }
    std::vector<float> losses;
    if (options.training.resume) losses = require(nca::adversarial::load_checkpoint(trainer, checkpoint));
    make_folder(outputs, {file, "checkpoint.safetensors", "loss.png"});
    train(trainer, options.training, losses,
          [&] { require(nca::adversarial::save_checkpoint(trainer, std::span<const float>(losses), checkpoint)); });

    const std::string path = outputs(file);
    nca::StoredMetadata notes{{"nca.system", "growing"},
                              {"training.attack", Trainer::injects ? "injection" : "perturbation"},
                              {"training.victim", nca::adversarial::victim_fingerprint(victim.rule)},
                              {"training.target", target.name},
                              {"training.height", std::to_string(target.height)},
                              {"training.width", std::to_string(target.width)},
                              {"training.iterations", std::to_string(trainer.iteration())},
                              {"training.seed", std::to_string(trainer.seed())}};
    nca::Json result = nca::Json::object(
        {{Trainer::injects ? "model" : "matrix", path}, {"victim", options.victim}, {"target", target.name}});
    if constexpr (Trainer::injects) {
        notes.emplace_back("training.fraction", nca::Json{attack.fraction}.dump());
        result.set("fraction", attack.fraction);
        save_creature(trainer.averaged_rule(), path, notes);
    } else {
        const std::string name = options.name.empty() ? target.name : options.name;
        require(nca::adversarial::save_perturbation(trainer.averaged_rule(), name, path, notes));
        result.set("name", name);
    }
    finish_training(std::move(result), trainer.iteration(), options.training, losses,
                    std::string{Trainer::injects ? "Adversaries" : "A perturbation"} + " towards " + target.name,
                    outputs, nca::Json::array({path}), start);
}

void add_creature_train_options(const Command& command, CreatureTrainOptions& options, int min_batch) {
    command.add("VICTIM", options.victim, "A growing model: ours or a published one; it stays as it is").required();
    command
        .add("--target", options.target,
             "What the creature shall turn into: an image file, an emoji or a built-in target; its middle is where the "
             "creature grows from")
        .required();
    command.add("--size", options.size, "The longer side of the target in cells; larger images are shrunk", 1, 1024);
    command.add("--padding", options.padding, "Empty cells around the target", 0, 1024);
    command.add("--batch", options.batch, "Samples per iteration", min_batch, 256);
    command.add("--drop-after", options.drop_after,
                "Last iteration at the initial learning rate of 0.002; later ones take a tenth (2000: as published)", 0,
                100000000);
}

} // namespace

void add_attack_growing_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train adversaries among the cells of a creature that turn it into a target",
                          attack_creature_train<Rule>);
    add_creature_train_options(command, options, 1);
    command.add("--fraction", options.fraction, "Fraction of the target's cells that are adversaries", 0.0, 1.0);
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

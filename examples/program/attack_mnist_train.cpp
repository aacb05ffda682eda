// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/adversarial/checkpoint.hpp>
#include <nca/systems/adversarial/digit_trainer.hpp>

#include "commands.hpp"
#include "mnist_model.hpp"
#include "training.hpp"

#include <chrono>
#include <span>
#include <support/mnist_data.hpp>

namespace program {

namespace {

struct DigitTrainOptions {
    std::string victim{};
    int digit = 8;
    double fraction = 0.1;
    std::optional<double> noise{};
    std::string data{};
    TrainingOptions training{.iterations = 2000};
};

void attack_mnist_train(const DigitTrainOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const MnistModel victim = load_mnist_model(options.victim);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, true));
    const Outputs outputs{options.training.out};
    const std::string checkpoint = outputs("checkpoint.safetensors");
    nca::adversarial::DigitAttack attack;
    attack.digit = options.digit;
    attack.fraction = options.fraction;
    attack.noise = options.noise.value_or(noise_of(victim));
    nca::ThreadPool threads{options.training.threads};
    nca::adversarial::DigitTrainer<> trainer{victim.rule, digits, attack, options.training.seed, threads};
    std::vector<float> losses;
    if (options.training.resume) losses = require(nca::adversarial::load_checkpoint(trainer, checkpoint));
    make_folder(outputs, {"model.safetensors", "loss.png", "checkpoint.safetensors"});
    train(trainer, options.training, losses,
          [&] { require(nca::adversarial::save_checkpoint(trainer, std::span<const float>(losses), checkpoint)); });
    const std::string model = outputs("model.safetensors");
    save_mnist_model(trainer.averaged_rule(), model,
                     {{"nca.system", "mnist"},
                      {"nca.noise", nca::Json{attack.noise}.dump()},
                      {"training.attack", "injection"},
                      {"training.victim", nca::adversarial::victim_fingerprint(victim.rule)},
                      {"training.class", std::to_string(attack.digit)},
                      {"training.fraction", nca::Json{attack.fraction}.dump()},
                      {"training.iterations", std::to_string(trainer.iteration())},
                      {"training.seed", std::to_string(trainer.seed())}});
    finish_training(nca::Json::object({{"model", model},
                                       {"victim", options.victim},
                                       {"class", attack.digit},
                                       {"fraction", attack.fraction},
                                       {"noise", attack.noise}}),
                    trainer.iteration(), options.training, losses,
                    "Adversaries that always see " + std::to_string(attack.digit), outputs, nca::Json::array({model}),
                    start);
}

} // namespace

void add_attack_mnist_train(const Command& group) {
    const auto [command, options] = group.add_command(
        "train", "Train adversaries that make the cells of every digit agree on one class", attack_mnist_train);
    command.add("VICTIM", options.victim, "A model of nca mnist train or the published one; it stays as it is")
        .required();
    command.add("--class", options.digit, "The digit on which all cells shall agree", 0, 9);
    command.add("--fraction", options.fraction, "Fraction of the cells that are adversaries", 0.0, 1.0);
    command.add_noise(options.noise, "the victim");
    command.add_data(options.data);
    add_training_options(command, options.training, "model.safetensors, loss.png and checkpoint.safetensors");
}

} // namespace program

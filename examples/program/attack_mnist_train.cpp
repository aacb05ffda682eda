// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/adversarial/task.hpp>

#include "commands.hpp"
#include "mnist_model.hpp"
#include "program.hpp"
#include "training.hpp"

#include <optional>
#include <string>
#include <support/mnist_data.hpp>

namespace program {

namespace {

struct DigitTrainOptions {
    std::string victim{};
    nca::adversarial::DigitAttack attack{};
    std::optional<double> noise{};
    std::string data{};
    TrainingOptions training{.iterations = 2000};
};

void attack_mnist_train(const DigitTrainOptions& options) {
    const MnistModel victim = load_mnist_model(options.victim);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, true));
    nca::adversarial::DigitAttack attack = options.attack;
    attack.noise = options.noise.value_or(noise_of(victim));
    nca::ThreadPool threads{options.training.threads};
    nca::Trainer trainer{
        nca::adversarial::DigitTask<MnistRule>{victim.rule, digits, attack}, {.seed = options.training.seed}, threads};
    Training training = training_of(trainer);
    training.title = "Adversaries that always see " + std::to_string(attack.digit);
    training.result = nca::Json::object(
        {{"victim", options.victim}, {"class", attack.digit}, {"fraction", attack.fraction}, {"noise", attack.noise}});
    training.save_model = [&](const std::string& path) {
        save_mnist_model(trainer.averaged_rule(), path, attack.noise, trainer.notes());
    };
    run_training(training, options.training);
}

} // namespace

void add_attack_mnist_train(const Command& group) {
    const auto [command, options] = group.add_command(
        "train", "Train adversaries that make the cells of every digit agree on one class", attack_mnist_train);
    command.add("VICTIM", options.victim, "A model of nca mnist train or the published one; it stays as it is")
        .required();
    add_fields(command, options.attack, {"class", "fraction"});
    command.add_noise(options.noise, "the victim");
    command.add_data(options.data);
    add_training_options(command, options.training, "model.safetensors, loss.png and checkpoint.safetensors");
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/mnist/checkpoint.hpp>
#include <nca/systems/mnist/trainer.hpp>

#include "commands.hpp"
#include "mnist_model.hpp"
#include "training.hpp"

#include <optional>
#include <span>
#include <support/mnist_data.hpp>

namespace program {

namespace {

struct MnistTrainOptions {
    std::string loss = "l2";
    std::string scheme = "mutating";
    std::optional<double> noise{};
    std::string data{};
    TrainingOptions training{.iterations = 100'000};
};

using Trainer = nca::mnist::Trainer<nca::mnist::Rule<>>;

nca::mnist::Experiment experiment_of(const MnistTrainOptions& options) {
    nca::mnist::Experiment experiment = options.loss == "l2" ? nca::mnist::l2_noise : nca::mnist::cross_entropy;
    experiment.name = options.loss;
    if (options.noise) experiment.noise = *options.noise;
    experiment.scheme = options.scheme == "naive"        ? nca::mnist::Scheme::naive
                        : options.scheme == "persistent" ? nca::mnist::Scheme::persistent
                                                         : nca::mnist::Scheme::mutating;
    experiment.iterations = options.training.iterations;
    return experiment;
}

void mnist_train(const MnistTrainOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const nca::mnist::Digits digits = require(support::load_digits(options.data, true));
    const Outputs outputs{options.training.out};
    const std::string checkpoint = outputs("checkpoint.safetensors");
    nca::ThreadPool threads{options.training.threads};
    Trainer trainer{digits, experiment_of(options), options.training.seed, threads};
    std::vector<float> losses;
    if (options.training.resume) losses = require(nca::mnist::load_checkpoint(trainer, checkpoint));
    make_folder(outputs, {"model.safetensors", "loss.png", "checkpoint.safetensors"});
    train(trainer, options.training, losses,
          [&] { require(nca::mnist::save_checkpoint(trainer, std::span<const float>(losses), checkpoint)); });
    const std::string model = outputs("model.safetensors");
    save_mnist_model(trainer.averaged_rule(), model,
                     {{"nca.system", "mnist"},
                      {"nca.noise", nca::Json{trainer.experiment().noise}.dump()},
                      {"training.loss", options.loss},
                      {"training.scheme", options.scheme},
                      {"training.noise", nca::Json{trainer.experiment().noise}.dump()},
                      {"training.iterations", std::to_string(trainer.iteration())},
                      {"training.seed", std::to_string(trainer.seed())}});
    finish_training(nca::Json::object({{"model", model},
                                       {"loss_kind", options.loss},
                                       {"scheme", options.scheme},
                                       {"noise", trainer.experiment().noise}}),
                    trainer.iteration(), options.training, losses,
                    "Self-classifying MNIST, " + options.loss + ", " + options.scheme, outputs,
                    nca::Json::array({model}), start);
}

} // namespace

void add_mnist_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train cells to agree on the digit that they form", mnist_train);
    command.add("--loss", options.loss, "l2, or ce (cross-entropy)", {"l2", "ce"});
    command.add("--noise", options.noise,
                "Standard deviation of the noise on every update (default: 0.02 for l2, 0 for ce)", 0.0, 10.0);
    command.add("--scheme", options.scheme,
                "naive (fresh digits), persistent (with a pool) or mutating (images change under the cells)",
                {"naive", "persistent", "mutating"});
    command.add_data(options.data);
    add_training_options(command, options.training, "model.safetensors, loss.png and checkpoint.safetensors");
}

} // namespace program

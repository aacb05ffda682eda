// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/mnist/task.hpp>

#include "commands.hpp"
#include "mnist_model.hpp"
#include "program.hpp"
#include "training.hpp"

#include <optional>
#include <string>
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

nca::mnist::Experiment experiment_of(const MnistTrainOptions& options) {
    using nca::mnist::Scheme;
    nca::mnist::Experiment experiment = options.loss == "l2" ? nca::mnist::l2_noise : nca::mnist::cross_entropy;
    experiment.name = options.loss;
    experiment.noise = options.noise.value_or(experiment.noise);
    for (const Scheme scheme : {Scheme::naive, Scheme::persistent, Scheme::mutating}) {
        if (name_of(scheme) == options.scheme) experiment.scheme = scheme;
    }
    experiment.iterations = options.training.iterations;
    return experiment;
}

void mnist_train(const MnistTrainOptions& options) {
    const nca::mnist::Digits digits = require(support::load_digits(options.data, true));
    const nca::mnist::Experiment experiment = experiment_of(options);
    nca::ThreadPool threads{options.training.threads};
    nca::Trainer trainer{nca::mnist::Task<MnistRule>{digits, experiment}, {.seed = options.training.seed}, threads};
    Training training = training_of(trainer);
    training.title = "Self-classifying MNIST, " + options.loss + ", " + options.scheme;
    training.result =
        nca::Json::object({{"loss_kind", options.loss}, {"scheme", options.scheme}, {"noise", experiment.noise}});
    training.save_model = [&](const std::string& path) {
        save_mnist_model(trainer.averaged_rule(), path, experiment.noise, trainer.notes());
    };
    run_training(training, options.training);
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

// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/mnist/metrics.hpp>

#include "mnist_program.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <support/mnist_data.hpp>

namespace program {

namespace {

struct MnistEvalOptions {
    std::string model;
    std::string data;
    int count = 10'000;
    int steps = 200;
    bool mutate = false;
    std::optional<double> noise;
    double fire_rate = 0.5;
    std::uint64_t seed = 1;
    int threads = 0;
};

void mnist_eval(const MnistEvalOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const auto model = load_mnist_model(options.model);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    nca::mnist::Evaluation evaluation;
    evaluation.count = std::min(options.count, digits.count);
    evaluation.seed = options.seed;
    // The steps that the article's table and the text name, and the last; after the mutation the same again.
    for (const int first : {0, options.steps}) {
        if (first > 0 && !options.mutate) break;
        for (const int step : {10, 20, 50, 65, 80, 100, 150}) {
            if (step < options.steps) evaluation.record.push_back(first + step);
        }
        evaluation.record.push_back(first + options.steps);
    }
    if (options.mutate) evaluation.mutate_at = options.steps;
    nca::StepOptions<nca::mnist::Rule<>> step;
    step.fire_rate = options.fire_rate;
    step.noise = options.noise.value_or(noise_of(model));
    nca::ThreadPool threads{options.threads};
    const auto metrics = nca::mnist::evaluate(model.rule, digits, evaluation, step, threads);

    const auto list = [&](auto&& value) {
        nca::Json values = nca::Json::array();
        for (const nca::mnist::Metrics& m : metrics) values.push_back(value(m));
        return values;
    };
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(nca::Json::object({{"model", options.model},
                                    {"count", evaluation.count},
                                    {"noise", step.noise},
                                    {"steps", list([](const auto& m) { return m.step; })},
                                    {"cell_accuracy", list([](const auto& m) { return 100.0 * m.cell_accuracy; })},
                                    {"agreement", list([](const auto& m) { return 100.0 * m.agreement; })},
                                    {"majority", list([](const auto& m) { return 100.0 * m.majority; })},
                                    {"state_magnitude", list([](const auto& m) { return m.state; })},
                                    {"residual_magnitude", list([](const auto& m) { return m.residual; })},
                                    {"seconds", elapsed.count()}}));
}

} // namespace

void add_mnist_eval(CLI::App& group) {
    const auto options = std::make_shared<MnistEvalOptions>();
    CLI::App* const command =
        group.add_subcommand("eval", "Measure accuracy and agreement over the test digits, as the article does");
    command->add_option("MODEL", options->model, "A model: ours, or the published graph (.json)")->required();
    command->add_option("--data", options->data, "Folder of the four MNIST files (else the variable NCA_MNIST)");
    command->add_option("--count", options->count, "How many test digits, from the first")
        ->capture_default_str()
        ->transform(whole_number(1, 10'000));
    command->add_option("--steps", options->steps, "Steps, and with --mutate as many again")
        ->capture_default_str()
        ->transform(whole_number(1, 100'000));
    command->add_flag("--mutate", options->mutate, "Exchange the pictures under the cells after these steps");
    command
        ->add_option("--noise", options->noise,
                     "Standard deviation of the noise on every update; without it that of the model's training")
        ->check(finite_number(0.0, 10.0));
    command->add_option("--fire-rate", options->fire_rate, "Share of the cells that update in a step")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    command->add_option("--seed", options->seed, "Seed of fire masks, noise and mutations")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    add_threads(*command, options->threads);
    command->callback([options] { mnist_eval(*options); });
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "mnist_model.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <support/mnist_data.hpp>

namespace program {

namespace {

struct MnistEvalOptions {
    std::string model{};
    std::string data{};
    int count = 10'000;
    int steps = 200;
    bool mutate = false;
    std::optional<double> noise{};
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
    // The steps of the article's table and text, and the last; the same again after the mutation.
    for (const int first : {0, options.steps}) {
        if (first > 0 && !options.mutate) break;
        for (const int step : {10, 20, 50, 65, 80, 100, 150}) {
            if (step < options.steps) evaluation.record.push_back(first + step);
        }
        evaluation.record.push_back(first + options.steps);
    }
    if (options.mutate) evaluation.mutate_at = options.steps;
    nca::StepOptions<MnistRule> step;
    step.fire_rate = options.fire_rate;
    step.noise = options.noise.value_or(noise_of(model));
    nca::ThreadPool threads{options.threads};
    const auto metrics = evaluate(model.rule, digits, evaluation, step, threads);

    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(
        nca::Json::object({{"model", options.model},
                           {"count", evaluation.count},
                           {"noise", step.noise},
                           {"steps", json_list(metrics, [](const auto& m) { return m.step; })},
                           {"cell_accuracy", json_list(metrics, [](const auto& m) { return 100.0 * m.cell_accuracy; })},
                           {"agreement", json_list(metrics, [](const auto& m) { return 100.0 * m.agreement; })},
                           {"majority", json_list(metrics, [](const auto& m) { return 100.0 * m.majority; })},
                           {"state_magnitude", json_list(metrics, [](const auto& m) { return m.state; })},
                           {"residual_magnitude", json_list(metrics, [](const auto& m) { return m.residual; })},
                           {"seconds", elapsed.count()}}));
}

} // namespace

void add_mnist_eval(const Command& group) {
    const auto [command, options] = group.add_command(
        "eval", "Measure accuracy and agreement over the test digits, as the article does", mnist_eval);
    command.add("MODEL", options.model, "A model: ours, or the published graph (.json)").required();
    command.add_data(options.data);
    command.add("--count", options.count, "How many test digits, from the first", 1, 10'000);
    command.add("--steps", options.steps, "Steps, and with --mutate as many again", 1, 100'000);
    command.add("--mutate", options.mutate, "Exchange the images under the cells after these steps");
    command.add_noise(options.noise, "the model");
    command.add_fire_rate(options.fire_rate);
    command.add_seed(options.seed, "fire masks, noise and mutations");
    command.add_threads(options.threads);
}

} // namespace program

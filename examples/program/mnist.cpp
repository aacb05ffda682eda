// SPDX-License-Identifier: Apache-2.0
// nca mnist train, nca mnist eval, nca mnist curves
#include <nca/core/clock.hpp>
#include <nca/systems/mnist/health.hpp>
#include <nca/systems/mnist/metrics.hpp>
#include <nca/systems/mnist/task.hpp>

#include "command.hpp"
#include "health.hpp"
#include "model_file.hpp"
#include "training.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>
#include <optional>
#include <support/mnist_data.hpp>
#include <support/plot.hpp>

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
    Training training;
    training.title = "Self-classifying MNIST, " + options.loss + ", " + options.scheme;
    training.result =
        nca::Json::object({{"loss_kind", options.loss}, {"scheme", options.scheme}, {"noise", experiment.noise}});
    training.notes = mnist_notes(experiment.noise);
    training.health = [&] {
        nca::StepOptions<MnistRule> step;
        step.noise = experiment.noise;
        step.fire_rate = experiment.fire_rate;
        const auto test = support::load_digits(options.data, false); // a training needs no test set
        return json_of(nca::mnist::health(trainer.averaged_rule(), test ? *test : digits, step, threads));
    };
    run_training(trainer, training, options.training);
}

struct MnistEvalOptions {
    std::string model{};
    std::string data{};
    nca::mnist::Evaluation evaluation{};
    int steps = 200;
    bool mutate = false;
    bool health = false;
    std::optional<double> noise{};
    std::optional<double> fire_rate{};
    int threads = 0;
};

void mnist_eval(const MnistEvalOptions& options) {
    const double start = nca::detail::seconds_now();
    const MnistModel model = load_mnist_model(options.model);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    nca::mnist::Evaluation evaluation = options.evaluation;
    evaluation.count = std::min(evaluation.count, digits.count);
    // The steps of the article's table and text, and the last; the same again after the mutation.
    for (const int first : {0, options.steps}) {
        if (first > 0 && !options.mutate) break;
        for (const int step : {10, 20, 50, 65, 80, 100, 150}) {
            if (step < options.steps) evaluation.record.push_back(first + step);
        }
        evaluation.record.push_back(first + options.steps);
    }
    if (options.mutate) evaluation.mutate_at = options.steps;
    const nca::StepOptions<MnistRule> step = step_options_of(model, options.fire_rate, options.noise);
    nca::ThreadPool threads{options.threads};
    const auto metrics = nca::mnist::evaluate(model.rule, digits, evaluation, step, threads);
    nca::Json result =
        nca::Json::object({{"model", options.model},
                           {"count", evaluation.count},
                           {"noise", step.noise},
                           {"steps", json_list(metrics, [](const auto& m) { return m.step; })},
                           {"cell_accuracy", json_list(metrics, [](const auto& m) { return 100.0 * m.cell_accuracy; })},
                           {"agreement", json_list(metrics, [](const auto& m) { return 100.0 * m.agreement; })},
                           {"majority", json_list(metrics, [](const auto& m) { return 100.0 * m.majority; })},
                           {"state_magnitude", json_list(metrics, [](const auto& m) { return m.state; })},
                           {"residual_magnitude", json_list(metrics, [](const auto& m) { return m.residual; })}});
    if (options.health) result.set("health", json_of(nca::mnist::health(model.rule, digits, step, threads)));
    print_result(result.set("seconds", nca::detail::seconds_now() - start));
}

struct MnistCurvesOptions {
    std::vector<std::string> models{};
    std::string data{};
    nca::mnist::Evaluation evaluation{.count = 1'000};
    int steps = 200;
    int threads = 0;
    std::string out{};
};

struct Curves {
    std::string name;
    std::vector<nca::mnist::Metrics> metrics;
};

/// A diagram of the article: one metric of every model.
struct Diagram {
    const char* file;
    const char* title;
    const char* y_label;
    bool logarithmic;
    double factor;
    double nca::mnist::Metrics::*metric;
};

constexpr std::array<Diagram, 4> diagrams{{
    {"accuracy.png", "Average cell accuracy", "living cells that are right, percent", false, 100.0,
     &nca::mnist::Metrics::cell_accuracy},
    {"agreement.png", "Total agreement", "digits whose cells all agree, percent", false, 100.0,
     &nca::mnist::Metrics::agreement},
    {"magnitude.png", "State magnitude", "mean |state| of living cells", true, 1.0, &nca::mnist::Metrics::state},
    {"residual.png", "Residual magnitude", "mean |update| of firing cells", true, 1.0, &nca::mnist::Metrics::residual},
}};

support::Plot plot_of(const Diagram& diagram, const std::vector<Curves>& all) {
    support::Plot plot{.title = diagram.title, .x_label = "step", .y_label = diagram.y_label, .series = {}};
    plot.logarithmic = diagram.logarithmic;
    for (const Curves& curves : all) {
        support::Series series{.name = curves.name, .x = {}, .y = {}};
        for (const nca::mnist::Metrics& m : curves.metrics) {
            series.x.push_back(m.step);
            series.y.push_back(diagram.factor * m.*diagram.metric);
        }
        plot.series.push_back(std::move(series));
    }
    return plot;
}

void mnist_curves(const MnistCurvesOptions& options) {
    std::vector<MnistModel> models;
    for (const std::string& path : options.models) models.push_back(load_mnist_model(path));
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    const std::filesystem::path folder{options.out};
    std::vector<std::string> files;
    for (const Diagram& diagram : diagrams) files.push_back((folder / diagram.file).string());
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) throw Failure{"folder " + nca::quote_path(options.out) + ": " + failure.message()};
    for (const std::string& file : files) require_writable(file);

    nca::mnist::Evaluation evaluation = options.evaluation;
    evaluation.count = std::min(evaluation.count, digits.count);
    evaluation.mutate_at = options.steps;
    evaluation.record.resize(2 * static_cast<std::size_t>(options.steps));
    std::iota(evaluation.record.begin(), evaluation.record.end(), 1);
    nca::ThreadPool threads{options.threads};
    std::vector<Curves> all;
    nca::Json results = nca::Json::array();
    for (std::size_t i = 0; i < models.size(); ++i) {
        const MnistModel& model = models[i];
        all.push_back(
            {stem_of(options.models[i]), nca::mnist::evaluate(model.rule, digits, evaluation, model.options, threads)});
        const auto& metrics = all.back().metrics;
        const auto before = metrics.begin() + options.steps;
        const auto accuracy =
            std::ranges::max_element(metrics.begin(), before, {}, &nca::mnist::Metrics::cell_accuracy);
        const auto agreement = std::ranges::max_element(metrics.begin(), before, {}, &nca::mnist::Metrics::agreement);
        const nca::mnist::Metrics& last = *(before - 1);
        results.push_back(nca::Json::object({{"model", options.models[i]},
                                             {"best_cell_accuracy", 100.0 * accuracy->cell_accuracy},
                                             {"best_cell_accuracy_step", accuracy->step},
                                             {"best_agreement", 100.0 * agreement->agreement},
                                             {"best_agreement_step", agreement->step},
                                             {"cell_accuracy", 100.0 * last.cell_accuracy},
                                             {"agreement", 100.0 * last.agreement},
                                             {"majority", 100.0 * last.majority}}));
    }
    for (std::size_t i = 0; i < diagrams.size(); ++i) require(support::write_plot(files[i], plot_of(diagrams[i], all)));
    print_result(nca::Json::object({{"count", evaluation.count},
                                    {"steps", options.steps},
                                    {"results", std::move(results)},
                                    {"outputs", json_list(files)}}));
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

void add_mnist_eval(const Command& group) {
    const auto [command, options] = group.add_command(
        "eval", "Measure accuracy and agreement over the test digits, as the article does", mnist_eval);
    command.add("MODEL", options.model, "A model: ours, or the published graph (.json)").required();
    command.add_data(options.data);
    command.add("--count", options.evaluation.count, "How many test digits, from the first", 1, 10'000);
    command.add("--steps", options.steps, "Steps, and with --mutate as many again", 1, 100'000);
    command.add("--mutate", options.mutate, "Exchange the images under the cells after these steps");
    command.add(
        "--health", options.health,
        "Tell as well, in a verdict and in numbers, whether the first 100 digits are recognised until step 1,000");
    command.add_noise(options.noise, "the model");
    command.add_fire_rate(options.fire_rate);
    command.add_seed(options.evaluation.seed, "fire masks, noise and mutations");
    command.add_threads(options.threads);
}

void add_mnist_curves(const Command& group) {
    const auto [command, options] = group.add_command(
        "curves", "Draw the article's curves: accuracy, agreement and magnitudes, before and after a mutation",
        mnist_curves);
    command.add("MODEL", options.models, "Models to compare: ours, or the published graph (.json)").required();
    command.add_data(options.data);
    command.add("--count", options.evaluation.count, "How many test digits, from the first", 1, 10'000);
    command.add("--steps", options.steps, "Steps before the images are exchanged, and after", 2, 10'000);
    command.add_seed(options.evaluation.seed, "fire masks, noise and mutations");
    command.add_threads(options.threads);
    command.add("--out", options.out, "Folder for accuracy.png, agreement.png, magnitude.png, residual.png").required();
}

} // namespace program

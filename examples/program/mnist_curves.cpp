// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "mnist_model.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <support/mnist_data.hpp>
#include <support/plot.hpp>
#include <utility>

namespace program {

namespace {

struct MnistCurvesOptions {
    std::vector<std::string> models{};
    std::string data{};
    int count = 1'000;
    int steps = 200;
    std::uint64_t seed = 1;
    int threads = 0;
    std::string out{};
};

struct Curves {
    std::string name;
    std::vector<nca::mnist::Metrics> metrics;
};

/// The curve of one metric for every model.
template <class Value>
support::Plot plot_of(const std::vector<Curves>& all, std::string title, std::string y_label, bool logarithmic,
                      Value&& value) {
    support::Plot plot{.title = std::move(title), .x_label = "step", .y_label = std::move(y_label), .series = {}};
    plot.logarithmic = logarithmic;
    for (const Curves& curves : all) {
        support::Series series{.name = curves.name, .x = {}, .y = {}};
        for (const nca::mnist::Metrics& m : curves.metrics) {
            series.x.push_back(m.step);
            series.y.push_back(value(m));
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
    for (const char* const name : {"accuracy.png", "agreement.png", "magnitude.png", "residual.png"}) {
        files.push_back((folder / name).string());
    }
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) throw Failure{"folder " + nca::quote_path(options.out) + ": " + failure.message()};
    for (const std::string& file : files) require_writable(file);

    nca::mnist::Evaluation evaluation;
    evaluation.count = std::min(options.count, digits.count);
    evaluation.seed = options.seed;
    evaluation.mutate_at = options.steps;
    evaluation.record.resize(2 * static_cast<std::size_t>(options.steps));
    std::iota(evaluation.record.begin(), evaluation.record.end(), 1);
    nca::ThreadPool threads{options.threads};
    std::vector<Curves> all;
    nca::Json results = nca::Json::array();
    for (std::size_t i = 0; i < models.size(); ++i) {
        nca::StepOptions<MnistRule> step;
        step.noise = noise_of(models[i]);
        all.push_back({stem_of(options.models[i]), evaluate(models[i].rule, digits, evaluation, step, threads)});
        const auto& metrics = all.back().metrics;
        const auto before = metrics.begin() + options.steps;
        const auto best = [&](auto value) {
            return std::max_element(metrics.begin(), before,
                                    [&](const auto& a, const auto& b) { return value(a) < value(b); });
        };
        const auto accuracy = best([](const auto& m) { return m.cell_accuracy; });
        const auto agreement = best([](const auto& m) { return m.agreement; });
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
    const auto percent = [](double fraction) { return 100.0 * fraction; };
    using Metrics = nca::mnist::Metrics;
    require(support::write_plot(files[0], plot_of(all, "Average cell accuracy", "living cells that are right, percent",
                                                  false, [&](const Metrics& m) { return percent(m.cell_accuracy); })));
    require(support::write_plot(files[1], plot_of(all, "Total agreement", "digits whose cells all agree, percent",
                                                  false, [&](const Metrics& m) { return percent(m.agreement); })));
    require(support::write_plot(files[2], plot_of(all, "State magnitude", "mean |state| of living cells", true,
                                                  [](const Metrics& m) { return m.state; })));
    require(support::write_plot(files[3], plot_of(all, "Residual magnitude", "mean |update| of firing cells", true,
                                                  [](const Metrics& m) { return m.residual; })));
    print_result(nca::Json::object({{"count", evaluation.count},
                                    {"steps", options.steps},
                                    {"results", std::move(results)},
                                    {"outputs", json_list(files)}}));
}

} // namespace

void add_mnist_curves(const Command& group) {
    const auto [command, options] = group.add_command(
        "curves", "Draw the article's curves: accuracy, agreement and magnitudes, before and after a mutation",
        mnist_curves);
    command.add("MODEL", options.models, "Models to compare: ours, or the published graph (.json)").required();
    command.add_data(options.data);
    command.add("--count", options.count, "How many test digits, from the first", 1, 10'000);
    command.add("--steps", options.steps, "Steps before the images are exchanged, and after", 2, 10'000);
    command.add_seed(options.seed, "fire masks, noise and mutations");
    command.add_threads(options.threads);
    command.add("--out", options.out, "Folder for accuracy.png, agreement.png, magnitude.png, residual.png").required();
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/checkpoint.hpp>
#include <nca/systems/growing/trainer.hpp>

#include "portrait.hpp"
#include "program.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <support/plot.hpp>
#include <support/progress.hpp>
#include <support/target.hpp>

namespace program {

namespace {

struct GrowOptions {
    std::string target;
    int size = 40;
    int padding = 16;
    std::string experiment = "regenerating";
    long iterations = 8000;
    int batch = 8;
    double fire_rate = 0.5;
    long warm_up = 0;
    long drop_after = 2000;
    std::uint64_t seed = 1;
    int threads = 0;
    bool resume = false;
    double checkpoint_seconds = 60.0;
    std::string out;
};

using Trainer = nca::growing::Trainer<Rule>;

// Set by Ctrl-C and by kill; the loop looks at it after every iteration.
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void request_stop(int signal) {
    stop_signal = signal;
    // A second signal ends the program at once.
    std::signal(signal, SIG_DFL);
}

/// The paths of what a run writes.
struct Outputs {
    std::filesystem::path folder;
    [[nodiscard]] std::string operator()(const char* name) const { return (folder / name).string(); }
};

/// What cannot be written is found out now, not after the training.
void make_folder(const Outputs& outputs) {
    std::error_code error;
    std::filesystem::create_directories(outputs.folder, error);
    if (error || !std::filesystem::is_directory(outputs.folder, error)) {
        throw Failure{"--out '" + outputs.folder.string() + "': the folder cannot be made"};
    }
    for (const char* name : {"model.safetensors", "checkpoint.safetensors", "film.png", "animation.webp", "loss.png"}) {
        require_writable(outputs(name));
    }
}

nca::growing::Experiment experiment_of(const GrowOptions& options) {
    const auto& all = nca::growing::experiments;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.name == options.experiment; });
    nca::growing::Experiment experiment = *found;
    experiment.batch = options.batch;
    experiment.fire_rate = options.fire_rate;
    experiment.warm_up = options.warm_up;
    experiment.learning_rate.last_initial = options.drop_after;
    experiment.damaged = std::min(experiment.damaged, options.batch - 1);
    experiment.pool_size = std::max(experiment.pool_size, options.batch);
    return experiment;
}

nca::StoredMetadata notes_of(const Trainer& trainer, const support::Target& target) {
    return {{"nca.system", "growing"},
            {"training.experiment", std::string{trainer.experiment().name}},
            {"training.iterations", std::to_string(trainer.iteration())},
            {"training.target", target.name},
            {"training.height", std::to_string(target.height)},
            {"training.width", std::to_string(target.width)},
            {"training.batch", std::to_string(trainer.experiment().batch)},
            {"training.fire_rate", nca::Json{trainer.experiment().fire_rate}.dump()},
            {"training.seed", std::to_string(trainer.seed())}};
}

/// The mean of the last hundred losses.
double recent_loss(const std::vector<float>& losses) {
    const std::size_t count = std::min<std::size_t>(losses.size(), 100);
    double total = 0.0;
    for (std::size_t i = losses.size() - count; i < losses.size(); ++i) total += static_cast<double>(losses[i]);
    return count == 0 ? 0.0 : total / static_cast<double>(count);
}

void train(Trainer& trainer, const GrowOptions& options, const std::string& checkpoint, std::vector<float>& losses) {
    using Clock = std::chrono::steady_clock;
    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
    support::ProgressBar progress{options.iterations, static_cast<long>(trainer.iteration())};
    auto saved = Clock::now();
    int overflows = 0;
    while (trainer.iteration() < options.iterations && stop_signal == 0) {
        const auto report = trainer.step();
        losses.push_back(static_cast<float>(report.loss));
        overflows = report.finite ? 0 : overflows + 1;
        if (overflows == 20)
            throw Failure{"the training diverged: 20 iterations in a row overflowed; try another --seed"};
        progress.update(static_cast<long>(trainer.iteration()), report.loss);
        if (std::chrono::duration<double>(Clock::now() - saved).count() > options.checkpoint_seconds) {
            require(nca::growing::save_checkpoint(trainer, std::span<const float>(losses), checkpoint));
            saved = Clock::now();
        }
    }
    progress.finish();
    require(nca::growing::save_checkpoint(trainer, std::span<const float>(losses), checkpoint));
}

void grow(const GrowOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const support::Target target = require(support::load_target(options.target, options.size, options.padding));
    if (static_cast<long>(target.height) * target.width > max_cells) throw Failure{"the grid has too many cells"};
    const Outputs outputs{options.out};
    const std::string checkpoint = outputs("checkpoint.safetensors");

    Trainer::Target grid{nca::Extents<nca::Dynamic, nca::Dynamic>{{target.height, target.width}}};
    std::copy(target.rgba.begin(), target.rgba.end(), grid.values().begin());
    nca::ThreadPool threads{options.threads};
    Trainer trainer{grid, experiment_of(options), options.seed, threads};
    std::vector<float> losses;
    if (options.resume) losses = require(nca::growing::load_checkpoint(trainer, checkpoint));
    make_folder(outputs);
    train(trainer, options, checkpoint, losses);
    const bool stopped = trainer.iteration() < options.iterations;

    const std::string model = outputs("model.safetensors");
    require(nca::save_model(trainer.averaged_rule(), model, notes_of(trainer, target)));
    nca::Json files = nca::Json::array({model});
    if (!stopped) {
        const Portrait portrait = make_portrait(trainer.averaged_rule(), target, options.fire_rate);
        require(support::write_png(outputs("film.png"), portrait.film));
        require(nca::write_file_atomically(outputs("animation.webp"), portrait.animation));
        require(support::write_plot(outputs("loss.png"),
                                    support::loss_plot("Growing " + target.name + ", " + options.experiment, losses)));
        for (const char* name : {"film.png", "animation.webp", "loss.png"}) files.push_back(outputs(name));
    } else {
        std::fprintf(stderr, "nca: stopped after %lld of %ld iterations; the same command with --resume continues\n",
                     static_cast<long long>(trainer.iteration()), options.iterations);
    }
    files.push_back(checkpoint);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(nca::Json::object({{"model", model},
                                    {"target", target.name},
                                    {"experiment", options.experiment},
                                    {"iterations", trainer.iteration()},
                                    {"loss", recent_loss(losses)},
                                    {"seconds", elapsed.count()},
                                    {"stopped", stopped},
                                    {"outputs", std::move(files)}}));
}

} // namespace

void add_grow(CLI::App& app) {
    const auto options = std::make_shared<GrowOptions>();
    CLI::App* const command =
        app.add_subcommand("grow", "Train a creature that grows from one cell into a picture (Growing NCA)");
    std::string names;
    for (const std::string& name : support::builtin_target_names()) names += (names.empty() ? "" : ", ") + name;
    command->add_option("--target", options->target, "What to grow: a picture file, an emoji, or one of: " + names)
        ->required();
    command->add_option("--size", options->size, "The longer side of the target in cells; larger pictures are shrunk")
        ->capture_default_str()
        ->transform(whole_number(1, 1024));
    command->add_option("--padding", options->padding, "Empty cells around the target")
        ->capture_default_str()
        ->transform(whole_number(0, 1024));
    command
        ->add_option("--experiment", options->experiment,
                     "growing (from the seed only), persistent (with the sample pool) or regenerating (and damage)")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"growing", "persistent", "regenerating"}));
    command->add_option("--iterations", options->iterations, "Training iterations in all")
        ->capture_default_str()
        ->transform(whole_number(1, 100000000));
    command->add_option("--batch", options->batch, "Samples per iteration")
        ->capture_default_str()
        ->transform(whole_number(1, 256));
    command
        ->add_option("--fire-rate", options->fire_rate,
                     "Share of the cells that update in a step; 1 trains a synchronous automaton")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    command
        ->add_option("--drop-after", options->drop_after,
                     "Last iteration at the initial learning rate of 0.002; later ones take a tenth (2000: as published)")
        ->capture_default_str()
        ->transform(whole_number(0, 100000000));
    command
        ->add_option("--warm-up", options->warm_up,
                     "Iterations over which the length of rollouts grows from a tenth (0: as published)")
        ->capture_default_str()
        ->transform(whole_number(0, 100000000));
    command->add_option("--seed", options->seed, "Seed of all that is random")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    add_threads(*command, options->threads);
    command->add_flag("--resume", options->resume, "Continue from the checkpoint in the --out folder");
    command->add_option("--checkpoint-every", options->checkpoint_seconds, "Seconds between two checkpoints")
        ->capture_default_str()
        ->check(finite_number(0.0, 1e9));
    command
        ->add_option("--out", options->out,
                     "Folder for model.safetensors, film.png, animation.webp, loss.png and checkpoint.safetensors")
        ->required();
    command->callback([options] { grow(*options); });
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include "program.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <support/plot.hpp>
#include <support/progress.hpp>
#include <system_error>
#include <utility>

namespace program {

namespace {

// Set by Ctrl-C and by kill; read after every iteration.
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void request_stop(int signal) {
    stop_signal = signal;
    // A second signal ends the program at once.
    std::signal(signal, SIG_DFL);
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || !std::filesystem::is_directory(folder, error)) {
        throw Failure{"--out '" + folder.string() + "': the folder cannot be made"};
    }
}

/// The mean of the last hundred losses.
double recent_loss(const std::vector<float>& losses) {
    const std::size_t count = std::min<std::size_t>(losses.size(), 100);
    double total = 0.0;
    for (std::size_t i = losses.size() - count; i < losses.size(); ++i) total += static_cast<double>(losses[i]);
    return count == 0 ? 0.0 : total / static_cast<double>(count);
}

void iterate(const Training& training, const TrainingOptions& options, const std::string& checkpoint) {
    using Clock = std::chrono::steady_clock;
    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
    support::ProgressBar progress{options.iterations, static_cast<long>(training.iteration())};
    auto saved = Clock::now();
    int overflows = 0;
    while (training.iteration() < options.iterations && stop_signal == 0) {
        const nca::TrainingReport report = training.step();
        overflows = report.finite ? 0 : overflows + 1;
        if (overflows == nca::max_overflows) {
            throw Failure{"the training diverged: " + std::to_string(overflows) +
                          " iterations in a row overflowed; try another --seed"};
        }
        progress.update(static_cast<long>(training.iteration()), report.loss);
        if (std::chrono::duration<double>(Clock::now() - saved).count() > options.checkpoint_seconds) {
            require(training.save(checkpoint));
            saved = Clock::now();
        }
    }
    progress.finish();
    require(training.save(checkpoint));
}

} // namespace

void add_training_options(const Command& command, TrainingOptions& options, const std::string& files) {
    command.add("--iterations", options.iterations, "Training iterations in all", 1, 100000000);
    command.add_seed(options.seed, "everything random");
    command.add_threads(options.threads);
    command.add("--resume", options.resume, "Continue from the checkpoint in the --out folder");
    command.add("--checkpoint-every", options.checkpoint_seconds, "Seconds between two checkpoints", 0.0, 1e9);
    command.add("--out", options.out, "Folder for " + files).required();
}

void add_drop_after(const Command& command, long& drop_after) {
    command.add("--drop-after", drop_after,
                "Last iteration at the initial learning rate of 0.002; later ones take a tenth (2000: as published)", 0,
                100000000);
}

void run_training(const Training& training, const TrainingOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const std::filesystem::path folder{options.out};
    const auto path_of = [&](const std::string& name) { return (folder / name).string(); };
    const std::string checkpoint = path_of("checkpoint.safetensors");
    const std::string curve = path_of("loss.png");
    const std::string model = path_of(training.model);
    if (options.resume) require(training.resume(checkpoint));
    make_folder(folder);
    for (const std::string& path : {model, checkpoint, curve}) require_writable(path);
    for (const std::string& name : training.images) require_writable(path_of(name));

    iterate(training, options, checkpoint);
    training.save_model(model);
    nca::Json files = nca::Json::array({model});
    const std::int64_t iteration = training.iteration();
    const bool stopped = iteration < options.iterations;
    if (!stopped) {
        if (training.draw) training.draw(options.out);
        for (const std::string& name : training.images) files.push_back(path_of(name));
        require(support::write_plot(curve, support::loss_plot(training.title, training.losses())));
        files.push_back(curve);
    } else {
        std::fprintf(stderr, "nca: stopped after %lld of %ld iterations; the same command with --resume continues\n",
                     static_cast<long long>(iteration), options.iterations);
    }
    files.push_back(checkpoint);
    nca::Json result = nca::Json::object({{training.model_key, model}});
    for (const auto& [key, value] : *training.result.as_object()) result.set(key, value);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(result.set("iterations", iteration)
                     .set("loss", recent_loss(training.losses()))
                     .set("seconds", elapsed.count())
                     .set("stopped", stopped)
                     .set("outputs", std::move(files)));
}

} // namespace program

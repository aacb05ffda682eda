// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <nca/core/clock.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <support/plot.hpp>
#include <support/progress.hpp>
#include <system_error>

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
    const double total = std::accumulate(losses.end() - static_cast<std::ptrdiff_t>(count), losses.end(), 0.0);
    return count == 0 ? 0.0 : total / static_cast<double>(count);
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

void detail::run_training(const AnyTrainer& trainer, const Training& training, const TrainingOptions& options) {
    const double start = nca::detail::seconds_now();
    const std::filesystem::path folder{options.out};
    const auto path_of = [&](const std::string& name) { return (folder / name).string(); };
    const std::string checkpoint = path_of("checkpoint.safetensors");
    const std::string curve = path_of("loss.png");
    const std::string model = path_of(training.product + ".safetensors");
    if (options.resume) require(trainer.resume(checkpoint));
    make_folder(folder);
    for (const std::string& path : {model, checkpoint, curve}) require_writable(path);
    for (const std::string& name : training.images) require_writable(path_of(name));

    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
    support::ProgressBar progress{options.iterations, static_cast<long>(trainer.iteration())};
    double saved = nca::detail::seconds_now();
    const nca::RunEnd end = trainer.run(options.iterations, [&](const nca::TrainingReport& report) {
        progress.update(static_cast<long>(trainer.iteration()), report.loss);
        if (nca::detail::seconds_now() - saved > options.checkpoint_seconds) {
            require(trainer.save(checkpoint));
            saved = nca::detail::seconds_now();
        }
        return stop_signal == 0;
    });
    if (end == nca::RunEnd::diverged) {
        throw Failure{"the training diverged: " + std::to_string(nca::max_overflows) +
                      " iterations in a row overflowed; try another --seed"};
    }
    progress.finish();
    require(trainer.save(checkpoint));
    require(trainer.save_model(model));
    nca::Json files = nca::Json::array({model});
    const bool stopped = end == nca::RunEnd::stopped;
    if (!stopped) {
        if (training.draw) training.draw(options.out);
        for (const std::string& name : training.images) files.push_back(path_of(name));
        require(support::write_plot(curve, support::loss_plot(training.title, *trainer.losses)));
        files.push_back(curve);
    } else {
        std::fprintf(stderr, "nca: stopped after %lld of %ld iterations; the same command with --resume continues\n",
                     static_cast<long long>(trainer.iteration()), options.iterations);
    }
    files.push_back(checkpoint);
    nca::Json result = nca::Json::object({{training.product, model}});
    for (const auto& [key, value] : *training.result.as_object()) result.set(key, value);
    print_result(result.set("iterations", trainer.iteration())
                     .set("loss", recent_loss(*trainer.losses))
                     .set("seconds", nca::detail::seconds_now() - start)
                     .set("stopped", stopped)
                     .set("outputs", std::move(files)));
}

} // namespace program

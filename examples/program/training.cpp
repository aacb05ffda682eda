// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <support/plot.hpp>
#include <system_error>
#include <utility>

namespace program {

namespace {

// Set by Ctrl-C and by kill; the loop looks at it after every iteration.
volatile std::sig_atomic_t stop_signal = 0;

extern "C" void request_stop(int signal) {
    stop_signal = signal;
    // A second signal ends the program at once.
    std::signal(signal, SIG_DFL);
}

} // namespace

void add_training_options(const Command& command, TrainingOptions& options, const std::string& files) {
    command.add("--iterations", options.iterations, "Training iterations in all", 1, 100000000);
    command.add_seed(options.seed, "all that is random");
    command.add_threads(options.threads);
    command.add("--resume", options.resume, "Continue from the checkpoint in the --out folder");
    command.add("--checkpoint-every", options.checkpoint_seconds, "Seconds between two checkpoints", 0.0, 1e9);
    command.add("--out", options.out, "Folder for " + files).required();
}

void make_folder(const Outputs& outputs, std::initializer_list<const char*> names) {
    std::error_code error;
    std::filesystem::create_directories(outputs.folder, error);
    if (error || !std::filesystem::is_directory(outputs.folder, error)) {
        throw Failure{"--out '" + outputs.folder.string() + "': the folder cannot be made"};
    }
    for (const char* name : names) require_writable(outputs(name));
}

void catch_stop_signals() {
    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
}

bool stop_requested() noexcept {
    return stop_signal != 0;
}

double recent_loss(const std::vector<float>& losses) {
    const std::size_t count = std::min<std::size_t>(losses.size(), 100);
    double total = 0.0;
    for (std::size_t i = losses.size() - count; i < losses.size(); ++i) total += static_cast<double>(losses[i]);
    return count == 0 ? 0.0 : total / static_cast<double>(count);
}

void finish_training(nca::Json result, std::int64_t iteration, const TrainingOptions& options,
                     const std::vector<float>& losses, const std::string& title, const Outputs& outputs,
                     nca::Json files, std::chrono::steady_clock::time_point start) {
    const bool stopped = iteration < options.iterations;
    if (!stopped) {
        require(support::write_plot(outputs("loss.png"), support::loss_plot(title, losses)));
        files.push_back(outputs("loss.png"));
    } else {
        std::fprintf(stderr, "nca: stopped after %lld of %ld iterations; the same command with --resume continues\n",
                     static_cast<long long>(iteration), options.iterations);
    }
    files.push_back(outputs("checkpoint.safetensors"));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(result.set("iterations", iteration)
                     .set("loss", recent_loss(losses))
                     .set("seconds", elapsed.count())
                     .set("stopped", stopped)
                     .set("outputs", std::move(files)));
}

} // namespace program

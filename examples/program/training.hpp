// SPDX-License-Identifier: Apache-2.0
// What the commands that train share: folders, the loop with its progress bar and checkpoints, Ctrl-C.
#ifndef NCA_EXAMPLES_PROGRAM_TRAINING_HPP
#define NCA_EXAMPLES_PROGRAM_TRAINING_HPP

#include "program.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <support/progress.hpp>
#include <vector>

namespace program {

/// The options of every command that trains.
struct TrainingOptions {
    long iterations = 0;
    std::uint64_t seed = 1;
    int threads = 0;
    bool resume = false;
    double checkpoint_seconds = 60.0;
    std::string out{};
};
/// Adds them to a command. `files`: what the folder --out will hold, for its help.
void add_training_options(const Command& command, TrainingOptions& options, const std::string& files);

/// The paths of what a run writes.
struct Outputs {
    std::filesystem::path folder;
    [[nodiscard]] std::string operator()(const char* name) const { return (folder / name).string(); }
};
/// Makes the folder. What cannot be written ends the program now, not after the training.
void make_folder(const Outputs& outputs, std::initializer_list<const char*> names);

/// From now on Ctrl-C and kill ask a training to stop, which saves a checkpoint; a second signal ends the program.
void catch_stop_signals();
[[nodiscard]] bool stop_requested() noexcept;

/// The mean of the last hundred losses.
[[nodiscard]] double recent_loss(const std::vector<float>& losses);

/// Trains until all iterations are done or a stop is requested; `save()` writes a checkpoint, now and then and at the
/// end. Ends the program if 20 iterations in a row overflow.
template <class Trainer, class Save>
void train(Trainer& trainer, const TrainingOptions& options, std::vector<float>& losses, Save&& save) {
    using Clock = std::chrono::steady_clock;
    catch_stop_signals();
    support::ProgressBar progress{options.iterations, static_cast<long>(trainer.iteration())};
    auto saved = Clock::now();
    int overflows = 0;
    while (trainer.iteration() < options.iterations && !stop_requested()) {
        const auto report = trainer.step();
        losses.push_back(static_cast<float>(report.loss));
        overflows = report.finite ? 0 : overflows + 1;
        if (overflows == 20)
            throw Failure{"the training diverged: 20 iterations in a row overflowed; try another --seed"};
        progress.update(static_cast<long>(trainer.iteration()), report.loss);
        if (std::chrono::duration<double>(Clock::now() - saved).count() > options.checkpoint_seconds) {
            save();
            saved = Clock::now();
        }
    }
    progress.finish();
    save();
}

/// The end of a training: draws the losses, unless it was stopped, and prints `result` with what all trainings tell.
/// files: those that were written so far; the checkpoint is listed last.
void finish_training(nca::Json result, std::int64_t iteration, const TrainingOptions& options,
                     const std::vector<float>& losses, const std::string& title, const Outputs& outputs,
                     nca::Json files, std::chrono::steady_clock::time_point start);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TRAINING_HPP

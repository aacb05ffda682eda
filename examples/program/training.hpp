// SPDX-License-Identifier: Apache-2.0
// What the commands that train share: options, folders, the loop with its progress bar and checkpoints, Ctrl-C.
#ifndef NCA_EXAMPLES_PROGRAM_TRAINING_HPP
#define NCA_EXAMPLES_PROGRAM_TRAINING_HPP

#include <nca/core/fields.hpp>
#include <nca/core/result.hpp>
#include <nca/io/json.hpp>
#include <nca/train/report.hpp>

#include "command.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
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

/// Declares flags for some numbers of an options struct that lists its fields: --fire-rate for "fire_rate", with the
/// help and the range of the field.
template <class Options>
void add_fields(const Command& command, Options& options, std::initializer_list<std::string_view> names) {
    nca::for_each_field(options, [&](const auto& info, auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
            if (std::find(names.begin(), names.end(), info.name) == names.end()) return;
            std::string flag = "--" + std::string{info.name};
            std::replace(flag.begin(), flag.end(), '_', '-');
            command.add(flag, value, std::string{info.help}, static_cast<T>(info.min), static_cast<T>(info.max));
        }
    });
}

/// Declares --drop-after: the last iteration at the initial learning rate.
void add_drop_after(const Command& command, long& drop_after);

/// A training and what it writes into --out, beside the checkpoint and the curve of the losses.
struct Training {
    std::function<nca::TrainingReport()> step{};
    std::function<nca::Result<void>(const std::string& path)> save{};
    std::function<nca::Result<void>(const std::string& path)> resume{};
    std::function<std::int64_t()> iteration{};
    std::function<std::vector<float>()> losses{};

    std::string title{};                     ///< of the curve
    nca::Json result{};                      ///< what the command prints besides
    std::string model = "model.safetensors"; ///< the file that save_model() writes
    std::string model_key = "model";         ///< its key in the result
    std::function<void(const std::string& path)> save_model{};
    std::vector<std::string> images{}; ///< files that draw() writes of a finished training
    std::function<void(const std::string& folder)> draw{};
};

/// The training of a nca::Trainer, which outlives it.
template <class Trainer>
[[nodiscard]] Training training_of(Trainer& trainer) {
    Training training;
    training.step = [&] { return trainer.step(); };
    training.save = [&](const std::string& path) { return trainer.save(path); };
    training.resume = [&](const std::string& path) { return trainer.resume(path); };
    training.iteration = [&] { return trainer.iteration(); };
    training.losses = [&] { return trainer.losses(); };
    return training;
}

/// Trains until all iterations are done or a signal asks to stop, writes checkpoints on the way and all files at the
/// end, and prints the result. What cannot be written ends the program before the training.
void run_training(const Training& training, const TrainingOptions& options);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TRAINING_HPP

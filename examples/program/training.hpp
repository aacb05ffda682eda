// SPDX-License-Identifier: Apache-2.0
// What the commands that train share: options, the progress bar, checkpoints, the end of a run.
#ifndef NCA_EXAMPLES_PROGRAM_TRAINING_HPP
#define NCA_EXAMPLES_PROGRAM_TRAINING_HPP

#include <nca/core/fields.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/train/trainer.hpp>

#include "processes.hpp"
#include "program.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <support/image.hpp>
#include <type_traits>
#include <vector>

namespace program {

/// The options of every command that trains.
struct TrainingOptions {
    long iterations = 0; ///< 0: the command declares --iterations itself
    std::uint64_t seed = 1;
    int threads = 0;
    bool resume = false;
    bool overwrite = false;
    double checkpoint_seconds = 60.0;
    std::string out{};
    std::string preview{};           ///< where add_preview() is called: see Preview
    std::string compute = "float32"; ///< where add_compute() is called

    [[nodiscard]] bool is_bfloat16() const { return compute == "bf16"; }
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

/// The published learning rate, of --drop-after or its default.
[[nodiscard]] nca::Schedule published_rate(const std::optional<long>& drop_after);
/// Ends the program if --drop-after was given together with the recipe fast.
void require_no_drop(const std::optional<long>& drop_after);

/// Declares --preview: a picture that is renewed while the training goes on. `what`: what it shows.
void add_preview(const Command& command, TrainingOptions& options, const std::string& what);
/// Declares --compute: in which numbers networks multiply.
void add_compute(const Command& command, TrainingOptions& options);

/// What a training writes into --out, beside the checkpoint and the curve of the losses.
struct Training {
    std::string title{};           ///< of the curve
    nca::Json result{};            ///< what the command prints besides
    nca::TextPairs notes{};        ///< metadata of the model, after the trainer's
    std::string product = "model"; ///< the stem of the model's file, and its key in the result
    /// Writes what is neither a rule nor the running mean of one.
    std::function<nca::Result<void>(const std::string& path, const nca::TextPairs& notes)> save{};
    /// Called after every iteration with their number; where it returns true the model is written at once.
    std::function<bool(std::int64_t iterations)> selects{};
    std::function<void(const std::string& model)> resume{}; ///< reads back what was selected
    std::function<nca::Json()> health{}; ///< of the result of a finished training: "verdict", in words, and numbers
    std::vector<std::string> images{};   ///< files that draw() writes of a finished training
    std::function<void(const std::string& folder)> draw{};
    std::function<support::Image()> preview{}; ///< what trains as it is now, one pixel per cell
};

namespace detail {

/// A nca::Trainer of any task.
struct AnyTrainer {
    std::function<nca::RunEnd(long iterations, const std::function<bool(const nca::TrainingReport&)>& progress)> run;
    std::function<nca::Result<void>(const std::string& path)> save;
    std::function<nca::Result<void>(const std::string& path)> resume;
    std::function<nca::Result<void>(const std::vector<std::byte>& checkpoint)> resume_bytes;
    std::function<nca::Result<void>(const std::string& path)> save_model;
    std::function<std::int64_t()> iteration;
    std::function<int()> new_starts;
    const std::vector<float>* losses;
};
void run_training(const AnyTrainer& trainer, const Training& training, const TrainingOptions& options);

} // namespace detail

/// Trains until all iterations are done or a signal asks to stop (stop.hpp), writes checkpoints on the way and all
/// files at the end, and prints the result. What cannot be written ends the program before the training, and so does a
/// folder that holds another training, unless the options tell what to do with it. Processes that mpirun has started
/// share the samples; the first of them reads and writes.
template <class Trainer>
void run_training(Trainer& trainer, const Training& training, const TrainingOptions& options) {
    const auto save_model = [&](const std::string& path) {
        nca::TextPairs notes = trainer.notes();
        notes.insert(notes.end(), training.notes.begin(), training.notes.end());
        if constexpr (std::is_same_v<typename Trainer::Trained, typename Trainer::R>) {
            if (!training.save) return nca::save_model(trainer.averaged_rule(), path, notes);
        }
        return training.save(path, notes);
    };
    if (nca::SampleSharing* const sharing = sample_sharing(); sharing != nullptr) trainer.share_samples(*sharing);
    detail::run_training({[&](long iterations, const auto& progress) { return trainer.run(iterations, progress); },
                          [&](const std::string& path) { return trainer.save(path); },
                          [&](const std::string& path) { return trainer.resume(path); },
                          [&](const std::vector<std::byte>& bytes) { return trainer.resume(bytes); }, save_model,
                          [&] { return trainer.iteration(); }, [&] { return trainer.new_starts(); }, &trainer.losses()},
                         training, options);
}

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TRAINING_HPP

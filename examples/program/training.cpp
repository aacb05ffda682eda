// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <nca/core/clock.hpp>
#include <nca/io/file.hpp>

#include "health.hpp"
#include "preview.hpp"
#include "stop.hpp"
#include "training_folder.hpp"

#include <cstdio>
#include <numeric>
#include <support/plot.hpp>
#include <support/progress.hpp>
#include <utility>

namespace program {

namespace {

/// The mean of the last hundred losses.
double recent_loss(const std::vector<float>& losses) {
    const std::size_t count = std::min<std::size_t>(losses.size(), 100);
    const double total = std::accumulate(losses.end() - static_cast<std::ptrdiff_t>(count), losses.end(), 0.0);
    return count == 0 ? 0.0 : total / static_cast<double>(count);
}

/// What is wrong with a start that does not come alive.
std::string no_gradient() {
    return std::string{"nothing comes alive: "}
        .append(std::to_string(nca::max_idle))
        .append(" iterations in a row had no gradient");
}

} // namespace

void add_training_options(const Command& command, TrainingOptions& options, const std::string& files) {
    if (options.iterations > 0) {
        command.add("--iterations", options.iterations, "Training iterations in all", 1, 100000000);
    }
    command.use_all_processes();
    command.add_seed(options.seed, "everything random");
    command.add_threads(options.threads);
    command.add("--resume", options.resume, "Continue from the checkpoint in the --out folder");
    command.add("--overwrite", options.overwrite, "Replace the training that the --out folder holds")
        .excludes("--resume");
    command.add("--checkpoint-every", options.checkpoint_seconds, "Seconds between two checkpoints", 0.0, 1e9);
    command.add("--out", options.out, "Folder for " + files).required();
}

nca::Schedule published_rate(const std::optional<long>& drop_after) {
    return nca::drop_after(drop_after.value_or(2000));
}

void require_no_drop(const std::optional<long>& drop_after) {
    if (drop_after) throw Failure{"--drop-after: the learning rate of --recipe fast falls to zero by itself"};
}

void add_preview(const Command& command, TrainingOptions& options, const std::string& what) {
    command.add("--preview", options.preview,
                "Renew a picture of " + what + " every few seconds: a .png or .webp file, or 'terminal' (or -)");
}

void add_compute(const Command& command, TrainingOptions& options) {
    command.add("--compute", options.compute,
                "Numbers in which networks multiply: float32, or bf16, which is faster on processors that have it "
                "(AVX512-BF16), slower on others, and of one result on all; models are the same files",
                {"float32", "bf16"});
}

namespace {

/// What a process does that is not the first: the same iterations.
void follow(const detail::AnyTrainer& trainer, const TrainingOptions& options) {
    if (options.resume) {
        std::vector<std::byte> checkpoint;
        share_bytes(checkpoint);
        require(trainer.resume_bytes(checkpoint));
    }
    catch_stop_signals();
    static_cast<void>(trainer.run(options.iterations, [](const nca::TrainingReport& /*report*/) {
        return largest_of_all(requested_stop()) == 0;
    }));
}

} // namespace

void detail::run_training(const AnyTrainer& trainer, const Training& training, const TrainingOptions& options) {
    if (!is_first_process()) return follow(trainer, options);
    const double start = nca::detail::seconds_now();
    const TrainingFolder folder{options.out, options.resume};
    const std::string checkpoint = folder.file("checkpoint.safetensors");
    const std::string curve = folder.file("loss.png");
    const std::string model = folder.file(training.product + ".safetensors");
    if (options.resume) {
        require(trainer.resume(checkpoint));
        if (sample_sharing() != nullptr) {
            std::vector<std::byte> bytes = require(nca::read_file(checkpoint));
            share_bytes(bytes);
        }
        if (training.resume) training.resume(model);
    } else if (!options.overwrite) {
        for (const std::string& path : {checkpoint, model}) folder.require_absent(path);
    }
    for (const std::string& path : {model, checkpoint, curve}) require_writable(path);
    for (const std::string& name : training.images) require_writable(folder.file(name));
    Preview preview{options.preview, training.preview};

    catch_stop_signals();
    support::ProgressBar progress{options.iterations, trainer.iteration()};
    double saved = nca::detail::seconds_now();
    bool warned = false;
    int new_starts = trainer.new_starts();
    int stop = 0; // of any process
    const nca::RunEnd end = trainer.run(options.iterations, [&](const nca::TrainingReport& report) {
        progress.update(trainer.iteration(), report.loss);
        preview.update(progress);
        if (std::exchange(new_starts, report.new_starts) < report.new_starts) {
            progress.finish();
            std::fprintf(stderr, "nca: %s; the training starts anew from other first parameters (%d of %d)\n",
                         no_gradient().c_str(), report.new_starts, nca::max_new_starts);
        }
        const auto note = [&](const nca::Result<void>& done) {
            if (done || std::exchange(warned, true)) return;
            progress.finish();
            std::fprintf(stderr, "nca: %s; the training goes on and tries again\n", done.error().message.c_str());
        };
        if (training.selects && training.selects(trainer.iteration())) note(trainer.save_model(model));
        if (nca::detail::seconds_now() - saved > options.checkpoint_seconds) {
            note(trainer.save(checkpoint));
            saved = nca::detail::seconds_now();
        }
        stop = largest_of_all(requested_stop());
        return stop == 0;
    });
    if (end == nca::RunEnd::diverged) {
        throw Failure{"the training diverged: " + std::to_string(nca::max_overflows) +
                      " iterations in a row overflowed; try another --seed"};
    }
    preview.finish(progress);
    if (end == nca::RunEnd::dead) {
        throw Failure{no_gradient().append(", in every start; try another --seed")};
    }
    // Whatever the disk has room for: the model first, as it is small and what the training was for.
    nca::Json files = nca::Json::array({});
    std::string failure;
    const auto note = [&](const nca::Result<void>& done, const std::string& path) {
        if (done) files.push_back(path);
        if (!done && failure.empty()) failure = done.error().message;
    };
    note(trainer.save_model(model), model);
    note(trainer.save(checkpoint), checkpoint);
    progress.finish();
    const bool stopped = end == nca::RunEnd::stopped;
    if (!failure.empty()) {
        throw Failure{failure +
                      (files.as_array()->empty() ? "" : "; written was " + *files.as_array()->front().as_string())};
    }
    if (!stopped) {
        if (training.draw) training.draw(options.out);
        for (const std::string& name : training.images) files.push_back(folder.file(name));
        require(support::write_plot(curve, support::loss_plot(training.title, *trainer.losses)));
        files.push_back(curve);
    } else {
        std::fprintf(stderr, "nca: stopped after %lld of %ld iterations; the same command with --resume continues\n",
                     static_cast<long long>(trainer.iteration()), options.iterations);
    }
    nca::Json result = nca::Json::object({{training.product, model}});
    for (const auto& [key, value] : *training.result.as_object()) result.set(key, value);
    result.set("iterations", trainer.iteration())
        .set("loss", recent_loss(*trainer.losses))
        .set("seconds", nca::detail::seconds_now() - start)
        .set("new_starts", new_starts)
        .set("stopped", stopped)
        .set("outputs", std::move(files));
    if (!stopped && training.health) {
        const nca::Json health = training.health();
        std::fprintf(stderr, "nca: health: %s\n", health_line(health).c_str());
        result.set("health", health);
    }
    if (stopped) {
        static_cast<void>(try_print(result)); // Ctrl-C may have ended the reader, too
        throw Stopped{stop};
    }
    print_result(result);
}

} // namespace program

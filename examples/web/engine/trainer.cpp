// SPDX-License-Identifier: Apache-2.0
// Training a creature towards an image.
#include <nca/core/thread_pool.hpp>
#include <nca/run/export_model.hpp>
#include <nca/run/published_json.hpp>
#include <nca/systems/growing/placement.hpp>
#include <nca/systems/growing/task.hpp>

#include "engine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace web {

/// The order of the fields is that in which JavaScript passes them.
struct TrainingOptions {
    double experiment; ///< an index of nca::growing::experiments
    double padding;
    double batch;
    double pool_size;
    double min_steps;
    double max_steps;
    double learning_rate;
    double seed;
};

namespace {

using Target = nca::growing::Target<CreatureRule>;
using Task = nca::growing::Task<CreatureRule>;

/// The image, premultiplied, within its padding, under the seed.
Target target_of(const std::uint8_t* rgba, int width, int height, int padding) {
    Target target{nca::Extents<nca::Dynamic, nca::Dynamic>{{height + 2 * padding, width + 2 * padding}}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x, rgba += 4) {
            const auto cell = target(y + padding, x + padding);
            cell[3] = static_cast<float>(rgba[3]) / 255.0F;
            for (std::size_t c = 0; c < 3; ++c) cell[c] = static_cast<float>(rgba[c]) / 255.0F * cell[3];
        }
    }
    return nca::growing::moved<CreatureRule>(target, nca::growing::offset_to_seed<CreatureRule>(target));
}

nca::growing::Experiment experiment_of(const TrainingOptions& options) {
    nca::growing::Experiment experiment = nca::growing::experiments[static_cast<std::size_t>(options.experiment)];
    experiment.batch = static_cast<int>(options.batch);
    experiment.pool_size = std::max(static_cast<int>(options.pool_size), experiment.batch);
    experiment.min_steps = static_cast<int>(options.min_steps);
    experiment.max_steps = static_cast<int>(options.max_steps);
    experiment.learning_rate = nca::drop_after(2000, options.learning_rate);
    experiment.damaged = std::min(experiment.damaged, experiment.batch - 1);
    return experiment;
}

} // namespace

class Training {
public:
    Training(const std::uint8_t* rgba, int width, int height, const TrainingOptions& options, int threads)
        : threads_{threads}, trainer_{Task{target_of(rgba, width, height, static_cast<int>(options.padding)),
                                           experiment_of(options)},
                                      {.seed = static_cast<std::uint64_t>(options.seed)},
                                      threads_} {}

    [[nodiscard]] auto& trainer() noexcept { return trainer_; }
    [[nodiscard]] const auto& trainer() const noexcept { return trainer_; }
    [[nodiscard]] int height() const noexcept { return trainer_.task().extents()[0]; }
    [[nodiscard]] int width() const noexcept { return trainer_.task().extents()[1]; }
    [[nodiscard]] nca::StoredMetadata notes() const {
        nca::StoredMetadata notes{{"nca.system", "growing"},
                                  {"training.height", std::to_string(height())},
                                  {"training.width", std::to_string(width())}};
        for (auto& pair : trainer_.notes()) notes.push_back(std::move(pair));
        return notes;
    }
    [[nodiscard]] double loss() const noexcept {
        return trainer_.losses().empty() ? std::numeric_limits<double>::quiet_NaN()
                                         : static_cast<double>(trainer_.losses().back());
    }

private:
    nca::ThreadPool threads_;
    nca::Trainer<Task> trainer_;
};

namespace {

/// Gives the value of a result, or fails.
template <class T>
bool give_result(const nca::Result<T>& result) {
    if (!result) return fail(result.error().message);
    give(*result);
    return true;
}

} // namespace

} // namespace web

NCA_WEB_FUNCTION(web::Training*, nca_training_create)
(const std::uint8_t* rgba, int width, int height, const web::TrainingOptions* options, int threads) {
    return new web::Training{rgba, width, height, *options, threads};
}
NCA_WEB_FUNCTION(void, nca_training_release)(web::Training* training) {
    delete training;
}
/// The sides of the grid: those of the target with its padding, or longer where the target had to be moved for the
/// seed.
NCA_WEB_FUNCTION(int, nca_training_width)(const web::Training* training) {
    return training->width();
}
NCA_WEB_FUNCTION(int, nca_training_height)(const web::Training* training) {
    return training->height();
}
/// False after nca::max_overflows iterations in a row that were not finite, and where no start comes alive.
NCA_WEB_FUNCTION(bool, nca_training_step)(web::Training* training, int iterations) {
    auto& trainer = training->trainer();
    const nca::RunEnd end = trainer.run(trainer.iteration() + iterations);
    if (end == nca::RunEnd::dead)
        return web::fail("nothing comes alive: all cells die in training; another seed helps");
    if (end != nca::RunEnd::diverged) return true;
    return web::fail("the training diverged: its losses are not finite; another seed or a smaller learning rate helps");
}
NCA_WEB_FUNCTION(double, nca_training_iteration)(const web::Training* training) {
    return static_cast<double>(training->trainer().iteration());
}
NCA_WEB_FUNCTION(double, nca_training_loss)(const web::Training* training) {
    return training->loss();
}
NCA_WEB_FUNCTION(bool, nca_training_safetensors)(const web::Training* training) {
    return web::give_result(nca::model_bytes(training->trainer().averaged_rule(), training->notes()));
}
/// In the format of the article's demonstration, with 8 bits per weight.
NCA_WEB_FUNCTION(bool, nca_training_json)(const web::Training* training) {
    nca::DenseLayers layers = nca::dense_layers(training->trainer().averaged_rule());
    if (const auto done = nca::quantize(layers); !done) return web::fail(done.error().message);
    return web::give_result(nca::to_quantized_json(layers));
}
NCA_WEB_FUNCTION(bool, nca_training_header)(const web::Training* training, const char* name, std::size_t size) {
    nca::HeaderOptions options;
    options.name = std::string{name, size};
    options.source = options.name + ".safetensors";
    options.command = "nca export " + options.source + " " + options.name + ".hpp";
    return web::give_result(nca::to_header(training->trainer().averaged_rule(), options));
}
NCA_WEB_FUNCTION(bool, nca_training_checkpoint)(const web::Training* training) {
    return web::give_result(training->trainer().checkpoint());
}
NCA_WEB_FUNCTION(bool, nca_training_resume)(web::Training* training, const std::byte* bytes, std::size_t size) {
    const auto resumed = training->trainer().resume(std::span<const std::byte>{bytes, size});
    return resumed ? true : web::fail(resumed.error().message);
}

// SPDX-License-Identifier: Apache-2.0
#include <nca/systems/texture/health.hpp>
#include <nca/systems/texture/patch_loss.hpp>
#include <nca/systems/texture/selection.hpp>
#include <nca/systems/texture/task.hpp>
#include <nca/train/soap.hpp>

#include "command.hpp"
#include "health.hpp"
#include "texture_model.hpp"
#include "training.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <support/image.hpp>
#include <variant>

namespace program {

namespace {

/// The pool of the preset pytorch. The notebook has 256 states and trains for 5,000 iterations; in the 2,000 of this
/// program they would not get older than 2,000 steps, and what cells do later would be left to chance.
constexpr int short_pool = 64;

struct TextureTrainOptions {
    std::string target{};
    std::string maximise{};
    std::string ancestor{};
    std::string features = "random";
    std::string loss{};
    std::string preset = "pytorch";
    std::string recipe = "published";
    int channels = 0; ///< of the preset micro; 0: 12
    int size = nca::texture::pytorch.side;
    std::optional<int> grid{}; ///< default: size
    int batch = nca::texture::pytorch.batch;
    std::optional<int> pool{}; ///< default: short_pool for the preset pytorch, else the preset's
    bool less_memory = false;
    TrainingOptions training{.iterations = 2000};

    [[nodiscard]] int side() const { return grid.value_or(size); }
};

nca::texture::Experiment experiment_of(const TextureTrainOptions& options) {
    nca::texture::Experiment experiment =
        *std::find_if(nca::texture::experiments.begin(), nca::texture::experiments.end(),
                      [&](const nca::texture::Experiment& known) { return known.name == options.preset; });
    if (options.loss == "ot") experiment.loss = nca::texture::Loss::transport;
    if (options.loss == "patches") experiment.loss = nca::texture::Loss::patches;
    if (options.loss == "gram" && experiment.loss != nca::texture::Loss::gram_of_roots) {
        experiment.loss = nca::texture::Loss::gram;
    }
    experiment.side = options.side();
    experiment.batch = options.batch;
    if (options.preset == "pytorch") experiment.pool_size = short_pool;
    if (options.recipe == "fast") experiment = nca::texture::fast(experiment, options.training.iterations);
    experiment.pool_size = options.pool.value_or(experiment.pool_size);
    experiment.pool_size = std::max(experiment.pool_size, options.batch);
    experiment.less_memory = options.less_memory;
    experiment.iterations = options.training.iterations;
    return experiment;
}

/// The loss that the options name, what to call it, and the features that it compares by.
struct NamedLoss {
    std::unique_ptr<nca::texture::ImageLoss> loss{};
    std::string name{};
    std::string features{};
};

/// The loss towards the target picture, or the reason why it cannot be.
template <class Loss>
std::unique_ptr<nca::texture::ImageLoss> towards(const std::string& target, nca::Result<Loss> loss) {
    if (!loss) throw Failure{"'" + target + "': " + loss.error().message};
    return std::make_unique<Loss>(std::move(*loss));
}

nca::texture::ChannelLoss channel_loss(const TextureTrainOptions& options, const nca::image::Network& network) {
    const std::string_view text = options.maximise;
    const std::size_t colon = text.rfind(':');
    int channel = 0;
    if (colon == std::string_view::npos ||
        !parse_number(text.substr(colon + 1), 0, std::numeric_limits<int>::max(), channel)) {
        throw Failure{"--maximise: expected LAYER:CHANNEL, found '" + options.maximise.substr(0, 60) + "'"};
    }
    return require(
        nca::texture::ChannelLoss::create(network, text.substr(0, colon), channel, options.side(), options.side()));
}

NamedLoss make_loss(const TextureTrainOptions& options, const nca::texture::Experiment& experiment) {
    const std::string name = stem_of(options.target);
    if (options.maximise.empty() && experiment.loss == nca::texture::Loss::patches) {
        if (options.features != "random") throw Failure{"--features: the loss of patches compares without a network"};
        return {
            towards(options.target, nca::texture::PatchLoss::create(load_target_picture(options.target, options.size),
                                                                    options.side(), options.side())),
            name, "none"};
    }
    const nca::image::Network network = load_features(options.features);
    const std::string features = std::filesystem::path{options.features}.filename().string();
    if (!options.maximise.empty()) {
        return {std::make_unique<nca::texture::ChannelLoss>(channel_loss(options, network)), options.maximise,
                features};
    }
    return {towards(options.target, nca::texture::StyleLoss::create(
                                        network, load_target_picture(options.target, options.size), options.side(),
                                        options.side(), experiment.loss, level_weights_for(network))),
            name, features};
}

/// The picture that a texture shows after 500 steps from the seed.
template <class R>
support::Image sample(const R& rule, int side) {
    constexpr int steps = 500;
    const std::vector<float> colours = nca::texture::grown_image(rule, side, steps, 1);
    support::Image image{side, side, {0, 0, 0, 255}};
    for (std::size_t pixel = 0; pixel < colours.size() / 3; ++pixel) {
        for (std::size_t c = 0; c < 3; ++c) {
            const float level = std::clamp(colours[3 * pixel + c], 0.0F, 1.0F);
            image.rgba[4 * pixel + c] = static_cast<std::uint8_t>(std::lround(255.0F * level));
        }
    }
    return image;
}

/// The rules of the article, which may train in bfloat16.
using PyTorchRule = nca::texture::PyTorchRule<nca::AnyCompute>;
using TensorFlowRule = nca::texture::Rule<nca::AnyCompute>;

/// The type of a rule that was read from a file.
template <class R>
struct ReadAs {
    using type = R;
};
template <>
struct ReadAs<PyTorchRule> {
    using type = nca::texture::PyTorchRule<>;
};
template <>
struct ReadAs<TensorFlowRule> {
    using type = nca::texture::Rule<>;
};

/// The rule that training starts from.
template <class R>
R ancestor(const TextureTrainOptions& options) {
    TextureModel found = load_texture_model(options.ancestor);
    const auto* const model = std::get_if<nca::Model<typename ReadAs<R>::type>>(&found.model);
    if (model == nullptr) {
        throw Failure{"--ancestor '" + options.ancestor + "': its rule is not of the kind that --preset " +
                      options.preset + " trains"};
    }
    R rule;
    std::copy_n(model->rule.parameters().begin(), R::block_size, rule.parameters().begin());
    return rule;
}

/// The metadata of a model that tells when it was selected, and by which loss.
constexpr std::string_view selected_iteration = "training.selected_iteration";
constexpr std::string_view selected_loss = "training.selected_loss";

/// Makes the result of a training what does best in the long run, the running mean while nothing was selected.
template <class Trainer, class R>
void add_selection(Training& training, const Trainer& trainer, nca::texture::Selection<R>& selection) {
    training.selects = [&](std::int64_t iterations) {
        const nca::texture::Experiment& experiment = trainer.task().experiment();
        return iterations % experiment.select_every == 0 && selection.offer(trainer.averaged_rule(), iterations);
    };
    training.save = [&](const std::string& path, nca::TextPairs notes) {
        if (!selection.has_rule()) return nca::save_model(trainer.averaged_rule(), path, notes);
        notes.emplace_back(selected_iteration, std::to_string(selection.iteration()));
        notes.emplace_back(selected_loss, nca::number_text(selection.loss()));
        return nca::save_model(selection.rule(), path, notes);
    };
    training.resume = [&](const std::string& path) {
        if (trainer.iteration() < trainer.task().experiment().select_every) return;
        const auto model = require(nca::load_model<R>(path));
        std::int64_t iteration = 0;
        std::optional<double> loss;
        for (const auto& [key, text] : model.metadata) {
            double value = 0.0;
            if (key == selected_iteration) static_cast<void>(parse_number(text, 1, 100'000'000, iteration));
            if (key == selected_loss && parse_number(text, 0.0, 1e300, value)) loss = value;
        }
        if (iteration > 0 && loss) selection.restore(model.rule, *loss, iteration);
    };
}

template <class Trainer>
void train(Trainer&& trainer, const NamedLoss& target, const TextureTrainOptions& options, nca::ThreadPool& threads) {
    using R = typename std::remove_cvref_t<Trainer>::R;
    const nca::texture::Experiment& experiment = trainer.task().experiment();
    nca::texture::Selection<R> selection{*target.loss, experiment.select_steps, threads};
    const auto result = [&]() -> const R& { return selection.has_rule() ? selection.rule() : trainer.averaged_rule(); };
    if (!options.ancestor.empty()) trainer.start_from(ancestor<R>(options));
    Training training;
    training.title = "Texture " + target.name;
    training.result =
        nca::Json::object({{"target", target.name}, {"preset", options.preset}, {"recipe", options.recipe}});
    training.notes = {{"nca.system", "texture"},
                      {"training.target", target.name},
                      {"training.features", target.features},
                      {"training.height", std::to_string(options.size)},
                      {"training.width", std::to_string(options.size)}};
    if (!options.ancestor.empty()) {
        training.notes.emplace_back("training.ancestor", std::filesystem::path{options.ancestor}.filename().string());
    }
    training.images = {"sample.png"};
    training.draw = [&](const std::string& folder) {
        require(support::write_png(folder + "/sample.png", sample(result(), options.size)));
    };
    training.health = [&] {
        constexpr nca::texture::HealthOptions in_short{.late_step = 2'000};
        return json_of(nca::texture::health(result(), *target.loss, threads, in_short));
    };
    if (experiment.select_every > 0) add_selection(training, trainer, selection);
    run_training(trainer, training, options.training);
}

template <class R>
void texture_train_rule(const TextureTrainOptions& options) {
    const nca::texture::Experiment experiment = experiment_of(options);
    const NamedLoss target = make_loss(options, experiment);
    const nca::texture::Task<R> task{*target.loss, experiment};
    const nca::TrainerOptions trainer{.seed = options.training.seed, .bfloat16 = options.training.is_bfloat16()};
    nca::ThreadPool threads{options.training.threads};
    if (options.recipe == "fast") {
        train(nca::Trainer{task, nca::Soap<R>{}, trainer, threads}, target, options, threads);
    } else {
        train(nca::Trainer{task, trainer, threads}, target, options, threads);
    }
}

void texture_train(const TextureTrainOptions& options) {
    if (options.target.empty() == options.maximise.empty()) {
        throw Failure{"expected either a picture TARGET or --maximise LAYER:CHANNEL"};
    }
    if (options.pool && *options.pool < options.batch) {
        throw Failure{"--pool: expected " + std::to_string(options.batch) + " states or more, as many as --batch"};
    }
    if (options.channels != 0 && options.preset != "micro") throw Failure{"--channels: only with --preset micro"};
    if (options.recipe == "fast" && !options.maximise.empty()) {
        throw Failure{"--recipe fast: not with --maximise, whose losses are negative"};
    }
    if (options.less_memory && options.preset == "micro") {
        throw Failure{"--less-memory: not with --preset micro, which normalises gradients between the steps"};
    }
    if (options.training.is_bfloat16() && options.preset == "micro") {
        throw Failure{"--compute bf16: not with --preset micro, whose rules are too small to gain by it"};
    }
    const auto train_rule = options.preset == "pytorch"      ? texture_train_rule<PyTorchRule>
                            : options.preset == "tensorflow" ? texture_train_rule<TensorFlowRule>
                            : options.channels == 4          ? texture_train_rule<nca::texture::MicroRule<4>>
                            : options.channels == 6          ? texture_train_rule<nca::texture::MicroRule<6>>
                            : options.channels == 8          ? texture_train_rule<nca::texture::MicroRule<8>>
                                                             : texture_train_rule<nca::texture::MicroRule<12>>;
    train_rule(options);
}

} // namespace

void add_texture_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train cells to form the texture of an image", texture_train);
    command.add("TARGET", options.target, "An image file (PNG, JPEG, WebP, GIF or BMP) with the texture");
    command.add("--maximise", options.maximise,
                "LAYER:CHANNEL  Instead of an image: what excites a channel of the network most");
    command.add("--features", options.features,
                "What textures are compared by: random (filters that need no file), or a file of weights of VGG16, "
                "VGG19, the distilled VGG19, SqueezeNet or InceptionV1 (.safetensors)");
    command.add("--loss", options.loss,
                "ot (sliced optimal transport), gram (Gram matrices) or patches (transport of patches, which needs no "
                "--features); default: ot for the preset pytorch, gram for tensorflow, patches for micro",
                {"ot", "gram", "patches"});
    command.add("--preset", options.preset,
                "pytorch (the article's notebook), tensorflow (its package, which trained the published models) or "
                "micro (muNCA)",
                {"pytorch", "tensorflow", "micro"});
    command.add("--recipe", options.recipe,
                "published (the preset's), or fast: the optimiser and the schedules of docs/textures.md",
                {"published", "fast"});
    command.add("--channels", options.channels,
                "Of the preset micro: 4, 6, 8 or 12 channels, for 68, 150, 264 or 588 parameters (default: 12)",
                std::vector<int>{4, 6, 8, 12});
    command.add("--ancestor", options.ancestor,
                "A model to start from, not from random parameters: textures of a common ancestor can be grafted");
    command.add("--size", options.size, "Longest side of the target in cells; larger targets are shrunk to fit", 8,
                1024);
    command.add("--grid", options.grid,
                "Cells along a side of the grid that trains (default: --size). A smaller one takes less time", 8, 1024);
    command.add("--batch", options.batch, "Samples per iteration", 1, 256);
    command.add("--pool", options.pool,
                "States that training continues from. In a small pool they age sooner, so that cells learn early what "
                "to do after thousands of steps (default: 64 for the preset pytorch, whose notebook has 256 for 5,000 "
                "iterations, and for the recipe fast; 1024 for tensorflow; 256 for micro)",
                1, 100000);
    command.add("--less-memory", options.less_memory,
                "Keep every eighth state of a rollout only: a third more time. The result is the same");
    add_compute(command, options.training);
    add_training_options(command, options.training,
                         "model.safetensors, sample.png, loss.png and checkpoint.safetensors");
}

} // namespace program

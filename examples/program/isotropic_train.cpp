// SPDX-License-Identifier: Apache-2.0
// nca isotropic train: a picture in any orientation, by cells without a sense of direction.
#include <nca/systems/isotropic/evaluate.hpp>
#include <nca/systems/isotropic/task.hpp>

#include "command.hpp"
#include "creature_training.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace program {

namespace {

struct IsotropicTrainOptions {
    std::string picture{};
    int size = 48;
    int padding = 12;
    std::string experiment{nca::isotropic::single_seed.name};
    std::string variant{};
    std::string lattice = "square";
    std::string auxiliary{};
    std::optional<int> points{};
    std::optional<double> radius{};
    std::optional<int> batch{};
    std::optional<int> pool{};
    std::optional<long> iterations{};
    TrainingOptions training{};
};

/// In the order of nca::isotropic::Auxiliary.
const std::vector<std::string> auxiliary_sets{"noaux", "binary", "minimal", "extended"};
/// In the order of nca::isotropic::Variant.
std::vector<std::string> variant_names() {
    std::vector<std::string> names;
    for (const nca::isotropic::Variant variant : nca::isotropic::variants) names.emplace_back(name_of(variant));
    return names;
}

nca::isotropic::Experiment experiment_of(const IsotropicTrainOptions& options) {
    const auto& all = nca::isotropic::experiments;
    nca::isotropic::Experiment experiment =
        *std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.name == options.experiment; });
    if (!options.variant.empty()) experiment.variant = *nca::isotropic::variant_named(options.variant);
    if (!options.auxiliary.empty()) {
        experiment.auxiliary = choice<nca::isotropic::Auxiliary>(auxiliary_sets, options.auxiliary);
    }
    experiment.hexagonal = options.lattice == "hex";
    if ((options.points || options.radius) && experiment.points == 0) {
        throw Failure{"--points and --radius: only with --experiment structured_seeds"};
    }
    experiment.points = options.points.value_or(experiment.points);
    experiment.radius = options.radius.value_or(experiment.radius);
    experiment.batch = options.batch.value_or(experiment.batch);
    experiment.pool_size = options.pool.value_or(experiment.pool_size);
    if (experiment.pool_size < experiment.batch) {
        throw Failure{"--pool: expected " + std::to_string(experiment.batch) + " states or more, as many as --batch"};
    }
    experiment.iterations = options.iterations.value_or(experiment.iterations);
    return experiment;
}

/// The target in the middle of a square grid, which the rotation-invariant loss needs.
support::Target square_target(const IsotropicTrainOptions& options) {
    support::Target target = require(support::load_target(options.picture, options.size, options.padding));
    const int side = std::max(target.height, target.width);
    support::Target square{target.name, side, side,
                           std::vector<float>(4 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side))};
    for (int row = 0; row < target.height; ++row) {
        const int first = (row + (side - target.height) / 2) * side + (side - target.width) / 2;
        std::copy_n(target.rgba.begin() + std::ptrdiff_t{4} * row * target.width, std::ptrdiff_t{4} * target.width,
                    square.rgba.begin() + std::ptrdiff_t{4} * first);
    }
    return square;
}

/// A picture of cells on hexagons: two pixels a cell, every row shifted by one against the last, around the middle.
support::Image on_hexagons(const support::Image& cells) {
    support::Image image{2 * cells.width, 2 * cells.height};
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const int shifted = x - (y / 2 - cells.height / 2);
            const int column = ((shifted % image.width + image.width) % image.width) / 2;
            std::copy_n(cells.at(column, y / 2), 4, image.at(x, y));
        }
    }
    return image;
}

/// What becomes of the picture, at the steps 96 and 500.
struct IsotropicHealth {
    std::string verdict{};
    double loss_96 = 0.0;
    double loss_500 = 0.0;
    double living_500 = 0.0;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = IsotropicHealth;
        visit(nca::field("verdict", &H::verdict, "What becomes of the picture"));
        visit(nca::field(
            "loss_96", &H::loss_96,
            "Loss at step 96, as a share of that of the best picture that looks the same in any orientation"));
        visit(nca::field("loss_500", &H::loss_500, "The same at step 500"));
        visit(nca::field("living_500", &H::living_500, "Share of the runs that live then"));
    }
};

IsotropicHealth health_of(const nca::AnyRule& rule, const nca::isotropic::Task& task, nca::ThreadPool& threads) {
    constexpr double good_share = 0.5;
    const auto figures = nca::isotropic::evaluate(rule, task, {}, threads);
    const auto is_good = [](const nca::isotropic::Figures& f) { return f.share <= good_share; };
    const std::string verdict = !(figures[0].living > 0.0) ? "dies"
                                : !is_good(figures[0])     ? "blurred"
                                : is_good(figures[1])      ? "persists"
                                                           : "unstable";
    return {verdict, figures[0].share, figures[1].share, figures[1].living};
}

void isotropic_train(const IsotropicTrainOptions& options) {
    const nca::isotropic::Experiment experiment = experiment_of(options);
    const support::Target target = square_target(options);
    const auto task = nca::isotropic::Task::create(grid_of(target), experiment);
    if (!task) throw Failure{nca::quote_path(options.picture) + ": " + task.error().message};
    nca::ThreadPool threads{options.training.threads};
    const nca::TrainerOptions trainer_options{.seed = options.training.seed,
                                              .bfloat16 = options.training.is_bfloat16()};
    nca::Trainer trainer{*task, trainer_options, threads};

    const auto creature = [&] {
        auto step = nca::step_options_of<nca::AnyRule>(task->architecture());
        step.fire_rate = experiment.fire_rate;
        const auto world = simulation_of(trainer.averaged_rule(), step, target);
        const auto seed = nca::isotropic::planted(trainer.averaged_rule(), *task, 1).state();
        world->load(seed.values());
        Portrayed portrait = portrayed(world);
        if (experiment.hexagonal) {
            portrait.image = [image = portrait.image] { return on_hexagons(image()); };
        }
        return portrait;
    };
    Training training;
    training.title = "Isotropic " + target.name + ", " + options.experiment;
    training.result = nca::Json::object({{"target", target.name},
                                         {"experiment", options.experiment},
                                         {"variant", std::string{name_of(experiment.variant)}},
                                         {"lattice", options.lattice}});
    training.notes = {{"nca.system", "isotropic"},
                      {"training.target", target.name},
                      {"training.height", std::to_string(target.height)},
                      {"training.width", std::to_string(target.width)}};
    training.images = {"film.png", "animation.webp"};
    training.health = [&] { return json_of(health_of(trainer.averaged_rule(), *task, threads)); };
    training.draw = [&](const std::string& folder) { draw_portrait(creature(), target, folder); };
    training.preview = [&] {
        const Portrayed portrait = creature();
        for (int i = 0; i < 96; ++i) portrait.step();
        return portrait.image();
    };
    TrainingOptions last = options.training;
    last.iterations = static_cast<long>(experiment.iterations);
    run_training(trainer, training, last);
}

} // namespace

void add_isotropic_train(const Command& group) {
    const auto [command, options] =
        group.add_command("train", "Train cells without a sense of direction to grow a picture", isotropic_train);
    command
        .add("PICTURE", options.picture,
             "What to grow: an image file, an emoji, or one of the pictures of nca grow (lizard, ...)")
        .required();
    command.add("--experiment", options.experiment,
                "single_seed (in any orientation, by a rotation-invariant loss) or structured_seeds (coloured points, "
                "which decide the orientation)",
                {"single_seed", "structured_seeds"});
    command.add("--variant", options.variant,
                "What cells perceive: laplacian and lap_gradnorm are isotropic, the others steerable (default: "
                "laplacian; of structured_seeds steerable)",
                variant_names());
    command.add("--lattice", options.lattice, "square, or hex: every cell has six neighbours", {"square", "hex"});
    command.add("--auxiliary", options.auxiliary,
                "Channels that break symmetries which are nearly those of the target (default: binary, a stripe; of "
                "structured_seeds noaux)",
                auxiliary_sets);
    command.add("--points", options.points, "Points of a structured seed (default: 2; isotropic rules need 3)", 1, 64);
    command.add("--radius", options.radius, "Radius of a structured seed in cells (default: 4)", 0.0, 500.0);
    command.add("--size", options.size, "The longer side of the target in cells; larger images are shrunk", 4, 512);
    command.add("--padding", options.padding, "Empty cells around the target", 0, 256);
    command.add("--batch", options.batch, "Samples per iteration (default: 8)", 1, 256);
    command.add("--pool", options.pool, "States that training continues from (default: 256)", 1, 100000);
    command.add("--iterations", options.iterations,
                "Training iterations in all (default: 50000; of structured_seeds 15000)", 1, 100000000);
    add_compute(command, options.training);
    add_preview(command, options.training, "the picture 96 steps after the seed");
    add_training_options(command, options.training,
                         "model.safetensors, film.png, animation.webp, loss.png and checkpoint.safetensors");
}

} // namespace program

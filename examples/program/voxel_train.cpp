// SPDX-License-Identifier: Apache-2.0
// nca voxel train: structures of blocks that grow from one cell.
#include <nca/systems/voxel/evaluate.hpp>
#include <nca/systems/voxel/task.hpp>

#include "command.hpp"
#include "health.hpp"
#include "training.hpp"
#include "voxel_model.hpp"

#include <support/render.hpp>
#include <support/render_voxels.hpp>
#include <support/vox.hpp>
#include <support/webp.hpp>

namespace program {

namespace {

struct VoxelTrainOptions {
    std::string target{};
    std::vector<long> grid{};
    std::string experiment = "growing";
    std::string recipe = "published";
    nca::voxel::Experiment sizes{}; ///< of its numbers only the sizes of the rule
    std::optional<int> batch{};
    std::optional<long> iterations{};
    TrainingOptions training{};
};

nca::voxel::Experiment experiment_of(const VoxelTrainOptions& options) {
    nca::voxel::Experiment experiment =
        options.experiment == "growing" ? nca::voxel::growing : nca::voxel::regenerating;
    if (options.recipe == "fast") {
        experiment = nca::voxel::fast(experiment, options.iterations.value_or(nca::voxel::fast_iterations));
    }
    experiment.iterations = options.iterations.value_or(experiment.iterations);
    experiment.hidden_channels = options.sizes.hidden_channels;
    experiment.width = options.sizes.width;
    experiment.batch = options.batch.value_or(experiment.batch);
    experiment.damaged = std::min(experiment.damaged, experiment.batch - 1);
    experiment.pool_size = std::max(experiment.pool_size, experiment.batch);
    return experiment;
}

/// What becomes of a structure: the figures that tell it, at the steps 64 and 200.
struct VoxelHealth {
    std::string verdict{};
    double right_64 = 0.0;
    double iou_64 = 0.0;
    double blocks_64 = 0.0;
    double right_200 = 0.0;
    double iou_200 = 0.0;
    double blocks_200 = 0.0;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = VoxelHealth;
        visit(nca::field("verdict", &H::verdict, "What becomes of the structure"));
        visit(nca::field("right_64", &H::right_64, "Share of the target's blocks that are right at step 64"));
        visit(nca::field("iou_64", &H::iou_64, "1 - intersection over union there"));
        visit(nca::field("blocks_64", &H::blocks_64, "Blocks there"));
        visit(nca::field("right_200", &H::right_200, "Share of the target's blocks that are right at step 200"));
        visit(nca::field("iou_200", &H::iou_200, "1 - intersection over union there"));
        visit(nca::field("blocks_200", &H::blocks_200, "Blocks there"));
    }
};

VoxelHealth health_of(const nca::voxel::AnyRule& rule, const nca::voxel::Target& target, nca::ThreadPool& threads) {
    constexpr double good_right = 0.98;
    constexpr double good_iou = 0.05;
    const auto figures = nca::voxel::evaluate(rule, target, {}, threads);
    const auto is_good = [](const nca::voxel::Figures& f) { return f.right >= good_right && f.iou_loss <= good_iou; };
    const std::string verdict = !is_good(figures[0]) ? "does not grow" : is_good(figures[1]) ? "persists" : "unstable";
    return {verdict,          figures[0].right,    figures[0].iou_loss, figures[0].blocks,
            figures[1].right, figures[1].iou_loss, figures[1].blocks};
}

/// A structure that grows, to be looked at.
class Portrait {
public:
    Portrait(const nca::voxel::AnyRule& rule, const support::BlockTarget& target)
        : world_{nca::voxel::planted(rule, target_of(target), 1)}, classes_{target.classes}, colours_{class_colours(
                                                                                                 target.classes)} {}

    void step() { world_.step(); }
    /// Makes air of the cells in a ball about the middle of the floor.
    void damage() {
        const auto& sizes = world_.extents().sizes();
        nca::voxel::make_air(world_, std::ranges::min(sizes) / 3, sizes[2] / 2, sizes[1] / 3, sizes[0] / 2);
    }
    [[nodiscard]] support::BlockTarget blocks() const {
        return shown_blocks(world_.state().values(), world_.extents().sizes(), classes_);
    }
    [[nodiscard]] support::Image image(int pixels) const {
        const support::BlockTarget shown = blocks();
        return support::render_voxels(shown.grid, colours_, support::voxel_cell_size(shown.grid, pixels));
    }
    [[nodiscard]] const std::vector<support::Rgba8>& colours() const noexcept { return colours_; }

private:
    nca::voxel::World world_;
    std::vector<std::string> classes_;
    std::vector<support::Rgba8> colours_;
};

constexpr int built_step = 64;

/// Draws a structure that grows from the seed and, if it learned that, heals. Writes what stands at step 64.
void draw(Portrait&& portrait, bool damaged, const std::string& folder) {
    constexpr std::array<int, 8> strip_steps{8, 16, 24, 32, 48, 64, 80, 128};
    constexpr int strip_side = 144;
    constexpr int animation_side = 288;
    std::vector<support::Image> frames;
    std::vector<std::string> labels;
    const auto add_to_strip = [&](std::string label) {
        frames.push_back(portrait.image(strip_side));
        labels.push_back(std::move(label));
    };
    const support::Image first = portrait.image(animation_side);
    auto animation = require(support::AnimationWriter::create(first.width, first.height));
    require(animation.add(first, 80));
    for (int step = 1; step <= strip_steps.back(); ++step) {
        portrait.step();
        if (std::ranges::find(strip_steps, step) != strip_steps.end()) add_to_strip(std::to_string(step));
        if (step == built_step) {
            const support::BlockTarget grown = portrait.blocks();
            if (!is_colour_name(grown.classes.back())) {
                require(support::write_structure(folder + "/structure.nbt", support::make_structure(grown)));
            }
            require(support::write_vox(folder + "/structure.vox", grown.grid, portrait.colours()));
            if (damaged) {
                portrait.damage();
                add_to_strip("damaged");
            }
        }
        require(animation.add(portrait.image(animation_side), 80));
    }
    require(support::write_png(folder + "/film.png", support::film_strip(frames, labels)));
    require(nca::write_file_atomically(folder + "/animation.webp", require(animation.finish())));
}

void train(nca::Trainer<nca::voxel::Task>&& trainer, const support::BlockTarget& target,
           const VoxelTrainOptions& options, nca::ThreadPool& threads) {
    const nca::voxel::Experiment& experiment = trainer.task().experiment();
    const std::string name = stem_of(options.target);
    const auto portrait = [&] { return Portrait{trainer.averaged_rule(), target}; };
    Training training;
    training.title = "Structure " + name + ", " + options.experiment;
    training.result =
        nca::Json::object({{"target", name}, {"experiment", options.experiment}, {"recipe", options.recipe}});
    training.notes = voxel_notes(target, name);
    training.images = {"film.png", "animation.webp", "structure.vox"};
    if (!is_colour_name(target.classes.back())) training.images.emplace_back("structure.nbt");
    training.draw = [&](const std::string& folder) { draw(portrait(), experiment.damaged > 0, folder); };
    training.preview = [&] {
        Portrait now = portrait();
        for (int step = 0; step < built_step; ++step) now.step();
        return now.image(288);
    };
    training.health = [&] { return json_of(health_of(trainer.averaged_rule(), trainer.task().target(), threads)); };
    TrainingOptions last = options.training;
    last.iterations = static_cast<long>(experiment.iterations);
    run_training(trainer, training, last);
}

void voxel_train(const VoxelTrainOptions& options) {
    const support::BlockTarget target = load_blocks(options.target, {}, options.grid);
    auto task = nca::voxel::Task::create(target_of(target), experiment_of(options));
    if (!task) throw Failure{nca::quote_path(options.target) + ": " + task.error().message};
    const nca::TrainerOptions trainer{.seed = options.training.seed, .bfloat16 = options.training.is_bfloat16()};
    nca::ThreadPool threads{options.training.threads};
    train(nca::Trainer{*task, trainer, threads}, target, options, threads);
}

} // namespace

void add_voxel_train(const Command& group) {
    const auto [command, options] = group.add_command(
        "train", "Train a structure of blocks that grows from one cell (Growing 3D Artefacts)", voxel_train);
    command.add("TARGET", options.target, "A Minecraft structure, .nbt, or a MagicaVoxel model, .vox").required();
    add_block_grid(command, options.grid);
    command.add("--experiment", options.experiment, "growing, or regenerating (some samples are damaged)",
                {"growing", "regenerating"});
    command.add("--recipe", options.recipe,
                "published (the article's), or fast: better structures in a fraction of the time (docs/voxels.md)",
                {"published", "fast"});
    add_fields(command, options.sizes, {"hidden_channels", "hidden_width"});
    command.add("--batch", options.batch, "Samples per iteration (default: 5)", 1, 256);
    command.add("--iterations", options.iterations,
                "Training iterations in all (default: 8000; of the recipe fast, which spreads its schedule over any "
                "number, 1000)",
                1, 100000000);
    add_compute(command, options.training);
    add_preview(command, options.training, "the structure 64 steps after the seed");
    add_training_options(command, options.training,
                         "model.safetensors, structure.nbt, structure.vox, film.png, animation.webp, loss.png and "
                         "checkpoint.safetensors");
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
// nca voxel eval: structures that a model grows, compared with a target.
#include <nca/core/thread_pool.hpp>
#include <nca/systems/voxel/evaluate.hpp>

#include "command.hpp"
#include "health.hpp"
#include "voxel_model.hpp"

#include <algorithm>

namespace program {

namespace {

struct VoxelEvalOptions {
    std::string model{};
    std::string target{};
    std::vector<long> grid{};
    std::vector<long> steps{16, 32, 48, 64, 200};
    int seeds = 4;
    std::optional<int> damage{};
    std::optional<int> radius{};
    int threads = 0;
};

void voxel_eval(const VoxelEvalOptions& options) {
    const VoxelModel model = load_voxel_model(options.model);
    const support::BlockTarget blocks =
        load_blocks(options.target, model.classes, options.grid.empty() ? model.grid : options.grid);
    const nca::voxel::Target target = target_of(blocks);
    const int classes = model.rule.architecture().life_channel();
    if (target.classes != classes) {
        throw Failure{nca::quote_path(options.target) + " has " + std::to_string(target.classes) +
                      " classes of blocks, but the model grows " + std::to_string(classes)};
    }
    nca::voxel::EvaluateOptions run{.steps{options.steps.begin(), options.steps.end()}, .runs = options.seeds};
    std::ranges::sort(run.steps);
    nca::Json result = nca::Json::object({{"model", options.model}, {"target", stem_of(options.target)}});
    if (options.damage) {
        // As training damages with the denominator 4, but for the batch.
        const int largest = std::max(std::ranges::max(target.sizes), model.rule.architecture().channels());
        run.damage = nca::voxel::Damage{*options.damage, options.radius.value_or(largest / 4)};
        result.set("damage", *options.damage).set("radius", run.damage->radius);
    }
    nca::ThreadPool threads{options.threads};
    const auto figures = nca::voxel::evaluate(model.rule, target, run, threads);
    result.set("seeds", options.seeds).set("steps", json_list(run.steps));
    nca::for_each_field(figures.front(), [&](const auto& info, const auto& /*value*/) {
        result.set(std::string{info.name},
                   json_list(figures, [&](const nca::voxel::Figures& at) { return at.*info.member; }));
    });
    print_result(result);
}

} // namespace

void add_voxel_eval(const Command& group) {
    const auto [command, options] = group.add_command(
        "eval", "Compare the structure that a model grows with a target: loss, shape and blocks over several seeds",
        voxel_eval);
    command.add("MODEL", options.model, "A model of nca voxel train, or a published one, .pt or .safetensors")
        .required();
    command.add("TARGET", options.target, "A Minecraft structure, .nbt, or a MagicaVoxel model, .vox").required();
    add_block_grid(command, options.grid);
    command.add("--steps", options.steps, "Steps at which to compare, separated by commas", 0, 1000000);
    command.add("--seeds", options.seeds, "How many runs, with the seeds 1, 2, ...", 1, 100000);
    command.add("--damage", options.damage, "STEP  Makes air of a ball of cells about a random place after this step",
                0, 1000000);
    command
        .add("--damage-radius", options.radius,
             "Cells from its middle to its surface (default: a quarter of the longest side, or of the number of "
             "channels if that is larger)",
             1, 256)
        .needs("--damage");
    command.add_threads(options.threads);
}

} // namespace program

// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for voxels, opposite peers/voxel_torch.py: prints one JSON line with times and the
// results on which both must agree.
#include <nca/run/simulation.hpp>
#include <nca/systems/voxel.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/rollout.hpp>

#include "published.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace bench::published;
using nca::Json;
using nca::voxel::AnyRule;
using Cells = nca::SparseState<float>;
using Weights = nca::Weights<AnyRule>;
using World = nca::Simulation<AnyRule, nca::Dynamic, nca::Dynamic, nca::Dynamic>;

constexpr int batch = nca::voxel::growing.batch;
constexpr int steps = 56;
constexpr double learning_rate = 2e-4;

[[nodiscard]] AnyRule load(const std::string& name) {
    return value_of(nca::voxel::find_model(read("voxel/" + name + ".safetensors").tensors()));
}

[[nodiscard]] std::vector<std::int32_t> blocks_of(const nca::SafetensorsFile& file, const std::string& name) {
    const auto bytes = values<std::uint8_t>(file, name);
    return {bytes.begin(), bytes.end()};
}

/// The loss of the rollout of a sample, where all samples of the batch have the same target. Without the share of iou,
/// which has no gradient.
[[nodiscard]] nca::Var rollout_loss(nca::Tape& tape, const Weights& weights, const std::array<int, 3>& sizes,
                                    const Cells& cells, std::span<const std::int32_t> target,
                                    const nca::voxel::BlockCounts& counts, int count, const nca::Philox& random,
                                    double rate) {
    auto options = nca::step_options_of<AnyRule>(weights.architecture());
    options.fire_rate = rate;
    const auto first = nca::constant_state<AnyRule>(tape, weights.architecture(), sizes, cells);
    const auto last = nca::rollout(weights, first, count, random, 0, options);
    return nca::voxel::block_loss(nca::first_channels(last, weights.architecture().life_channel()), target, counts);
}

void compare_golden(Json& line, const AnyRule& house) {
    const auto start = values(read("voxel/golden_plain_village_house.safetensors"), "state0");
    const auto target = blocks_of(read("voxel/golden_train.safetensors"), "target");
    constexpr std::array<int, 3> sizes{9, 8, 10};
    nca::FieldOf<AnyRule> field{sizes, house.architecture()};
    field.load(start.data());
    Cells cells;
    nca::save_cells(field, cells);
    const auto norms = [&](std::span<const float> gradient) { return gradient_norms(gradient, house.architecture()); };
    agree(line, house, 1, steps, norms, [&](nca::Tape& tape, const Weights& weights, int /*sample*/, int count) {
        const nca::Var loss = rollout_loss(tape, weights, sizes, cells, target, nca::voxel::block_counts(target), count,
                                           nca::Philox{}, 1.0);
        World world{house, nca::Extents<nca::Dynamic, nca::Dynamic, nca::Dynamic>{sizes}};
        auto options = world.options();
        options.fire_rate = 1.0;
        world.set_options(options);
        world.load({start.data(), world.extents(), house.architecture().channels()});
        world.step(count);
        const auto state = world.state();
        const int classes = house.architecture().life_channel();
        const double iou = nca::voxel::metrics_of<float>(state.values(), classes, target).iou_loss;
        const std::array<float, 1> share{static_cast<float>(iou / 3.0)};
        return loss + tape.constant({}, share);
    });
}

/// A structure grown from the seed.
[[nodiscard]] World grown(const AnyRule& rule, const std::array<int, 3>& sizes, std::uint64_t seed, int threads,
                          int count) {
    World world{rule, nca::Extents<nca::Dynamic, nca::Dynamic, nca::Dynamic>{sizes}, seed,
                nca::Reserve{.concurrency = threads}};
    world.plant(sizes[2] / 2, sizes[1] / 2, sizes[0] / 2);
    world.step(count);
    return world;
}

void measure(Json& line, int threads) {
    const AnyRule house = load("plain_village_house");
    const AnyRule temple = load("jungle_temple");
    compare_golden(line, house);

    // A seed, and states that have grown.
    constexpr std::array<int, 3> sizes{10, 10, 10};
    const auto target = blocks_of(read("voxel/targets.safetensors"), "plain_village_house");
    nca::voxel::BlockCounts counts;
    std::vector<Cells> states;
    int living = 0;
    for (int sample = 0; sample < batch; ++sample) {
        const auto seed = static_cast<std::uint64_t>(sample);
        states.push_back(grown(house, sizes, seed, 1, sample == 0 ? 0 : steps).snapshot().cells);
        living += count_living(states.back(), house.architecture());
        counts += nca::voxel::block_counts(target);
    }
    line.set("living", living);
    line.set("training_ms", measure_training(
                                house, batch, threads, {.beta1 = 0.5, .beta2 = 0.5, .epsilon = 1e-8}, learning_rate,
                                [](std::span<float> /*gradient*/) {},
                                [&](nca::Tape& tape, const Weights& weights, int sample, const nca::Philox& random) {
                                    const auto index = static_cast<std::size_t>(sample);
                                    return static_cast<float>(batch) * rollout_loss(tape, weights, sizes, states[index],
                                                                                    target, counts, steps, random, 0.5);
                                }));
    World temple_world = grown(temple, {20, 20, 20}, 1, threads, steps);
    World house_world = grown(house, {32, 32, 32}, 1, threads, steps);
    line.set("temple_living", count_living(temple_world.snapshot().cells, temple.architecture()));
    line.set("house_living", count_living(house_world.snapshot().cells, house.architecture()));
    line.set("temple_step_ms", measure_steps(temple_world, threads));
    line.set("house_step_ms", measure_steps(house_world, threads));
}

} // namespace

int main(int argc, char** argv) {
    return compare_main(argc, argv, measure);
}

// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for growing, opposite peers/growing_torch.py: prints one JSON line with times and
// the results on which both must agree. With --export FILE it writes the weights, the grown lizard and the target
// instead.
#include <nca/core/thread_pool.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/train/gradient.hpp>

#include "compare.hpp"
#include "lizard.hpp"
#include "roofline.hpp"
#include "tiles.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using bench::lizard;
using bench::Rule;
using bench::times;
using nca::Json;

constexpr int training_iterations = 6;
constexpr int threads = 2;
constexpr int inference_steps = 80;
/// Both sides must have the same loss and gradient after this many steps: enough to cover every path of the rule, too
/// few for rounding errors to grow.
constexpr int agreement_steps = 8;

/// The loss of a rollout without randomness; with `norms` also the norm of the gradient of every variable, in the order
/// weight, bias of the first and of the second layer.
[[nodiscard]] double loss_after(int steps, std::vector<double>* norms) {
    Rule rule = lizard().rule;
    nca::Tape tape;
    const auto weights = nca::parameters(tape, rule);
    const nca::Var loss = bench::rollout_loss(tape, weights, steps, nca::Philox{}, 1.0);
    if (norms != nullptr) {
        tape.backward(loss);
        for (const nca::LayerLayout& layer : Rule::layers) {
            const auto columns = static_cast<std::size_t>(layer.stride());
            const auto size = static_cast<std::size_t>(layer.inputs) * columns;
            norms->push_back(nca::norm(weights.gradient().subspan(layer.weight, size)));
            norms->push_back(nca::norm(weights.gradient().subspan(layer.bias, columns)));
        }
    }
    return static_cast<double>(loss.item());
}

/// GFLOP/s of the fused update of tiles: the best of 2 ms intervals, like the peak.
[[nodiscard]] double measure_fused() {
    const bench::Tiles tiles;
    nca::TileBuffers<Rule> buffers{nca::ArchitectureOf<Rule>{}};
    constexpr int pieces = 400;
    const double seconds = bench::best_seconds(50, [&] {
        for (int tile = 0; tile < pieces; ++tile) {
            nca::cell_update<Rule>({}, tiles.rule.parameters().data(), tiles.field.values(), tiles.field.offsets(),
                                   tiles[tile], bench::Tiles::size, nca::Rotations<float>{}, buffers[0]);
            benchmark::ClobberMemory();
        }
    });
    return 1e-9 * pieces * bench::Tiles::size * bench::forward_flop / seconds;
}

[[nodiscard]] Json measure() {
    Json line = Json::object({{"side", "nca"}, {"isa", bench::isa}, {"threads", threads}, {"model", lizard().file}});
    line.set("living", lizard().cells.count());

    std::vector<double> norms;
    line.set("agreement_steps", agreement_steps);
    line.set("agreement_loss", loss_after(agreement_steps, &norms));
    line.set("gradient_norms", Json::Array(norms.begin(), norms.end()));
    line.set("final_loss", loss_after(bench::steps, nullptr));

    // Peak and update alternate, so that both run at the same clock frequency.
    std::vector<double> peak;
    std::vector<double> fused;
    for (int i = 0; i < 3; ++i) {
        peak.push_back(1e-9 * bench::measure_peak());
        fused.push_back(measure_fused());
    }
    line.set("peak_gflops", bench::median(peak));
    line.set("fused_gflops", bench::median(fused));

    bench::Training<> training(threads);
    line.set("training_ms",
             times(2, training_iterations, [&](int i) { (void)training.iterate(static_cast<std::uint32_t>(i)); }));
    bench::Training<nca::keep_states, bench::NarrowRule> narrow(threads);
    line.set("training_bfloat16_ms",
             times(2, training_iterations, [&](int i) { (void)narrow.iterate(static_cast<std::uint32_t>(i)); }));
    nca::ThreadPool pool(threads);
    auto worlds = bench::make_worlds(bench::batch);
    line.set("batch_step_ms", times(5, inference_steps, [&](int) {
                 pool.run(bench::batch, [&](int i) { worlds[static_cast<std::size_t>(i)].step(); });
             }));
    // 400 active cells are too few for two threads: half of the step would be spent waking them.
    auto single = bench::make_worlds(1);
    line.set("single_step_ms", times(5, inference_steps, [&](int) { single.front().step(); }));
    return line;
}

int export_lizard(const std::string& path) {
    nca::SafetensorsWriter writer;
    std::vector<std::vector<float>> weights;
    weights.reserve(2 * Rule::layers.size());
    for (int l = 0; l < Rule::layer_count; ++l) {
        const nca::LayerLayout& layer = Rule::layers[static_cast<std::size_t>(l)];
        std::vector<float>& weight = weights.emplace_back();
        std::vector<float>& bias = weights.emplace_back();
        for (int o = 0; o < layer.outputs; ++o) {
            for (int i = 0; i < layer.inputs; ++i) weight.push_back(lizard().rule.weight(l, i, o));
            bias.push_back(lizard().rule.bias(l, o));
        }
        const std::string name = l == 0 ? "perceive_to_hidden" : "hidden_to_update";
        const auto outputs = static_cast<std::size_t>(layer.outputs);
        writer.add(name + ".weight", {outputs, static_cast<std::size_t>(layer.inputs)}, std::span<const float>(weight));
        writer.add(name + ".bias", {outputs}, std::span<const float>(bias));
    }
    constexpr auto side = std::size_t{bench::side};
    writer.add("state", {side, side, Rule::channels}, lizard().state.values());
    writer.add("target", {side, side, 4}, std::span<const float>(lizard().target));
    return bench::write_export(path, writer);
}

} // namespace

int main(int argc, char** argv) {
    return bench::compare_main(argc, argv, measure, export_lizard);
}

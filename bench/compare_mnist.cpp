// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for digits, opposite peers/mnist_torch.py: prints one JSON line with times and the
// results on which both must agree. With --export FILE it writes the weights, the states and the targets instead.
#include <nca/core/thread_pool.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/train/gradient.hpp>

#include "compare.hpp"
#include "digits.hpp"
#include "roofline.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bench::digits;
using bench::times;
using nca::Json;

constexpr int threads = 2;
constexpr int inference_steps = 80;
/// Both sides must have the same loss and gradient after this many steps: enough to cover every path of the rule, too
/// few for rounding errors to grow.
constexpr int agreement_steps = 4;

[[nodiscard]] Json measure(int training_iterations) {
    Json line = Json::object({{"side", "nca"}, {"isa", bench::isa}, {"threads", threads}});
    line.set("living", start().living);

    nca::StepOptions<Rule> options;
    options.fire_rate = 1.0;
    options.noise = 0.0;
    Training training(threads);
    line.set("agreement_steps", agreement_steps);
    line.set("agreement_loss", training.compute(0, agreement_steps, options));
    Json::Array norms;
    for (const nca::LayerLayout& layer : Rule::layers) {
        const auto columns = static_cast<std::size_t>(layer.stride());
        const auto size = static_cast<std::size_t>(layer.inputs) * columns;
        norms.emplace_back(nca::norm(training.gradient().subspan(layer.weight, size)));
        norms.emplace_back(nca::norm(training.gradient().subspan(layer.bias, columns)));
    }
    line.set("gradient_norms", norms);
    line.set("final_loss", training.compute(0, steps, options));

    line.set("training_ms",
             times(2, training_iterations, [&](int i) { (void)training.iterate(static_cast<std::uint32_t>(i)); }));
    nca::ThreadPool pool(threads);
    auto worlds = make_worlds();
    line.set("batch_step_ms", times(5, inference_steps, [&](int) {
                 pool.run(batch, [&](int i) { worlds[static_cast<std::size_t>(i)].step(); });
             }));
    return line;
}

/// Writes the start, with the tensor names of the published model.
int export_start(const std::string& path) {
    const Rule& rule = start().rule;
    std::array<std::vector<float>, 3> weights;
    std::array<std::vector<float>, 3> biases;
    for (int l = 0; l < 3; ++l) {
        const auto index = static_cast<std::size_t>(l);
        const nca::LayerLayout& layer = Rule::layers[index];
        // The convolution is stored as [3, 3, in, out], the other layers as [out, in].
        weights[index].resize(static_cast<std::size_t>(layer.inputs) * static_cast<std::size_t>(layer.outputs));
        for (int o = 0; o < layer.outputs; ++o) {
            biases[index].push_back(rule.bias(l, o));
            for (int i = 0; i < layer.inputs; ++i) {
                const int at = l == 0 ? i * layer.outputs + o : o * layer.inputs + i;
                weights[index][static_cast<std::size_t>(at)] = rule.weight(l, i, o);
            }
        }
    }
    std::vector<float> states;
    std::vector<float> targets;
    for (std::size_t sample = 0; sample < std::size_t{batch}; ++sample) {
        const auto values = start().states[sample].values();
        states.insert(states.end(), values.begin(), values.end());
        targets.insert(targets.end(), start().targets[sample].begin(), start().targets[sample].end());
    }
    const auto floats = [](const std::vector<float>& values) { return std::span<const float>(values); };
    nca::SafetensorsWriter writer;
    writer.add("perceive.kernel", {3, 3, 20, 80}, floats(weights[0]));
    writer.add("perceive.bias", {80}, floats(biases[0]));
    writer.add("dense1.weight", {80, 80}, floats(weights[1]));
    writer.add("dense1.bias", {80}, floats(biases[1]));
    writer.add("dense2.weight", {19, 80}, floats(weights[2]));
    writer.add("dense2.bias", {19}, floats(biases[2]));
    writer.add("states", {batch, side, side, Rule::channels}, floats(states));
    writer.add("targets", {batch, side, side, nca::mnist::classes}, floats(targets));
    return bench::write_export(path, writer);
}

} // namespace

int main(int argc, char** argv) {
    bench::require_release();
    if (argc == 3 && std::strcmp(argv[1], "--export") == 0) return export_start(argv[2]);
    int iterations = 20;
    if (argc == 3 && std::strcmp(argv[1], "--training-iterations") == 0) {
        const std::string_view text{argv[2]};
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), iterations);
        if (code == std::errc{} && end == text.data() + text.size() && iterations > 0) argc = 1;
    }
    if (argc != 1) {
        std::fprintf(stderr, "usage: %s [--export FILE.safetensors | --training-iterations N]\n", argv[0]);
        return 2;
    }
    std::printf("%s\n", measure(iterations).dump().c_str());
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for textures, opposite peers/texture_torch.py: prints one JSON line with times and
// the results on which both must agree. With --export FILE it writes weights, states, target and random directions
// instead.
#include <nca/image/load.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/systems/texture/style_loss.hpp>
#include <nca/train/gradient.hpp>

#include "compare.hpp"
#include "roofline.hpp"
#include "texture.hpp"
#include "vision.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bench::texture;
using bench::times;
using nca::Json;
using nca::texture::StyleLoss;

constexpr int threads = 2;
/// Both sides must have the same loss and gradient after this many steps: enough to cover every path of the rule, too
/// few for rounding errors to grow.
constexpr int agreement_steps = 4;
/// Levels of the style loss: the image and five layers, and their channels in the distilled VGG-19.
constexpr int level_channels[] = {3, 16, 32, 64, 128, 128};
constexpr int directions = 32;
constexpr std::uint64_t direction_seed = 9;

[[nodiscard]] StyleLoss make_style() {
    bench::vision::Weights weights;
    bench::vision::add_distilled_vgg19(weights);
    const auto bytes = weights.writer().to_bytes();
    const auto file = nca::parse_safetensors(*bytes);
    const auto network = nca::image::distilled_vgg19(*file);
    auto style = StyleLoss::create(*network, start().target, side, side, nca::texture::Loss::transport,
                                   nca::texture::LevelWeights::published);
    return std::move(*style);
}

[[nodiscard]] Json measure() {
    Json line =
        Json::object({{"side", "nca"}, {"isa", bench::isa}, {"threads", threads}, {"living", batch * side * side}});
    nca::StepOptions<Rule> options;
    options.fire_rate = 1.0;
    Training training(threads);
    line.set("agreement_steps", agreement_steps);
    line.set("agreement_loss", training.compute(0, agreement_steps, options, nullptr));
    Json::Array norms;
    for (const nca::LayerLayout& layer : Rule::layers) {
        const auto columns = static_cast<std::size_t>(layer.stride());
        const auto size = static_cast<std::size_t>(layer.inputs) * columns;
        norms.emplace_back(nca::norm<float>(training.gradient().subspan(layer.weight, size)));
        // The last layer has no bias in the notebook.
        if (&layer != &Rule::layers.back()) {
            norms.emplace_back(nca::norm<float>(training.gradient().subspan(layer.bias, columns)));
        }
    }
    line.set("final_loss", training.compute(0, steps, options, nullptr));

    // The style loss of the target's mirror image, with the directions that are exported.
    StyleLoss style = make_style();
    nca::SerialExecutor serial;
    style.draw(nca::Philox{direction_seed}, serial);
    Picture mirrored{start().target.extents()};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (std::size_t c = 0; c < 3; ++c) mirrored(y, x)[c] = start().target(x, side - 1 - y)[2 - c];
        }
    }
    std::vector<float> gradient(mirrored.values().size());
    const auto scratch = style.make_scratch();
    line.set("style_loss", style.evaluate(mirrored.values(), gradient, *scratch));
    norms.emplace_back(nca::norm<float>(gradient));
    line.set("gradient_norms", norms);

    const auto iterate = [&](nca::texture::ImageLoss* loss) {
        return times(1, 5, [&](int i) { (void)training.iterate(static_cast<std::uint32_t>(i), loss); });
    };
    line.set("training_ms", iterate(nullptr));
    line.set("iteration_ms", iterate(&style));
    return line;
}

/// Writes the start, with the tensor names of the published checkpoints.
int export_start(const std::string& path) {
    const Rule& rule = start().rule;
    std::vector<float> hidden;
    std::vector<float> bias;
    std::vector<float> update;
    for (int o = 0; o < Rule::layers[0].outputs; ++o) {
        bias.push_back(rule.bias(0, o));
        for (int i = 0; i < Rule::layers[0].inputs; ++i) hidden.push_back(rule.weight(0, i, o));
    }
    for (int o = 0; o < Rule::channels; ++o) {
        for (int i = 0; i < Rule::layers[1].inputs; ++i) update.push_back(rule.weight(1, i, o));
    }
    std::vector<float> states;
    for (const Grid& state : start().states) states.insert(states.end(), state.values().begin(), state.values().end());
    const auto floats = [](const std::vector<float>& values) { return std::span<const float>(values); };
    bench::vision::Weights weights;
    bench::vision::add_distilled_vgg19(weights);
    nca::SafetensorsWriter& writer = weights.writer();
    writer.add("perceive_to_hidden.weight", {nca::texture::hidden, 4 * Rule::channels}, floats(hidden));
    writer.add("perceive_to_hidden.bias", {nca::texture::hidden}, floats(bias));
    writer.add("hidden_to_update.weight", {Rule::channels, nca::texture::hidden}, floats(update));
    writer.add("states", {batch, side, side, Rule::channels}, floats(states));
    writer.add("target", {side, side, 3}, start().target.values());
    std::vector<std::vector<float>> components;
    components.reserve(std::size(level_channels));
    for (std::uint32_t level = 0; level < std::size(level_channels); ++level) {
        const nca::Philox random = nca::Philox{direction_seed}.split(level);
        std::vector<float>& list = components.emplace_back();
        for (int i = 0; i < level_channels[level] * directions; ++i) {
            list.push_back(static_cast<float>(random.normal(static_cast<std::uint64_t>(i))));
        }
        writer.add("directions." + std::to_string(level),
                   {static_cast<std::size_t>(level_channels[level]), std::size_t{directions}}, floats(list));
    }
    return bench::write_export(path, writer);
}

} // namespace

int main(int argc, char** argv) {
    return bench::compare_main(argc, argv, measure, export_start);
}

// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for attacks, opposite peers/adversarial_torch.py: prints one JSON line with times
// and the results on which both must agree. With --export FILE it writes victims, adversaries, states and targets
// instead.
#include <nca/core/thread_pool.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/train/gradient.hpp>

#include "attacks.hpp"
#include "compare.hpp"
#include "roofline.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace bench::attacks;
using bench::times;
using nca::Json;

constexpr int threads = 2;
constexpr int training_iterations = 6;
/// Both sides must have the same losses and gradients after this many steps: enough to cover every path, too few for
/// rounding errors to grow.
constexpr int agreement_steps = 4;

template <class Trained>
void add_norms(std::span<const float> gradient, std::vector<double>& norms) {
    if constexpr (requires { Trained::layers; }) {
        for (const nca::LayerLayout& layer : Trained::layers) {
            const auto columns = static_cast<std::size_t>(layer.stride());
            norms.push_back(
                nca::norm(gradient.subspan(layer.weight, static_cast<std::size_t>(layer.inputs) * columns)));
            norms.push_back(nca::norm(gradient.subspan(layer.bias, columns)));
        }
    } else {
        norms.push_back(nca::norm(gradient));
    }
}

/// Measures one attack, and adds the results on which both sides must agree.
template <class Attack>
void measure(Json& line, const char* key, double& agreement, double& last, std::vector<double>& norms) {
    Training<Attack> training(threads);
    agreement += training.compute(0, agreement_steps, 1.0, 0.0);
    add_norms<typename Attack::Trained>(training.gradient(), norms);
    last += training.compute(0, Attack::steps, 1.0, 0.0);
    line.set(key, times(2, training_iterations, [&](int i) { (void)training.iterate(static_cast<std::uint32_t>(i)); }));
}

[[nodiscard]] Json measure_all() {
    Json line = Json::object({{"side", "nca"}, {"isa", bench::isa}, {"threads", threads}});
    line.set("model", bench::lizard().file).set("living", bench::lizard().cells.count());
    double agreement = 0.0;
    double last = 0.0;
    std::vector<double> norms;
    measure<Creature>(line, "creature_ms", agreement, last, norms);
    measure<Matrix>(line, "matrix_ms", agreement, last, norms);
    measure<Digits>(line, "digits_ms", agreement, last, norms);
    line.set("agreement_steps", agreement_steps).set("agreement_loss", agreement).set("final_loss", last);
    return line.set("gradient_norms", Json::Array(norms.begin(), norms.end()));
}

/// Owns the values of tensors until they are written.
class Exporter {
public:
    void add(const std::string& name, std::vector<std::size_t> shape, std::vector<float> values) {
        writer_.add(name, std::move(shape), std::span<const float>(kept_.emplace_back(std::move(values))));
    }
    /// Adds weight [outputs, inputs] and bias of each layer of a rule.
    template <class R>
    void add_rule(const std::string& prefix, const R& rule) {
        for (int l = 0; l < R::layer_count; ++l) {
            const nca::LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
            std::vector<float> weight;
            std::vector<float> bias;
            for (int o = 0; o < layer.outputs; ++o) {
                for (int i = 0; i < layer.inputs; ++i) weight.push_back(rule.weight(l, i, o));
                bias.push_back(rule.bias(l, o));
            }
            const auto outputs = static_cast<std::size_t>(layer.outputs);
            add(prefix + ".weight" + std::to_string(l), {outputs, static_cast<std::size_t>(layer.inputs)}, weight);
            add(prefix + ".bias" + std::to_string(l), {outputs}, bias);
        }
    }
    /// Which cells of a batch are adversaries: [samples, side, side].
    void add_masks(const std::string& name, int samples, int side) {
        std::vector<float> values;
        for (int sample = 0; sample < samples; ++sample) {
            const nca::SpeciesMap species = species_of(side, side, sample);
            for (int cell = 0; cell < side * side; ++cell) {
                values.push_back(static_cast<float>(species.at(cell / side, cell % side)));
            }
        }
        const auto extent = static_cast<std::size_t>(side);
        add(name, {static_cast<std::size_t>(samples), extent, extent}, std::move(values));
    }
    [[nodiscard]] nca::Result<void> write(const std::string& path) const {
        return nca::write_safetensors(path, writer_);
    }

private:
    std::deque<std::vector<float>> kept_{};
    nca::SafetensorsWriter writer_{};
};

int export_start(const std::string& path) {
    constexpr auto side = std::size_t{bench::side};
    Exporter out;
    out.add_rule("creature.victim", bench::lizard().rule);
    out.add_rule("creature.adversary", Creature::initial());
    const auto state = bench::lizard().state.values();
    out.add("creature.state", {side, side, bench::Rule::channels}, {state.begin(), state.end()});
    out.add("creature.target", {side, side, 4}, target());
    out.add_masks("creature.masks", Creature::batch, bench::side);
    const Perturbation initial = Matrix::initial();
    std::vector<float> upper(256);
    for (int i = 0; i < 16; ++i) {
        for (int j = i; j < 16; ++j) upper[static_cast<std::size_t>(16 * i + j)] = initial(i, j);
    }
    out.add("matrix", {16, 16}, upper);
    out.add_rule("digits.victim", bench::digits::start().rule);
    out.add_rule("digits.adversary", Digits::initial());
    std::vector<float> states;
    for (const auto& digit : bench::digits::start().states) {
        states.insert(states.end(), digit.values().begin(), digit.values().end());
    }
    constexpr auto digit_side = std::size_t{bench::digits::side};
    out.add("digits.states", {Digits::batch, digit_side, digit_side, 20}, states);
    out.add_masks("digits.masks", Digits::batch, bench::digits::side);
    if (const auto written = out.write(path); !written) {
        std::fprintf(stderr, "bench: %s\n", written.error().message.c_str());
        return 2;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    bench::require_release();
    if (argc == 3 && std::strcmp(argv[1], "--export") == 0) return export_start(argv[2]);
    if (argc != 1) {
        std::fprintf(stderr, "usage: %s [--export FILE.safetensors]\n", argv[0]);
        return 2;
    }
    std::printf("%s\n", measure_all().dump().c_str());
    return 0;
}

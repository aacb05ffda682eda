// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for isotropic automata, opposite peers/isotropic_torch.py: prints one JSON line with
// times and the results on which both must agree.
#include <nca/io/file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/isotropic.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/rollout.hpp>

#include "published.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace {

using namespace bench::published;
using nca::Json;
using Rule = nca::isotropic::Rule<nca::SquareLattice>;
using DemoRule = nca::isotropic::DemoRule<nca::HexagonalLattice>;
using Cells = nca::SparseState<float>;
using Weights = nca::Weights<Rule>;
using Loss = nca::isotropic::InvariantLoss<float>;

constexpr int side = 72;
constexpr int torus = 128;
constexpr int batch = 8;
constexpr int steps = 80;
constexpr double learning_rate = 1e-3;

/// The loss of a rollout: the target after the first and the last step, overflow and change in all. The overflow is a
/// sum over the batch.
[[nodiscard]] nca::Var rollout_loss(nca::Tape& tape, const Weights& weights, const std::array<int, 2>& sizes,
                                    const Cells& cells, const Loss& invariant, int samples, int count,
                                    const nca::Philox& random, double rate) {
    nca::StepOptions<Rule> options;
    options.fire_rate = rate;
    auto state = nca::constant_state<Rule>(tape, sizes, cells);
    nca::Var loss;
    for (int i = 0; i < count; ++i) {
        const auto before = state;
        state = nca::step(weights, state, nca::FireMask(random, static_cast<std::uint64_t>(i), rate), options);
        const auto overflow = static_cast<float>(samples) * nca::isotropic::state_overflow(state);
        const auto both = overflow + 10.0F * nca::isotropic::state_change(before, state);
        loss = i == 0 ? both : loss + both;
        if (i == 0 || i + 1 == count) {
            const auto picture = nca::first_channels(state, invariant.channels());
            loss = loss + 0.5F * nca::isotropic::invariant_loss(picture, invariant);
        }
    }
    return loss;
}

[[nodiscard]] Loss loss_of(const nca::image::FeatureMaps<const float>& target) {
    return value_of(Loss::create(target, {.mirror = true}));
}

void compare_golden(Json& line, const Rule& rule) {
    const auto golden = read("isotropic/golden_train.safetensors");
    constexpr std::size_t pixels = 24 * 24;
    constexpr std::size_t channels = 5;
    const auto by_channel = values(golden, "target");
    std::vector<float> target(by_channel.size());
    for (std::size_t i = 0; i < target.size(); ++i) target[i] = by_channel[i % channels * pixels + i / channels];
    const Loss invariant = loss_of({target.data(), 24, 24, channels, channels});
    const auto states = values(golden, "state_0");
    std::vector<Cells> starts;
    for (std::size_t sample = 0; sample < 2; ++sample) {
        nca::FieldOf<Rule> field{{24, 24}};
        field.load(states.data() + sample * pixels * Rule::channels);
        nca::save_cells(field, starts.emplace_back());
    }
    const auto norms = [&](std::span<const float> gradient) { return gradient_norms(gradient, rule.architecture()); };
    agree(line, rule, 2, steps, norms, [&](nca::Tape& tape, const Weights& weights, int sample, int count) {
        return rollout_loss(tape, weights, {24, 24}, starts[static_cast<std::size_t>(sample)], invariant, 2, count,
                            nca::Philox{}, 1.0);
    });
}

/// A world grown from the seed in the middle.
template <class R, int Side>
[[nodiscard]] nca::Simulation<R, Side, Side> grown(const R& rule, std::uint64_t seed, int count, int threads) {
    nca::Simulation<R, Side, Side> world{rule, {}, seed, nca::Reserve{.concurrency = threads}};
    world.plant(Side / 2, Side / 2);
    world.step(count);
    return world;
}

/// The picture with a stripe in the middle of the grid.
[[nodiscard]] nca::isotropic::AuxiliaryTarget<float> target_of(const std::vector<float>& picture) {
    constexpr int size = 48;
    nca::Grid<float, 4, side, side> target;
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            std::copy_n(picture.begin() + (y * size + x) * 4, 4,
                        target(y + (side - size) / 2, x + (side - size) / 2).begin());
        }
    }
    return nca::isotropic::with_auxiliary_channels(target, nca::isotropic::Auxiliary::binary);
}

void measure(Json& line, int threads) {
    const auto layers =
        value_of(nca::isotropic::parse_demo(nca::as_text(value_of(nca::read_file(path("isotropic/cadata.json"))))));
    const Rule rule = value_of(nca::rule_from<Rule>(layers));
    compare_golden(line, rule);

    // A seed, and states that have grown.
    std::vector<Cells> states;
    int living = 0;
    for (int sample = 0; sample < batch; ++sample) {
        const auto seed = static_cast<std::uint64_t>(sample);
        states.push_back(grown<Rule, side>(rule, seed, sample == 0 ? 0 : steps, 1).snapshot().cells);
        living += states.back().count();
    }
    line.set("living", living);
    const auto target = target_of(values(read("isotropic/targets_48.safetensors"), "lizard"));
    const Loss invariant = loss_of(target.maps());
    line.set("training_ms", measure_training(
                                rule, batch, threads, {.epsilon = 1e-8}, learning_rate,
                                [](std::span<float> gradient) { nca::normalise_variables<Rule>(gradient); },
                                [&](nca::Tape& tape, const Weights& weights, int sample, const nca::Philox& random) {
                                    return rollout_loss(tape, weights, {side, side},
                                                        states[static_cast<std::size_t>(sample)], invariant, batch,
                                                        steps, random, 0.5);
                                }));
    auto world = grown<DemoRule, torus>(value_of(nca::rule_from<DemoRule>(layers)), 1, steps, threads);
    line.set("world_living", world.living_cells());
    line.set("single_step_ms", measure_steps(world, threads));
}

} // namespace

int main(int argc, char** argv) {
    return compare_main(argc, argv, measure);
}

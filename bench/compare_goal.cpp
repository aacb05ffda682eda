// SPDX-License-Identifier: Apache-2.0
// The nca side of bench/compare.sh for goal-guided automata, opposite peers/goal_torch.py: prints one JSON line with
// times and the results on which both must agree.
#include <nca/run/simulation.hpp>
#include <nca/systems/goal_guided.hpp>
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
using nca::AnyRule;
using nca::Json;
using nca::goal_guided::GuidedRule;
using Cells = nca::SparseState<float>;
using Weights = nca::Weights<GuidedRule>;

constexpr int side = 64;
constexpr int batch = nca::goal_guided::morphing.batch;
constexpr int steps = 72;
constexpr double learning_rate = 1e-3;

[[nodiscard]] GuidedRule guided(const nca::goal_guided::GuidedModel& model) {
    const auto& encoder = model.encoder;
    GuidedRule guided{model.rule.architecture(), encoder.goals(), static_cast<int>(encoder.width)};
    guided.set_rule(model.rule);
    const std::array<const std::vector<float>*, 4> tensors{&encoder.embedding, &encoder.layers[0].weight,
                                                           &encoder.layers[0].bias, &encoder.layers[1].weight};
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        std::copy(tensors[t]->begin(), tensors[t]->end(),
                  guided.parameters().begin() + static_cast<std::ptrdiff_t>(guided.layout().offset(t)));
    }
    return guided;
}

/// The loss of the rollout of a state under a goal.
[[nodiscard]] nca::Var rollout_loss(nca::Tape& tape, const Weights& weights, const GuidedRule& start,
                                    const nca::FieldOf<AnyRule>::Sizes& sizes, const Cells& cells, int goal,
                                    std::span<const float> target, int count, const nca::Philox& random, double rate) {
    const auto& layout = start.layout();
    const nca::Weights<AnyRule> rule{nca::slice(weights.var(), 0, static_cast<int>(layout.first)), start.network()};
    const nca::Var code = nca::goal_guided::encode_goal(weights.var(), layout, goal);
    auto options = nca::step_options_of<AnyRule>(start.network());
    options.fire_rate = rate;
    const auto first = nca::constant_state<AnyRule>(tape, start.network(), sizes, cells);
    const auto last = nca::rollout(rule, first, count, random, 0, options, &code);
    return nca::mean_squared_error(nca::rgba(last), target);
}

void compare_golden(Json& line, const GuidedRule& model) {
    const auto golden = read("goal_guided/golden_train.safetensors");
    const auto states = values(golden, "state_0");
    const auto targets = values(golden, "target");
    const auto goals = values<std::int32_t>(golden, "goal");
    constexpr std::array<int, 2> sizes{20, 24};
    constexpr std::size_t cells = 20 * 24;
    const auto norms = [&](std::span<const float> gradient) {
        auto all = gradient_norms(gradient, model.network());
        for (std::size_t t = 0; t < 4; ++t) {
            all.emplace_back(nca::norm(gradient.subspan(model.layout().offset(t), model.layout().sizes()[t])));
        }
        return all;
    };
    std::vector<Cells> starts;
    for (std::size_t sample = 0; sample < 2; ++sample) {
        nca::FieldOf<AnyRule> field{sizes, model.network()};
        field.load(states.data() + sample * cells * static_cast<std::size_t>(model.network().channels()));
        nca::save_cells(field, starts.emplace_back());
    }
    agree(line, model, 2, steps, norms, [&](nca::Tape& tape, const Weights& weights, int sample, int count) {
        const auto index = static_cast<std::size_t>(sample);
        return rollout_loss(tape, weights, model, sizes, starts[index], goals[index],
                            std::span{targets}.subspan(index * cells * 4, cells * 4), count, nca::Philox{}, 1.0);
    });
}

using World = nca::Simulation<AnyRule, side, side>;

/// A picture grown from the seed.
[[nodiscard]] World grown(const nca::goal_guided::GuidedModel& model, int goal, int count, int threads) {
    World world{model.rule, {}, static_cast<std::uint64_t>(goal), nca::Reserve{.concurrency = threads}};
    world.plant(side / 2, side / 2);
    value_of(world.set_inputs(value_of(model.encoder.code(goal))));
    world.step(count);
    return world;
}

void measure(Json& line, int threads) {
    const auto model =
        value_of(nca::goal_guided::find_model(read("goal_guided/100k_linear_encoder.safetensors").tensors()));
    const GuidedRule start = guided(model);
    compare_golden(line, start);

    // Two seeds, and states that have grown, in the middle of larger grids than their pictures.
    const auto pictures = read("goal_guided/targets_40.safetensors");
    constexpr int picture_side = 40;
    constexpr int margin = (side - picture_side) / 2;
    std::vector<Cells> states;
    std::vector<std::vector<float>> targets;
    int living = 0;
    for (int goal = 0; goal < batch; ++goal) {
        states.push_back(grown(model, goal, goal < 2 ? 0 : steps, 1).snapshot().cells);
        living += states.back().count();
        const auto picture = values(pictures, pictures.tensors()[static_cast<std::size_t>(goal)].name);
        auto& target = targets.emplace_back(side * side * 4);
        for (int y = 0; y < picture_side; ++y) {
            std::copy_n(picture.begin() + y * picture_side * 4, picture_side * 4,
                        target.begin() + ((y + margin) * side + margin) * 4);
        }
    }
    line.set("living", living);
    line.set("training_ms",
             measure_training(
                 start, batch, threads, {.epsilon = 1e-8}, learning_rate,
                 [&](std::span<float> gradient) { GuidedRule::normalise(gradient, start.network(), start.layout()); },
                 [&](nca::Tape& tape, const Weights& weights, int sample, const nca::Philox& random) {
                     const auto index = static_cast<std::size_t>(sample);
                     return rollout_loss(tape, weights, start, {side, side}, states[index], sample, targets[index],
                                         steps, random, 0.5);
                 }));
    World world = grown(model, 2, steps, threads);
    line.set("single_step_ms", measure_steps(world, threads));
}

} // namespace

int main(int argc, char** argv) {
    return compare_main(argc, argv, measure);
}

// SPDX-License-Identifier: Apache-2.0
// Attention of your own between steps: cells attend to the means of both halves of the grid, and the matrices of the
// attention train with the rule. Each cell has a question in channel 1: of which half it shall tell the value.
#include <nca/nca.hpp>

#include <algorithm>
#include <cstdio>

constexpr int state_width = 6, key_width = 3, value_width = 2; // of a cell's state, a query or key, and a value
using Cell = nca::Rule<nca::Channels<state_width>, nca::Frozen<3>, nca::Perception<nca::Identity>,
                       nca::PerceivedInputs<value_width>, nca::Mlp<16>, nca::FireRate<1, 1>>;

struct Attentive { // what trains: the rule, then the matrices of queries, keys and values
    using Value = float;
    static constexpr int first = static_cast<int>(Cell::block_size);
    std::vector<float> block = std::vector<float>(first + state_width * (2 * key_width + value_width));
    std::span<float> parameters() { return block; }
    std::span<const float> parameters() const { return block; }
    void initialise(const nca::Philox& random) {
        Cell rule;
        rule.initialise(random);
        for (std::size_t i = 0; i < block.size(); ++i) block[i] = 0.3F * static_cast<float>(random.split(9).normal(i));
        std::ranges::copy(rule.parameters(), block.begin());
    }
};

nca::Var attend(const nca::Var& block, const nca::State<Cell>& state) { // what each cell is told: [8, 8, value_width]
    const auto matrix = [&](int at, int columns) {
        return nca::reshape(nca::slice(block, Attentive::first + state_width * at, state_width * columns),
                            {state_width, columns});
    };
    const auto none = [&](int biases) {
        return block.tape().constant({biases}, std::vector<float>(static_cast<std::size_t>(biases)));
    };
    const auto times = [&](const nca::Var& a, const nca::Var& b) { return nca::dense(a, b, none(b.shape().last())); };
    std::vector<float> half(64 * 2); // [cells, halves]
    for (std::size_t i = 0; i < 64; ++i) half[2 * i + (i % 8 < 4 ? 0 : 1)] = 1.0F / 32;
    const nca::Var x = nca::first_channels(state, state_width);
    const nca::Var tokens = nca::transpose(times(nca::transpose(x), block.tape().constant({64, 2}, half)));
    const nca::Var scores =
        times(times(x, matrix(0, key_width)), nca::transpose(times(tokens, matrix(key_width, key_width))));
    return times(nca::softmax(scores), times(tokens, matrix(2 * key_width, value_width)));
}

struct Questions {
    using Rule = Cell;
    using Trained = Attentive;
    static nca::Extents<8, 8> extents() { return {}; }
    static void begin(nca::Batch<Cell>& batch, const nca::Philox& random) {
        for (int sample = 0; sample < batch.size(); ++sample) {
            const nca::Philox draw = random.split(static_cast<std::uint32_t>(sample));
            nca::Grid<float, state_width, 8, 8> grid;
            for (int i = 0; i < 64; ++i) { // channel 0: the value of the half; 1: the question; 2: which half this is
                const bool right = i % 8 >= 4;
                grid.view().cell(i)[0] = static_cast<float>(2.0 * draw.uniform(right ? 1 : 0) - 1.0);
                grid.view().cell(i)[1] = draw.uniform(static_cast<std::uint64_t>(9 + i)) < 0.5 ? -1.0F : 1.0F;
                grid.view().cell(i)[2] = right ? 1.0F : -1.0F;
            }
            batch.state(sample) = nca::sparse_state<Cell>(grid.view());
        }
    }
    static nca::Var loss(nca::Rollout<Cell, Attentive>& rollout, int /*sample*/) {
        const nca::Var& block = rollout.weights().var();
        const nca::Weights<Cell> rule{nca::slice(block, 0, Attentive::first)};
        for (int t = 0; t < 2; ++t) {
            const nca::Var inputs = attend(block, rollout.state());
            const nca::FireMask all{rollout.random(), static_cast<std::uint64_t>(t), 1.0};
            rollout.advance(nca::step(rule, rollout.state(), all, {}, &inputs), 1);
        }
        const nca::Var state = nca::first_channels(rollout.state(), 4); // the answer is in channel 3
        std::vector<float> wanted;
        for (std::size_t i = 0; i < 64; ++i) wanted.push_back(state.value()[state.value()[4 * i + 1] < 0 ? 0 : 7 * 4]);
        return nca::mean(nca::square(nca::slice(state, 3, 1) - block.tape().constant({8, 8, 1}, wanted)));
    }
};

int main() {
    nca::ThreadPool threads;
    nca::Trainer trainer{Questions{}, {.seed = 1, .batch = 8, .learning_rate = {.initial = 5e-3}}, threads};
    trainer.run(600, [](const nca::TrainingReport& report) {
        if (report.iteration % 100 == 0)
            std::printf("iteration %3d: loss %.4f\n", static_cast<int>(report.iteration), report.loss);
    });
    return trainer.losses().back() < 0.1F * trainer.losses().front() ? 0 : 1;
}

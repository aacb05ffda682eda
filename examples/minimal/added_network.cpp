// SPDX-License-Identifier: Apache-2.0
// A network trains beside a published one that stays as it is, bit for bit: the update of a cell is the sum of both.
// The lizard learns to turn black; without what was added it is the lizard that it was.
#include <nca/nca.hpp>

#include "../models/growing/lizard.hpp"

#include <algorithm>
#include <cstdio>

using Added = nca::Rule<nca::Channels<16>, nca::Mlp<16>, nca::Alive<3>>;
using Both = nca::Joined<lizard::Rule, Added>; // of 144 hidden units

struct Blacken { // no red, green or blue after 40 steps
    using Rule = Both;
    static nca::Extents<48, 48> extents() { return {}; }
    static void initialise(Both& rule, const nca::Philox& random) {
        Added added;
        added.initialise(random); // its updates are zero at first
        rule = nca::joined(lizard::rule(), added);
    }
    std::span<const std::uint8_t> trained_parameters() const { return trained; } // 0 for those of the lizard
    static nca::Var loss(nca::Rollout<Both>& rollout, int /*sample*/) {
        return nca::mean(nca::square(nca::first_channels(rollout.run(40), 3)));
    }
    std::vector<std::uint8_t> trained = nca::added_parameters(Both{}, lizard::rule());
};

int main() {
    nca::ThreadPool threads;
    nca::Trainer trainer{Blacken{}, {.seed = 1, .batch = 4, .sample_pool = false}, threads};
    trainer.run(30, [](const nca::TrainingReport& report) { std::printf("loss %.4f\n", report.loss); });
    Both rule = trainer.rule();
    const auto trained = trainer.task().trained_parameters();
    for (std::size_t i = 0; i < trained.size(); ++i) {
        if (trained[i] != 0) rule.parameters()[i] = 0.0F; // takes the added network away
    }
    const bool same = std::ranges::equal(rule.parameters(), nca::joined(lizard::rule(), Added{}).parameters());
    nca::Simulation<Both, 48, 48> world{trainer.rule(), /*seed=*/7};
    world.plant(24, 24);
    world.step(40);
    float red = 0.0F;
    const auto state = world.state();
    for (int i = 0; i < 48 * 48; ++i) red += state.view().cell(i)[0];
    std::printf("red of the trained creature %.1f; the lizard beside it is %s\n", static_cast<double>(red),
                same ? "the same" : "another");
    return same && trainer.losses().back() < trainer.losses().front() ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// Your own loss on the tape: the gradient of a rollout's mean squared colour plus an overflow penalty.
#include <nca/nca.hpp>

#include <cstdio>

int main() {
    using Rule = nca::growing::Rule<>;
    Rule rule;
    rule.initialise(nca::Philox{1});
    rule.bias(1, 3) = 0.05F; // cells that do something
    nca::Grid<float, 16, 32, 32> seed;
    nca::growing::plant_seed(seed.view());

    nca::Tape tape;
    const auto weights = nca::parameters(tape, rule);
    auto state = nca::constant_state<Rule>(tape, seed.view());
    for (std::uint64_t t = 0; t < 32; ++t) {
        state = nca::step(weights, state, nca::FireMask{nca::Philox{7}, t, /*rate=*/0.5});
    }
    const auto loss = nca::mean(nca::square(nca::rgba(state))) + 0.1F * nca::overflow(nca::rgba(state));
    tape.backward(loss);
    std::printf("loss %g, norm of its gradient %g\n", static_cast<double>(loss.item()), nca::norm(weights.gradient()));
}

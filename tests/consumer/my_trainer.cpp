// SPDX-License-Identifier: Apache-2.0
// A tool: it differentiates a step of a rule, on the tape and with threads. Ends with status 0 if there is a gradient.
#include <nca/nca.hpp>

int main() {
    using Rule = nca::Rule<nca::Channels<4>, nca::Mlp<8>, nca::FireRate<1, 1>>;
    Rule rule;
    rule.bias(1, 3) = 0.25F;
    nca::Grid<float, 4, 16, 16> state;

    nca::Tape tape;
    const auto weights = nca::parameters(tape, rule);
    const auto next =
        nca::step(weights, nca::constant_state<Rule>(tape, state.view()), nca::FireMask{nca::Philox{7}, 0, 1.0});
    tape.backward(nca::mean(nca::square(nca::rgba(next))));

    nca::ThreadPool threads{2};
    nca::Simulation<Rule, 16, 16> world{rule};
    world.step(threads);
    return nca::norm(weights.gradient()) > 0 && world.steps() == 1 ? 0 : 1;
}

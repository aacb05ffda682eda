// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

struct Cube {
    template <class V>
    static V value(V x) {
        return x * x * x;
    }
#ifndef NCA_COMPILE_FAIL
    static constexpr bool derivative_of_input = true;
    template <class V>
    static V derivative(V x) {
        return V(3) * x * x;
    }
#endif
};
using Rule = nca::Rule<nca::Channels<4>, nca::Activation<Cube>>;
void run(nca::Simulation<Rule, 8, 8>& world) {
    world.step();
}

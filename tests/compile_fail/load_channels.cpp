// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
void load(nca::Simulation<nca::growing::Rule<>, 8, 8>& world, const nca::Grid<float, 12, 8, 8>& state) {
    world.load(state);
}
#else
void load(nca::Simulation<nca::growing::Rule<>, 8, 8>& world, const nca::Grid<float, 16, 8, 8>& state) {
    world.load(state);
}
#endif

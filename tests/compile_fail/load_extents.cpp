// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
void load(nca::Simulation<nca::growing::Rule<>, 8, 8>& world, const nca::Grid<float, 16, 8, 9>& state) {
    world.load(state);
}
#else
void load(nca::Simulation<nca::growing::Rule<>, 8, 8>& world, const nca::Grid<float, 16, 8, nca::Dynamic>& state) {
    world.load(state);
}
#endif

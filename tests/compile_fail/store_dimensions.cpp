// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
void store(const nca::Simulation<nca::growing::Rule<>, 8, 8>& world, nca::Grid<float, 16, 64>& state) {
    world.store(state);
}
#else
void store(const nca::Simulation<nca::growing::Rule<>, 8, 8>& world, nca::Grid<float, 16, 8, 8>& state) {
    world.store(state);
}
#endif

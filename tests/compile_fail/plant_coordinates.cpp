// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
void plant(nca::Simulation<nca::growing::Rule<>, 8, 8>& world) {
    world.plant(4, 4, 4);
}
#else
void plant(nca::Simulation<nca::growing::Rule<>, 8, 8>& world) {
    world.plant(4, 4);
}
#endif

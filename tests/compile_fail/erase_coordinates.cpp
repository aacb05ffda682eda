// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
void erase(nca::Simulation<nca::growing::Rule<>, 8, 8>& world) {
    world.erase(2.0, 4);
}
#else
void erase(nca::Simulation<nca::growing::Rule<>, 8, 8>& world) {
    world.erase(2.0, 4, 4);
}
#endif

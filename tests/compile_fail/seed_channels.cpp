// SPDX-License-Identifier: Apache-2.0
#include <nca/systems/isotropic/seeds.hpp>

#ifdef NCA_COMPILE_FAIL
using State = nca::Grid<float, 3, 8, 8>;
#else
using State = nca::Grid<float, 4, 8, 8>;
#endif

void plant(State& state) {
    nca::isotropic::plant_structured_seed(state.view());
}

// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
nca::Grid<float, 12, 8, 8> grid;
#else
nca::Grid<float, 16, 8, 8> grid;
#endif
nca::State<nca::growing::Rule<>> make(nca::Tape& tape) {
    return nca::constant_state<nca::growing::Rule<>>(tape, grid.view());
}

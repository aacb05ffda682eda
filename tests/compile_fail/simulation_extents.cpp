// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
nca::Simulation<nca::growing::Rule<>, 72> world{nca::growing::Rule<>{}};
#else
nca::Simulation<nca::growing::Rule<>, 72, 72> world{nca::growing::Rule<>{}};
#endif

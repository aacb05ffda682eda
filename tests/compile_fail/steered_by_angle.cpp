// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Wrong = nca::Rule<nca::Channels<6>, nca::SteeredByAngle, nca::Alive<3>>;
#else
using Wrong = nca::Rule<nca::Channels<6>, nca::SteeredByAngle, nca::AliveBefore<3>>;
#endif
Wrong rule;

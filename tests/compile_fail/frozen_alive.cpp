// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Wrong = nca::Rule<nca::Channels<4>, nca::Frozen<1>, nca::Alive<3>>;
#else
using Wrong = nca::Rule<nca::Channels<4>, nca::Frozen<1>, nca::AliveWhere<0>>;
#endif
Wrong rule;

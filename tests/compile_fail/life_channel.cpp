// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Wrong = nca::Rule<nca::Channels<3>, nca::Alive<3>>;
#else
using Wrong = nca::Rule<nca::Channels<4>, nca::Alive<3>>;
#endif
Wrong rule;

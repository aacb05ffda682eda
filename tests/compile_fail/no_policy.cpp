// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Wrong = nca::Rule<nca::Channels<8>, int>;
#else
using Wrong = nca::Rule<nca::Channels<8>>;
#endif
Wrong rule;

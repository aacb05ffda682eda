// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Wrong = nca::Rule<nca::Mlp<32>>;
#else
using Wrong = nca::Rule<nca::Channels<8>, nca::Mlp<32>>;
#endif
Wrong rule;

// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

using First = nca::Rule<nca::Channels<4>, nca::Mlp<8>>;
#ifdef NCA_COMPILE_FAIL
using Second = nca::Rule<nca::Channels<4>, nca::Mlp<8>, nca::Perception<nca::Identity>>;
#else
using Second = nca::Rule<nca::Channels<4>, nca::Mlp<3>>;
#endif
const auto both = nca::joined(First{}, Second{});

// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Wide = nca::Rule<nca::Channels<4>, nca::LifeRadius<2>>;
#else
using Wide = nca::Rule<nca::Channels<4>, nca::LifeRadius<2>, nca::Alive<3>>;
#endif
Wide wide;

// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Rate = nca::FireRate<3, 2>;
#else
using Rate = nca::FireRate<2, 3>;
#endif
Rate rate;

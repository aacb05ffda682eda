// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#ifdef NCA_COMPILE_FAIL
using Shape = nca::Extents<1, 2, 3, 4>;
#else
using Shape = nca::Extents<1, 2, 3>;
#endif
Shape shape;

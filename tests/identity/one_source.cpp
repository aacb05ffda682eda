// SPDX-License-Identifier: Apache-2.0
// Two models under one name do not fit into one translation unit.
#include "red/model.hpp"
#ifdef NCA_COMPILE_FAIL
#include "blue/model.hpp"
#endif
static_assert(model::width > 0);

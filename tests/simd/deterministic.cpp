// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_DETERMINISTIC
#define NCA_DETERMINISTIC
#endif
#include "math_sweep.hpp"

#include <doctest/doctest.h>

TEST_CASE("with NCA_DETERMINISTIC registers of one lane and of the processor give the same bits") {
    CHECK(sweep::compute<float>() == sweep::one_lane_float());
    CHECK(sweep::compute<double>() == sweep::one_lane_double());
}

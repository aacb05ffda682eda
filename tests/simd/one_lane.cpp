// SPDX-License-Identifier: Apache-2.0
// The elementary functions with registers of one lane; compiled without fused multiply-adds, as deterministic.cpp is.
#ifndef NCA_DETERMINISTIC
#define NCA_DETERMINISTIC
#endif
#ifndef NCA_SIMD_SCALAR
#define NCA_SIMD_SCALAR
#endif
#include "math_sweep.hpp"

namespace sweep {

std::vector<float> one_lane_float() {
    return compute<float>();
}
std::vector<double> one_lane_double() {
    return compute<double>();
}

} // namespace sweep

// SPDX-License-Identifier: Apache-2.0
// A sweep through the elementary functions, for translation units that are compiled with different registers.
#ifndef NCA_TESTS_SIMD_MATH_SWEEP_HPP
#define NCA_TESTS_SIMD_MATH_SWEEP_HPP

#include <nca/simd/math.hpp>

#include <vector>

namespace sweep {

/// The values of all functions for 4096 arguments in [-16, 16).
template <class T>
[[nodiscard]] std::vector<T> compute() {
    using V = nca::Vec<T>;
    std::vector<T> results;
    const auto add = [&](V value) {
        T lanes[V::size];
        store(lanes, value);
        results.insert(results.end(), lanes, lanes + V::size);
    };
    const auto sweep = [&](auto&& f) {
        for (int i = 0; i < 4096; i += V::size) {
            T lanes[V::size];
            for (int lane = 0; lane < V::size; ++lane) lanes[lane] = static_cast<T>(i + lane - 2048) / T(128.5);
            add(f(nca::load(lanes)));
        }
    };
    sweep([](V x) { return exp(x); });
    sweep([](V x) { return sigmoid(x); });
    sweep([](V x) { return tanh(x); });
    sweep([](V x) { return sin(x); });
    sweep([](V x) { return cos(x); });
    return results;
}

/// Computed by registers of one lane.
[[nodiscard]] std::vector<float> one_lane_float();
[[nodiscard]] std::vector<double> one_lane_double();

} // namespace sweep

#endif // NCA_TESTS_SIMD_MATH_SWEEP_HPP

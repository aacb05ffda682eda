// SPDX-License-Identifier: Apache-2.0
// The elementary functions of registers against std in long double.
#include <nca/core/philox.hpp>
#include <nca/simd/math.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace {

using namespace nca;

template <class T, class F>
T lane_of(F&& f, T x) {
    T lanes[Vec<T>::size];
    store(lanes, f(Vec<T>(x)));
    return lanes[0];
}

/// The error of a result in units in the last place of the exact value, which must be a normal number.
template <class T>
double ulps(T result, long double exact) {
    int exponent = 0;
    std::frexp(exact, &exponent);
    return static_cast<double>(std::abs(static_cast<long double>(result) - exact) /
                               std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits));
}

/// The largest error over arguments that are spread evenly over [low, high], and over powers of two from 2^-60 on.
template <class T, class F, class G>
double largest_error(F&& f, G&& exact, double low, double high) {
    double worst = 0.0;
    const auto check = [&](double argument) {
        const auto x = static_cast<T>(argument);
        const long double wanted = exact(static_cast<long double>(x));
        if (std::abs(wanted) < static_cast<long double>(std::numeric_limits<T>::min())) return;
        const double error = ulps(lane_of(f, x), wanted);
        if (!(error <= worst)) worst = error;
    };
    const Philox random{1};
    for (std::uint64_t i = 0; i < 100000; ++i) {
        check(low + (high - low) * random.uniform(2 * i));
        const double magnitude = std::exp2(-60.0 + (60.0 + std::log2(high)) * random.uniform(2 * i + 1));
        check(magnitude);
        if (-magnitude >= low) check(-magnitude);
    }
    return worst;
}

const auto vector_exp = [](auto x) { return exp(x); };
const auto vector_sigmoid = [](auto x) { return sigmoid(x); };
const auto vector_tanh = [](auto x) { return tanh(x); };
const auto vector_sin = [](auto x) { return sin(x); };
const auto vector_cos = [](auto x) { return cos(x); };

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

} // namespace

TEST_CASE_TEMPLATE("exp is within 1.1 ulp over the range of its normal results", T, float, double) {
    const double high = std::is_same_v<T, float> ? 88.7 : 709.7;
    CHECK(largest_error<T>(
              vector_exp, [](long double x) { return std::exp(x); }, -high, high) < 1.1);
}
TEST_CASE_TEMPLATE("exp reaches denormal results, zero and infinity", T, float, double) {
    const T denormal = std::numeric_limits<T>::denorm_min();
    CHECK(lane_of(vector_exp, std::log(denormal)) == denormal);
    CHECK(lane_of(vector_exp, -infinity<T>) == T(0));
    CHECK(lane_of(vector_exp, infinity<T>) == infinity<T>);
    CHECK(lane_of(vector_exp, std::numeric_limits<T>::max()) == infinity<T>);
    CHECK(lane_of(vector_exp, T(0)) == T(1));
}
TEST_CASE_TEMPLATE("sigmoid is within 2.5 ulp", T, float, double) {
    const auto exact = [](long double x) { return 1.0L / (1.0L + std::exp(-x)); };
    CHECK(largest_error<T>(vector_sigmoid, exact, -80.0, 40.0) < 2.5);
    CHECK(lane_of(vector_sigmoid, -infinity<T>) == T(0));
    CHECK(lane_of(vector_sigmoid, infinity<T>) == T(1));
}
TEST_CASE_TEMPLATE("tanh is within 2.6 ulp, also near zero", T, float, double) {
    CHECK(largest_error<T>(
              vector_tanh, [](long double x) { return std::tanh(x); }, -22.0, 22.0) < 2.6);
    CHECK(lane_of(vector_tanh, infinity<T>) == T(1));
    CHECK(lane_of(vector_tanh, -infinity<T>) == T(-1));
    const T denormal = std::numeric_limits<T>::denorm_min();
    CHECK(lane_of(vector_tanh, denormal) == denormal);
}
TEST_CASE_TEMPLATE("sin and cos are within 2.4 ulp for small arguments and 4 ulp for large ones", T, float, double) {
    const auto exact_sin = [](long double x) { return std::sin(x); };
    const auto exact_cos = [](long double x) { return std::cos(x); };
    const double high = std::is_same_v<T, float> ? 1e4 : 1e7;
    CHECK(largest_error<T>(vector_sin, exact_sin, -10.0, 10.0) < 2.4);
    CHECK(largest_error<T>(vector_cos, exact_cos, -10.0, 10.0) < 2.4);
    CHECK(largest_error<T>(vector_sin, exact_sin, -high, high) < 4.0);
    CHECK(largest_error<T>(vector_cos, exact_cos, -high, high) < 4.0);
}
TEST_CASE_TEMPLATE("sin and cos of arguments too large to reduce stay in [-1, 1]", T, float, double) {
    for (const T x : {T(1e9), T(-1e20), std::numeric_limits<T>::max()}) {
        CHECK(std::abs(lane_of(vector_sin, x)) <= T(1));
        CHECK(std::abs(lane_of(vector_cos, x)) <= T(1));
    }
    CHECK(std::isnan(lane_of(vector_sin, infinity<T>)));
    CHECK(std::isnan(lane_of(vector_cos, infinity<T>)));
}
TEST_CASE_TEMPLATE("NaN stays NaN", T, float, double) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    CHECK(std::isnan(lane_of(vector_exp, nan)));
    CHECK(std::isnan(lane_of(vector_sigmoid, nan)));
    CHECK(std::isnan(lane_of(vector_tanh, nan)));
    CHECK(std::isnan(lane_of(vector_sin, nan)));
    CHECK(std::isnan(lane_of(vector_cos, nan)));
}

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TAPE_GRADIENT_CHECK_HPP
#define NCA_TAPE_GRADIENT_CHECK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/philox.hpp>
#include <nca/tape/tape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI {

/// The result of `check_gradient`.
struct GradientCheck {
    double worst = 0.0;      ///< the largest relative error |analytic - numeric| / max(|analytic|, |numeric|, floor)
    double analytic = 0.0;   ///< the derivative from the tape where the error is largest
    double numeric = 0.0;    ///< the central difference there
    std::size_t element = 0; ///< the index of that element; direction d has the index size of the input + d
};

/// Options of `check_gradient`.
struct GradientCheckOptions {
    double step = 1e-6;        ///< h in (f(x + h) - f(x - h)) / 2h
    double floor = 1e-3;       ///< derivatives smaller than this are compared absolutely, in units of it
    std::size_t elements = 64; ///< elements checked one by one, evenly spaced
    int directions = 4;        ///< directional derivatives checked along random unit vectors
    std::uint64_t seed = 1;    ///< seed of the directions
};

/// Compares a scalar function's gradient with central differences in double. f(tape, input) is the same in every call.
template <class F>
[[nodiscard]] GradientCheck check_gradient(const Shape& shape, std::span<const double> at, F&& f,
                                           const GradientCheckOptions& options = {}) {
    std::vector<double> x(at.begin(), at.end());
    BasicTape<double> tape;
    const BasicVar<double> input = tape.variable(shape, x);
    tape.backward(f(tape, input));
    const std::vector<double> gradient(input.gradient().begin(), input.gradient().end());

    const auto evaluate = [&] {
        BasicTape<double> other;
        const BasicVar<double> moved = other.variable(shape, x);
        return static_cast<double>(f(other, moved).item());
    };
    GradientCheck result;
    const auto compare = [&](double analytic, double numeric, std::size_t element) {
        const double scale = std::max({std::abs(analytic), std::abs(numeric), options.floor});
        const double error = std::abs(analytic - numeric) / scale;
        if (!(error <= result.worst)) result = {error, analytic, numeric, element};
    };
    const std::size_t count = std::min(options.elements, x.size());
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t k = i * x.size() / count;
        const double original = x[k];
        x[k] = original + options.step;
        const double above = evaluate();
        x[k] = original - options.step;
        const double below = evaluate();
        x[k] = original;
        compare(gradient[k], (above - below) / (2.0 * options.step), k);
    }
    for (int d = 0; d < options.directions; ++d) {
        const Philox random{options.seed, static_cast<std::uint32_t>(d)};
        std::vector<double> direction(x.size());
        double norm = 0.0;
        for (std::size_t k = 0; k < x.size(); ++k) {
            direction[k] = random.normal(k);
            norm += direction[k] * direction[k];
        }
        norm = std::sqrt(norm);
        double analytic = 0.0;
        for (std::size_t k = 0; k < x.size(); ++k) {
            direction[k] /= norm;
            analytic += gradient[k] * direction[k];
        }
        const auto move = [&](double distance) {
            for (std::size_t k = 0; k < x.size(); ++k) x[k] = at[k] + distance * direction[k];
            return evaluate();
        };
        const double above = move(options.step);
        const double below = move(-options.step);
        compare(analytic, (above - below) / (2.0 * options.step), x.size() + static_cast<std::size_t>(d));
        std::copy(at.begin(), at.end(), x.begin());
    }
    return result;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TAPE_GRADIENT_CHECK_HPP

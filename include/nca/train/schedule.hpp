// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_SCHEDULE_HPP
#define NCA_TRAIN_SCHEDULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace nca::inline NCA_ABI {

/// A learning rate as a function of the iteration, counted from 0: piecewise constant, with a linear rise at the start
/// and a linear fall to zero at the end where they are set, or cyclic, or any function of the user's.
struct Schedule {
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    /// A rate, and the iteration from which it holds.
    struct Phase {
        std::int64_t from = never;
        double rate = 0.0;
    };

    double initial = 2e-3;
    std::array<Phase, 2> phases{};    ///< ascending
    double factor = 1.0;              ///< by which the rate is multiplied after every iteration
    std::int64_t warm_up = 0;         ///< iterations over which the rate rises linearly
    std::int64_t decay_from = never;  ///< the rate falls linearly from here ...
    std::int64_t decay_until = never; ///< ... to zero here
    /// If positive, the rate rises linearly from `initial` to `peak` over so many iterations and falls over as many;
    /// the rise halves with every such cycle. In place of the above.
    std::int64_t half_cycle = 0;
    double peak = 0.0;
    /// In place of the above. Its name is part of a checkpoint's identity; the function is not.
    double (*custom)(std::int64_t iteration) = nullptr;
    const char* name = "";

    /// The learning rate of an iteration.
    [[nodiscard]] constexpr double operator()(std::int64_t iteration) const noexcept {
        if (custom != nullptr) return custom(iteration);
        if (half_cycle > 0) return cyclic(iteration);
        double rate = initial;
        for (const Phase& phase : phases) rate = iteration >= phase.from ? phase.rate : rate;
        if (factor != 1.0) rate *= power(factor, iteration);
        if (iteration < warm_up) rate *= static_cast<double>(iteration + 1) / static_cast<double>(warm_up);
        if (decay_until == never || iteration < decay_from) return rate;
        if (iteration >= decay_until) return 0.0;
        return rate * static_cast<double>(decay_until - iteration) / static_cast<double>(decay_until - decay_from);
    }

    /// The schedule in words, for files: "0.002, 0.0002 from 2001". Allocates.
    [[nodiscard]] std::string text() const {
        if (custom != nullptr) return std::string{"custom "} + name;
        std::string words = number_text(initial);
        if (half_cycle > 0) {
            return words + " to " + number_text(peak) + " in half cycles of " + std::to_string(half_cycle);
        }
        for (const Phase& phase : phases) {
            if (phase.from != never) words += ", " + number_text(phase.rate) + " from " + std::to_string(phase.from);
        }
        if (factor != 1.0) words += ", times " + number_text(factor) + " per iteration";
        if (warm_up > 0) words += ", rising until " + std::to_string(warm_up);
        if (decay_until != never) {
            words += ", falling to 0 from " + std::to_string(decay_from) + " to " + std::to_string(decay_until);
        }
        return words;
    }

private:
    [[nodiscard]] static constexpr double power(double base, std::int64_t exponent) noexcept {
        double result = 1.0;
        for (; exponent > 0; exponent /= 2, base *= base) {
            if (exponent % 2 != 0) result *= base;
        }
        return result;
    }
    [[nodiscard]] constexpr double cyclic(std::int64_t iteration) const noexcept {
        double height = peak - initial;
        for (std::int64_t cycle = iteration / half_cycle / 2; cycle > 0 && height != 0.0; --cycle) height *= 0.5;
        const std::int64_t at = iteration % (2 * half_cycle);
        const std::int64_t from_peak = at < half_cycle ? half_cycle - at : at - half_cycle;
        return initial + height * (1.0 - static_cast<double>(from_peak) / static_cast<double>(half_cycle));
    }
};

/// The rate `initial` up to and including iteration `last_initial`, then a tenth of it (Growing NCA, notebook).
[[nodiscard]] constexpr Schedule drop_after(std::int64_t last_initial, double initial = 2e-3) noexcept {
    return {.initial = initial, .phases = {{{last_initial + 1, initial * 0.1}}}};
}

/// The rate `peak`, reached after a fiftieth of the iterations, held until three fifths of them, and falling to zero at
/// the last: a short training ends as sharp as a long one (docs/recipes.md).
[[nodiscard]] constexpr Schedule decay_to_zero(std::int64_t iterations, double peak) noexcept {
    return {.initial = peak, .warm_up = iterations / 50, .decay_from = iterations * 3 / 5, .decay_until = iterations};
}

/// The rate `initial`, multiplied by `factor` after every iteration.
[[nodiscard]] constexpr Schedule exponential_decay(double initial, double factor) noexcept {
    return {.initial = initial, .factor = factor};
}

/// The cyclic rate "triangular2" (Smith 2017, arXiv:1506.01186; CyclicLR of PyTorch): rises linearly from `lowest` to
/// `highest` over `half_cycle` iterations and falls over as many; the height above `lowest` halves with every cycle.
[[nodiscard]] constexpr Schedule triangular2(double lowest, double highest, std::int64_t half_cycle) noexcept {
    return {.initial = lowest, .half_cycle = half_cycle, .peak = highest};
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_SCHEDULE_HPP

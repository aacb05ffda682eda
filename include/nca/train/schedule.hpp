// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_SCHEDULE_HPP
#define NCA_TRAIN_SCHEDULE_HPP

#include <array>
#include <cstdint>

namespace nca {

/// A learning rate that drops once: `initial` up to and including iteration `last_initial`, counted from 0, then
/// `initial * factor`.
struct StepDecay {
    double initial = 2e-3;
    std::int64_t last_initial = 2000;
    double factor = 0.1;

    /// The learning rate of an iteration.
    [[nodiscard]] constexpr double operator()(std::int64_t iteration) const noexcept {
        return iteration <= last_initial ? initial : initial * factor;
    }
};

/// A learning rate that drops at two iterations, counted from 0: it is multiplied by `factor` from each of them on.
struct StepDecays {
    double initial = 1e-3;
    std::array<std::int64_t, 2> drops{1000, 2000};
    double factor = 0.3;

    /// The learning rate of an iteration.
    [[nodiscard]] constexpr double operator()(std::int64_t iteration) const noexcept {
        double rate = initial;
        for (const std::int64_t drop : drops) rate *= iteration >= drop ? factor : 1.0;
        return rate;
    }
};

} // namespace nca

#endif // NCA_TRAIN_SCHEDULE_HPP

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

/// A learning rate as a function of the iteration, counted from 0: piecewise constant, or any function of the user's.
struct Schedule {
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    /// A rate, and the iteration from which it holds.
    struct Phase {
        std::int64_t from = never;
        double rate = 0.0;
    };

    double initial = 2e-3;
    std::array<Phase, 2> phases{}; ///< ascending
    /// In place of the above. Its name is part of a checkpoint's identity; the function is not.
    double (*custom)(std::int64_t iteration) = nullptr;
    const char* name = "";

    /// The learning rate of an iteration.
    [[nodiscard]] constexpr double operator()(std::int64_t iteration) const noexcept {
        if (custom != nullptr) return custom(iteration);
        double rate = initial;
        for (const Phase& phase : phases) rate = iteration >= phase.from ? phase.rate : rate;
        return rate;
    }

    /// The schedule in words, for files: "0.002, 0.0002 from 2001". Allocates.
    [[nodiscard]] std::string text() const {
        if (custom != nullptr) return std::string{"custom "} + name;
        std::string words = number_text(initial);
        for (const Phase& phase : phases) {
            if (phase.from != never) words += ", " + number_text(phase.rate) + " from " + std::to_string(phase.from);
        }
        return words;
    }
};

/// The rate `initial` up to and including iteration `last_initial`, then a tenth of it (Growing NCA, notebook).
[[nodiscard]] constexpr Schedule drop_after(std::int64_t last_initial, double initial = 2e-3) noexcept {
    return {.initial = initial, .phases = {{{last_initial + 1, initial * 0.1}}}};
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_SCHEDULE_HPP

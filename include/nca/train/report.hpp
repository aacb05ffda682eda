// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_REPORT_HPP
#define NCA_TRAIN_REPORT_HPP

#include <nca/core/push_macros.hpp>

#include <cstdint>

namespace nca::inline NCA_ABI {

/// Iterations in a row that may overflow before a training counts as diverged.
inline constexpr int max_overflows = 20;
/// Iterations in a row without a gradient after which training starts anew: what is left of Adam's momentum by then
/// (0.9^20 = 0.12) moves parameters by about one more step in all, which brings nothing back to life.
inline constexpr int max_idle = 20;
/// New starts after which a training counts as dead.
inline constexpr int max_new_starts = 4;

/// What one iteration did.
struct TrainingReport {
    std::int64_t iteration = 0; ///< counted from 0
    double loss = 0.0;          ///< mean over the batch
    int steps = 0;              ///< length of the rollouts
    double learning_rate = 0.0;
    double seconds = 0.0; ///< wall time of the iteration
    bool finite = true;   ///< false: the loss or its gradient overflowed, and the last update was taken back
    int new_starts = 0;   ///< so far; one more than in the last report: the next iteration is the first of a new start
};

/// How a run ended.
enum class RunEnd {
    finished, ///< all iterations are done
    stopped,  ///< by the progress callback
    diverged, ///< max_overflows iterations in a row were not finite
    dead      ///< max_idle iterations in a row had no gradient, those of max_new_starts new starts as well
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_REPORT_HPP

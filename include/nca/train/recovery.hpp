// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_RECOVERY_HPP
#define NCA_TRAIN_RECOVERY_HPP

#include <nca/core/push_macros.hpp>

#include <nca/train/report.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

/// What a Trainer does where training would go wrong unseen: it takes back the update that led to numbers that are not
/// finite, and starts anew where nothing comes alive.
namespace nca::inline NCA_ABI::detail {

/// A copy of a training's tensors from before its last update. Allocates the first time it keeps one.
template <class T>
class LastUpdate {
public:
    /// Copies what visit_tensors(f) passes to f(name, span), and the optimiser's steps.
    template <class VisitTensors>
    void keep(std::int64_t steps, VisitTensors&& visit_tensors) {
        values_.clear();
        visit_tensors([&](std::string_view /*name*/, std::span<T> tensor) {
            values_.insert(values_.end(), tensor.begin(), tensor.end());
        });
        steps_ = steps;
    }
    /// Copies it back, and returns the optimiser's steps. What was taken back once is the same a second time.
    template <class VisitTensors>
    [[nodiscard]] std::int64_t take_back(VisitTensors&& visit_tensors) const {
        auto from = values_.begin();
        visit_tensors([&](std::string_view /*name*/, std::span<T> tensor) {
            std::copy_n(from, tensor.size(), tensor.begin());
            from += static_cast<std::ptrdiff_t>(tensor.size());
        });
        return steps_;
    }

    [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
    // For checkpoints.
    [[nodiscard]] std::span<T> values() noexcept { return values_; }
    [[nodiscard]] std::int64_t& steps() noexcept { return steps_; }

private:
    std::vector<T> values_{};
    std::int64_t steps_ = 0;
};

/// Tells from what the iterations did whether training has to start anew, or to end.
struct Recovery {
    std::int64_t overflows = 0;  ///< iterations in a row that were not finite
    std::int64_t idle = 0;       ///< iterations in a row with a loss, and a gradient that was zero
    std::int64_t new_starts = 0; ///< so far
    std::int64_t first = 0;      ///< the first iteration of the present start
    std::int64_t given = 0;      ///< 1: the first parameters were given, and there are no others to start from

    /// Notes what an iteration did, and returns whether the next one has to be the first of a new start.
    [[nodiscard]] bool note(bool is_finite, bool is_idle) noexcept {
        overflows = is_finite ? 0 : overflows + 1;
        idle = is_idle ? idle + 1 : 0;
        return idle >= max_idle && given == 0 && new_starts < max_new_starts;
    }
    /// Begins a new start with this iteration.
    void start_anew(std::int64_t iteration) noexcept {
        idle = 0;
        ++new_starts;
        first = iteration;
    }
    /// How the run has to end, if it has to.
    [[nodiscard]] std::optional<RunEnd> end() const noexcept {
        if (overflows >= max_overflows) return RunEnd::diverged;
        if (idle >= max_idle) return RunEnd::dead;
        return std::nullopt;
    }
    /// What a checkpoint holds of it.
    [[nodiscard]] std::array<std::pair<std::string_view, std::int64_t*>, 5> counters() noexcept {
        return {{{"overflows", &overflows},
                 {"idle iterations", &idle},
                 {"new starts", &new_starts},
                 {"first iteration", &first},
                 {"given parameters", &given}}};
    }
};

} // namespace nca::inline NCA_ABI::detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_RECOVERY_HPP

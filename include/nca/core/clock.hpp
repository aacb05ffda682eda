// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_CLOCK_HPP
#define NCA_CORE_CLOCK_HPP

#include <nca/core/push_macros.hpp>

#include <ctime>

namespace nca::inline NCA_ABI::detail {

/// Seconds since an arbitrary epoch, monotonic where possible. <chrono> would add an eighth to the compile time.
[[nodiscard]] inline double seconds_now() noexcept {
    timespec now{}; // libstdc++ of MinGW has no std::timespec
#if defined(CLOCK_MONOTONIC)
    clock_gettime(CLOCK_MONOTONIC, &now);
#else
    if (std::timespec_get(&now, TIME_UTC) == 0) return 0.0;
#endif
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

} // namespace nca::inline NCA_ABI::detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_CLOCK_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_STATIC_FOR_HPP
#define NCA_CORE_STATIC_FOR_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <type_traits>
#include <utility>

namespace nca::inline NCA_ABI {

/// Calls f(std::integral_constant<int, i>) for i = 0 to Count - 1, unrolled at compile time.
template <int Count, class F>
NCA_INLINE void static_for(F&& f) {
    [&]<int... I>(std::integer_sequence<int, I...>) {
        (f(std::integral_constant<int, I>{}), ...);
    }
    (std::make_integer_sequence<int, Count>{});
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_STATIC_FOR_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_BIT_CAST_HPP
#define NCA_CORE_BIT_CAST_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <type_traits>

namespace nca::inline NCA_ABI::detail {

/// std::bit_cast, which libc++ lacks before version 14: the same bits as another type of the same size.
template <class To, class From>
[[nodiscard]] NCA_INLINE constexpr To bit_cast(const From& from) noexcept {
    static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To> && std::is_trivially_copyable_v<From>);
    return __builtin_bit_cast(To, from);
}

} // namespace nca::inline NCA_ABI::detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_BIT_CAST_HPP

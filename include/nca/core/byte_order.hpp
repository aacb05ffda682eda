// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_BYTE_ORDER_HPP
#define NCA_CORE_BYTE_ORDER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

/// Numbers in files are little-endian. On a little-endian host all of this is copying.
namespace nca::inline NCA_ABI::detail {

inline constexpr bool is_little_endian = std::endian::native == std::endian::little;

/// Converts numbers of `size` bytes between little-endian order and that of the host, either way.
inline void convert_byte_order(std::span<std::byte> bytes, std::size_t size) noexcept {
    if constexpr (!is_little_endian) {
        for (; bytes.size() >= size && size > 1; bytes = bytes.subspan(size)) {
            std::reverse(bytes.data(), bytes.data() + size);
        }
    }
}

/// Reads little-endian numbers from `to.size_bytes()` bytes, possibly unaligned.
template <class T>
void copy_little_endian(const std::byte* from, std::span<T> to) noexcept {
    static_assert(std::is_arithmetic_v<T>);
    if (to.empty()) return;
    std::memcpy(to.data(), from, to.size_bytes());
    convert_byte_order(std::as_writable_bytes(to), sizeof(T));
}

/// The little-endian bytes of numbers. Allocates.
template <class T>
[[nodiscard]] std::vector<std::byte> little_endian_bytes(std::span<const T> numbers) {
    const auto view = std::as_bytes(numbers);
    std::vector<std::byte> bytes(view.begin(), view.end());
    convert_byte_order(bytes, sizeof(T));
    return bytes;
}

} // namespace nca::inline NCA_ABI::detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_BYTE_ORDER_HPP

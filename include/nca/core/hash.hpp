// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_HASH_HPP
#define NCA_CORE_HASH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/byte_order.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace nca::inline NCA_ABI {

/// The hash FNV-1a of 64 bits, fed byte by byte or, as a variant of it, word by word. Not cryptographic.
class Fnv1a {
public:
    /// Mixes in the next byte or word.
    constexpr void add(std::uint64_t word) noexcept { value_ = (value_ ^ word) * 0x100000001B3U; }
    /// Folds the high half into the low one: words, unlike bytes, would leave the low bits poorly mixed.
    constexpr void fold() noexcept { value_ ^= value_ >> 32U; }

    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_ = 0xCBF29CE484222325U;
};

/// A decimal number that identifies a sequence of numbers: FNV-1a over their bytes, the lowest first.
template <class T>
[[nodiscard]] std::string fingerprint(std::span<T> values) {
    Fnv1a hash;
    for (const T& value : values) {
        const auto bytes = std::as_bytes(std::span{&value, 1});
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            hash.add(std::to_integer<std::uint64_t>(bytes[detail::is_little_endian ? i : sizeof(T) - 1 - i]));
        }
    }
    return std::to_string(hash.value());
}

/// A hash as 16 hexadecimal digits, lower case.
[[nodiscard]] inline std::string hash_text(std::uint64_t hash) {
    std::string text(16, '0');
    for (std::size_t i = 16; i-- > 0; hash >>= 4U) text[i] = "0123456789abcdef"[hash & 15U];
    return text;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_HASH_HPP

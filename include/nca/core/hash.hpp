// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_HASH_HPP
#define NCA_CORE_HASH_HPP

#include <nca/core/push_macros.hpp>

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

/// A decimal number that identifies a sequence of values: FNV-1a over their bytes.
template <class T>
[[nodiscard]] std::string fingerprint(std::span<T> values) {
    Fnv1a hash;
    for (const std::byte byte : std::as_bytes(values)) hash.add(std::to_integer<std::uint64_t>(byte));
    return std::to_string(hash.value());
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_HASH_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_STATE_HASH_HPP
#define NCA_RUN_STATE_HASH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/field.hpp>
#include <nca/core/bit_cast.hpp>
#include <nca/core/hash.hpp>

#include <cstdint>
#include <type_traits>

namespace nca::inline NCA_ABI {

/// A 64-bit hash of all values, the same whichever zero cells are occupied. Not cryptographic; does not allocate.
template <class T, int Channels, int Rank, int Radius>
[[nodiscard]] std::uint64_t state_hash(const Field<T, Channels, Rank, Radius>& field) noexcept {
    using Bits = std::conditional_t<sizeof(T) == sizeof(std::uint32_t), std::uint32_t, std::uint64_t>;
    // FNV-1a on whole values, and the finaliser of SplitMix64.
    Fnv1a fnv;
    const auto add = [&fnv](std::uint64_t word) {
        fnv.add(word);
        fnv.fold();
    };
    field.occupied().for_each([&](int row, int column) {
        const std::int32_t position = field.position(row, column);
        const T* const cell = field.at(position);
        Bits any = 0;
        for (int c = 0; c < field.channels(); ++c) any |= detail::bit_cast<Bits>(cell[c]);
        if (any == 0) return;
        add(static_cast<std::uint32_t>(position));
        for (int c = 0; c < field.channels(); ++c) add(detail::bit_cast<Bits>(cell[c]));
    });
    std::uint64_t hash = fnv.value();
    hash = (hash ^ (hash >> 30U)) * 0xBF58476D1CE4E5B9U;
    hash = (hash ^ (hash >> 27U)) * 0x94D049BB133111EBU;
    return hash ^ (hash >> 31U);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_STATE_HASH_HPP

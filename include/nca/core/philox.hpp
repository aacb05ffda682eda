// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_PHILOX_HPP
#define NCA_CORE_PHILOX_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI {

/// Four 32-bit words: a counter, or the random bits generated from it.
using PhiloxBlock = std::array<std::uint32_t, 4>;

/// Philox4x32-10 (Salmon et al., SC 2011; Random123): 128 random bits as a function of a counter and a key.
[[nodiscard]] constexpr PhiloxBlock philox4x32(PhiloxBlock counter, std::uint64_t key) noexcept {
    auto key0 = static_cast<std::uint32_t>(key);
    auto key1 = static_cast<std::uint32_t>(key >> 32U);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * counter[0];
        const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * counter[2];
        counter = {
            static_cast<std::uint32_t>(product1 >> 32U) ^ counter[1] ^ key0, static_cast<std::uint32_t>(product1),
            static_cast<std::uint32_t>(product0 >> 32U) ^ counter[3] ^ key1, static_cast<std::uint32_t>(product0)};
        key0 += 0x9E3779B9U;
        key1 += 0xBB67AE85U;
    }
    return counter;
}

/// Sixteen blocks at once, in place: words[k][i] is word k of counter i. Structure of arrays, to be vectorised.
inline void philox4x32_by_16(std::array<std::array<std::uint32_t, 16>, 4>& words, std::uint64_t key) noexcept {
    auto key0 = static_cast<std::uint32_t>(key);
    auto key1 = static_cast<std::uint32_t>(key >> 32U);
    auto& [c0, c1, c2, c3] = words;
    for (int round = 0; round < 10; ++round) {
        for (std::size_t i = 0; i < 16; ++i) {
            const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * c0[i];
            const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * c2[i];
            c0[i] = static_cast<std::uint32_t>(product1 >> 32U) ^ c1[i] ^ key0;
            c2[i] = static_cast<std::uint32_t>(product0 >> 32U) ^ c3[i] ^ key1;
            c1[i] = static_cast<std::uint32_t>(product1);
            c3[i] = static_cast<std::uint32_t>(product0);
        }
        key0 += 0x9E3779B9U;
        key1 += 0xBB67AE85U;
    }
}

/// Random numbers as pure functions of (seed, stream, index): independent of thread count and order. Thread-safe.
class Philox {
public:
    /// Streams of the same seed are independent of each other.
    constexpr explicit Philox(std::uint64_t seed = 0, std::uint32_t stream = 0) noexcept
        : key_{seed}, stream_{stream} {}

    /// An independent generator derived from one or two numbers, for instance a training iteration and a sample.
    [[nodiscard]] constexpr Philox split(std::uint32_t name, std::uint32_t second_name = 0) const noexcept {
        const PhiloxBlock block = philox4x32({name, second_name, 0x5EEDU, stream_}, key_);
        return Philox{block[0] | (std::uint64_t{block[1]} << 32U), block[2]};
    }

    /// The 128 random bits at an index.
    [[nodiscard]] constexpr PhiloxBlock block(std::uint64_t index) const noexcept {
        return philox4x32(
            {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32U), 0xB10CU, stream_}, key_);
    }

    /// Uniform in [0, 1), with 53 random bits.
    [[nodiscard]] constexpr double uniform(std::uint64_t index) const noexcept {
        const PhiloxBlock bits = block(index);
        return static_cast<double>(((std::uint64_t{bits[0]} << 32U) | bits[1]) >> 11U) * 0x1p-53;
    }

    /// A uniform integer in [0, count). Precondition: count > 0. The bias is below count / 2^64.
    [[nodiscard]] constexpr std::uint32_t below(std::uint64_t index, std::uint32_t count) const noexcept {
        NCA_ASSERT(count > 0, "nca::Philox: below() needs a positive count");
        const PhiloxBlock bits = block(index);
        const std::uint64_t high = std::uint64_t{bits[0]} * count;
        const std::uint64_t low = std::uint64_t{bits[1]} * count;
        return static_cast<std::uint32_t>((high + (low >> 32U)) >> 32U);
    }

    /// Standard normal, by the Box-Muller transform.
    [[nodiscard]] double normal(std::uint64_t index) const noexcept {
        const PhiloxBlock bits = block(index);
        const double radius = (static_cast<double>(bits[0]) + 1.0) * 0x1p-32;
        const double angle = static_cast<double>(bits[1]) * (0x1p-32 * 6.283185307179586);
        return std::sqrt(-2.0 * std::log(radius)) * std::cos(angle);
    }

    /// The seed.
    [[nodiscard]] constexpr std::uint64_t key() const noexcept { return key_; }
    [[nodiscard]] constexpr std::uint32_t stream() const noexcept { return stream_; }

private:
    std::uint64_t key_;
    std::uint32_t stream_;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_PHILOX_HPP

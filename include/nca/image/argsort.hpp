// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_ARGSORT_HPP
#define NCA_IMAGE_ARGSORT_HPP

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace nca::image::inline NCA_ISA {

/// The permutation that sorts values in ascending order, and the memory to compute it. Stable, so the result is unique;
/// -0 comes before 0. Allocates only when given more values than before.
///
/// Floats become 64-bit words: a key that compares like the value in the upper half, the index in the lower. A radix
/// sort takes three passes over 11 bits each (16,384 values: 0.1 ms, a sixth of std::sort); below 1,024 values, where
/// counting costs more, and for doubles, which only check gradients, std::sort compares.
template <class T>
class Argsort {
public:
    /// Sorts `count` values.
    void sort(const T* values, int count) {
        const auto size = static_cast<std::size_t>(count);
        if (entries_.size() < size) {
            entries_ = AlignedArray<Entry>::uninitialised(size);
            spare_ = AlignedArray<Entry>::uninitialised(size);
        }
        for (std::size_t i = 0; i < size; ++i) {
            entries_[i] = make(values[i], static_cast<std::uint32_t>(i));
        }
        if constexpr (std::is_same_v<T, float>) {
            if (size >= 1024) return count_passes(size);
        }
        std::sort(entries_.begin(), entries_.begin() + count, less);
    }

    /// The k-th smallest value.
    [[nodiscard]] T value(int k) const noexcept {
        if constexpr (std::is_same_v<T, float>) {
            const auto key = static_cast<std::uint32_t>(entries_[static_cast<std::size_t>(k)] >> 32U);
            return std::bit_cast<float>((key & sign) != 0 ? key ^ sign : ~key);
        } else {
            return entries_[static_cast<std::size_t>(k)].value;
        }
    }
    /// The position of the k-th smallest value in the input.
    [[nodiscard]] int index(int k) const noexcept {
        if constexpr (std::is_same_v<T, float>) {
            return static_cast<int>(static_cast<std::uint32_t>(entries_[static_cast<std::size_t>(k)]));
        } else {
            return static_cast<int>(entries_[static_cast<std::size_t>(k)].index);
        }
    }

private:
    struct Pair {
        T value;
        std::uint32_t index;
    };
    using Entry = std::conditional_t<std::is_same_v<T, float>, std::uint64_t, Pair>;

    static constexpr std::uint32_t sign = 0x80000000U;

    [[nodiscard]] static Entry make(T value, std::uint32_t index) noexcept {
        if constexpr (std::is_same_v<T, float>) {
            const auto bits = std::bit_cast<std::uint32_t>(value);
            const std::uint32_t key = (bits & sign) != 0 ? ~bits : bits ^ sign;
            return (std::uint64_t{key} << 32U) | index;
        } else {
            return {value, index};
        }
    }
    [[nodiscard]] static bool less(const Entry& a, const Entry& b) noexcept {
        if constexpr (std::is_same_v<T, float>) {
            return a < b;
        } else {
            return a.value < b.value || (a.value == b.value && a.index < b.index);
        }
    }

    void count_passes(std::size_t size) noexcept {
        constexpr std::size_t buckets = 2048;
        constexpr auto digit = [](std::uint64_t entry, std::size_t pass) {
            return static_cast<std::size_t>(entry >> (32U + 11U * pass)) % buckets;
        };
        std::array<std::array<std::uint32_t, buckets>, 3> starts{};
        for (std::size_t i = 0; i < size; ++i) {
            for (std::size_t pass = 0; pass < 3; ++pass) ++starts[pass][digit(entries_[i], pass)];
        }
        for (auto& start : starts) {
            std::uint32_t total = 0;
            for (std::uint32_t& count : start) total += std::exchange(count, total);
        }
        for (std::size_t pass = 0; pass < 3; ++pass) {
            for (std::size_t i = 0; i < size; ++i) {
                spare_[starts[pass][digit(entries_[i], pass)]++] = entries_[i];
            }
            std::swap(entries_, spare_);
        }
    }

    AlignedArray<Entry> entries_{};
    AlignedArray<Entry> spare_{};
};

} // namespace nca::image::inline NCA_ISA

#endif // NCA_IMAGE_ARGSORT_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_FIRE_MASK_HPP
#define NCA_CORE_FIRE_MASK_HPP

#include <nca/core/cell_mask.hpp>
#include <nca/core/philox.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace nca {

/// The random fire decisions of one step of one automaton: cell (row, column) fires if its 32 random bits are below
/// rate * 2^32. Rows are the flattened leading dimensions. The bits do not depend on the extents of the grid.
class FireMask {
public:
    /// The mask of a step. Precondition: 0 <= rate <= 1. A rate of 1 fires every cell and uses no random numbers.
    FireMask(const Philox& random, std::uint64_t step, double rate) noexcept
        : random_{random}, step_{static_cast<std::uint32_t>(step)}, threshold_{static_cast<std::uint64_t>(
                                                                        std::llround(rate * 0x1p32))} {
        NCA_ASSERT(rate >= 0.0 && rate <= 1.0, "nca::FireMask: the fire rate lies in [0, 1]");
    }

    /// A mask that is given: the cells that are set fire. Precondition: it outlives this object.
    explicit FireMask(const CellMask& given) noexcept : given_{&given} {}

    /// True if every cell fires.
    [[nodiscard]] bool fires_always() const noexcept { return threshold_ >= (std::uint64_t{1} << 32U); }

    /// The decisions of columns 64 * word to 64 * word + 63 of a row, one bit each, lowest column in the lowest bit.
    /// The sixteen Philox blocks are computed side by side, so that a compiler can put them on the lanes of a register.
    [[nodiscard]] std::uint64_t word(int row, int word) const noexcept {
        if (given_ != nullptr) return given_->word(row, word);
        if (fires_always()) return ~std::uint64_t{0};
        constexpr std::size_t blocks = 16;
        std::array<std::uint32_t, blocks> c0, c1, c2, c3;
        for (std::size_t i = 0; i < blocks; ++i) {
            c0[i] = static_cast<std::uint32_t>(word) * 16U + static_cast<std::uint32_t>(i);
            c1[i] = static_cast<std::uint32_t>(row);
            c2[i] = step_;
            c3[i] = random_.stream() ^ 0xF12EU;
        }
        auto key0 = static_cast<std::uint32_t>(random_.key());
        auto key1 = static_cast<std::uint32_t>(random_.key() >> 32U);
        for (int round = 0; round < 10; ++round) {
            for (std::size_t i = 0; i < blocks; ++i) {
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
        const auto limit = static_cast<std::uint32_t>(threshold_);
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < blocks; ++i) {
            const std::uint64_t four = (c0[i] < limit ? 1U : 0U) | (c1[i] < limit ? 2U : 0U) |
                                       (c2[i] < limit ? 4U : 0U) | (c3[i] < limit ? 8U : 0U);
            bits |= four << (4U * i);
        }
        return bits;
    }

private:
    const CellMask* given_ = nullptr;
    Philox random_{};
    std::uint32_t step_ = 0;
    std::uint64_t threshold_ = 0;
};

} // namespace nca

#endif // NCA_CORE_FIRE_MASK_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_FIRE_MASK_HPP
#define NCA_CORE_FIRE_MASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/cell_mask.hpp>
#include <nca/core/philox.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI {

/// The limit for a cell's 32 random bits: rate * 2^32, at most 2^32 - 1 (always fires). Precondition: 0 <= rate <= 1.
[[nodiscard]] inline std::uint32_t fire_limit(double rate) noexcept {
    return static_cast<std::uint32_t>(std::min(std::llround(rate * 0x1p32), 0xFFFFFFFFLL));
}

/// Which cells update in one step (Growing NCA, "Model"): cell (row, column) fires if its 32 random bits, a function of
/// generator, step, row and column, are below rate * 2^32. Rows are the flattened leading dimensions.
class FireMask {
public:
    /// One rate for all cells. Precondition: 0 <= rate <= 1. At a rate of 1 no random numbers are drawn.
    FireMask(const Philox& random, std::uint64_t step, double rate) noexcept
        : random_{random}, step_{static_cast<std::uint32_t>(step)}, threshold_{static_cast<std::uint64_t>(
                                                                        std::llround(rate * 0x1p32))} {
        NCA_ASSERT(rate >= 0.0 && rate <= 1.0, "nca::FireMask: the fire rate lies in [0, 1]");
    }

    /// One fire_limit(rate) per cell: `limits` [rows, row_length] outlives this; row_length is a multiple of 64.
    FireMask(const Philox& random, std::uint64_t step, const std::uint32_t* limits, int row_length) noexcept
        : random_{random}, step_{static_cast<std::uint32_t>(step)}, limits_{limits}, row_length_{row_length} {}

    /// An explicit mask: exactly its set cells fire. Precondition: it outlives this object.
    explicit FireMask(const CellMask& given) noexcept : given_{&given} {}

    /// The decisions for a part of the grid, whose row r is row (first + r) mod rows of the whole. Precondition: not of
    /// an explicit mask or of limits.
    [[nodiscard]] FireMask of_part(int first, int rows) const noexcept {
        NCA_ASSERT(given_ == nullptr && limits_ == nullptr && first >= 0 && rows > 0,
                   "nca::FireMask: a part of a grid");
        FireMask part = *this;
        part.first_row_ = first;
        part.rows_ = rows;
        return part;
    }

    /// The generator; with an explicit mask that of seed 0.
    [[nodiscard]] const Philox& random() const noexcept { return random_; }
    [[nodiscard]] std::uint32_t step() const noexcept { return step_; }

    /// True if every cell fires.
    [[nodiscard]] bool fires_always() const noexcept { return threshold_ >= (std::uint64_t{1} << 32U); }

    /// The decisions for columns 64 * word to 64 * word + 63 of a row, lowest column in the lowest bit.
    [[nodiscard]] std::uint64_t word(int row, int word) const noexcept {
        if (given_ != nullptr) return given_->word(row, word);
        if (fires_always()) return ~std::uint64_t{0};
        constexpr std::size_t blocks = 16;
        std::array<std::array<std::uint32_t, blocks>, 4> words;
        auto& [c0, c1, c2, c3] = words;
        const auto whole_row = static_cast<std::uint32_t>(rows_ == 0 ? row : (first_row_ + row) % rows_);
        for (std::size_t i = 0; i < blocks; ++i) {
            c0[i] = static_cast<std::uint32_t>(word) * 16U + static_cast<std::uint32_t>(i);
            c1[i] = whole_row;
            c2[i] = step_;
            c3[i] = random_.stream() ^ 0xF12EU;
        }
        philox4x32_by_16(words, random_.key());
        const auto limit = static_cast<std::uint32_t>(threshold_);
        std::uint64_t bits = 0;
        if (limits_ != nullptr) {
            const std::uint32_t* const limits = limits_ + std::ptrdiff_t{row} * row_length_ + 64 * word;
            for (std::size_t i = 0; i < 4 * blocks; ++i) {
                const bool fires = words[i % 4][i / 4] < limits[i] || limits[i] == 0xFFFFFFFFU;
                bits |= std::uint64_t{fires ? 1U : 0U} << i;
            }
            return bits;
        }
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
    const std::uint32_t* limits_ = nullptr;
    int row_length_ = 0;
    int first_row_ = 0;
    int rows_ = 0; ///< of the whole grid, of which this is a part, or 0
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_FIRE_MASK_HPP

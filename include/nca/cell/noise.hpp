// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_NOISE_HPP
#define NCA_CELL_NOISE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perceive.hpp>
#include <nca/core/bit_cast.hpp>
#include <nca/core/philox.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

/// Normal noise on the updates of listed cells, as a function of (seed, stream, step, cell, channel).
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

using SixteenFloats = std::array<float, 16>;

/// Pairs of independent standard normal numbers by the Box-Muller transform sqrt(-2 ln u) (cos t, sin t), with u =
/// (first / 2^8 + 1/2) / 2^24 and t from `second`. Lanes run over pairs. Logarithm by Cephes, sine and cosine by Taylor
/// sums (errors below 1e-6), all of plain multiply-adds, so NCA_DETERMINISTIC applies. Absolute values are below 5.9.
NCA_NOINLINE inline void normal_pairs(const std::array<std::uint32_t, 16>& first,
                                      const std::array<std::uint32_t, 16>& second, SixteenFloats& a,
                                      SixteenFloats& b) noexcept {
    SixteenFloats mantissa, exponent, turn;
    for (std::size_t i = 0; i < 16; ++i) {
        const float x = static_cast<float>(static_cast<std::int32_t>(first[i] >> 8U)) + 0.5F;
        const auto bits = detail::bit_cast<std::int32_t>(x);
        // The exponent e for which x / 2^e is in [sqrt(1/2), sqrt(2)).
        const std::int32_t e = (bits - 0x3F3504F3) >> 23;
        exponent[i] = static_cast<float>(e - 24);
        mantissa[i] = detail::bit_cast<float>(bits - e * (1 << 23));
        turn[i] = static_cast<float>(static_cast<std::int32_t>((second[i] << 2U) >> 8U)) * 0x1p-23F - 1.0F;
    }
    SixteenFloats cosine, sine;
    using V = Vec<float>;
    const auto sum = [](V x, auto first_term, auto... terms) {
        V total(first_term);
        ((total = fma(total, x, V(terms))), ...);
        return total;
    };
    for (std::size_t i = 0; i < 16; i += std::size_t{V::size}) {
        const V f = load(mantissa.data() + i) - V(1.0F);
        const V square = f * f;
        const V cubic = sum(f, 7.0376836292e-2F, -1.1514610310e-1F, 1.1676998740e-1F, -1.2420140846e-1F,
                            1.4249322787e-1F, -1.6668057665e-1F, 2.0000714765e-1F, -2.4999993993e-1F, 3.3333331174e-1F);
        const V log_mantissa = fma(cubic * f, square, fma(square, V(-0.5F), f));
        const V log = fma(load(exponent.data() + i), V(0.693147181F), log_mantissa);
        const V radius = sqrt(max(log * V(-2.0F), V(0.0F)));
        const V angle = load(turn.data() + i) * V(0.785398163F);
        const V angle2 = angle * angle;
        const V s = angle * sum(angle2, -1.98412698e-4F, 8.33333333e-3F, -1.66666667e-1F, 1.0F);
        const V c = sum(angle2, 2.48015873e-5F, -1.38888889e-3F, 4.16666667e-2F, -0.5F, 1.0F);
        store(cosine.data() + i, radius * c);
        store(sine.data() + i, radius * s);
    }
    // Quarter turns swap sine and cosine and change signs.
    for (std::size_t i = 0; i < 16; ++i) {
        const std::uint32_t quarter = second[i] >> 30U;
        const std::uint32_t exchange = 0U - (quarter & 1U);
        const auto c = detail::bit_cast<std::uint32_t>(cosine[i]);
        const auto s = detail::bit_cast<std::uint32_t>(sine[i]);
        const std::uint32_t different = (c ^ s) & exchange;
        a[i] = detail::bit_cast<float>((c ^ different) ^ (((quarter >> 1U) ^ (quarter & 1U)) << 31U));
        b[i] = detail::bit_cast<float>((s ^ different) ^ ((quarter >> 1U) << 31U));
    }
}

} // namespace isa_detail

/// updates[i, c] += scale * n for channels c in [first, last) of listed cells, with independent standard normal n.
/// cells [count]: positions in a bordered grid with `row_length` positions per row; updates [count, padded(last)].
/// Lanes run over cells; 19 channels cost 5% of a cell's update in Self-classifying MNIST. Allocates nothing.
template <class T>
void add_noise(int first, int last, const Philox& random, std::uint32_t step, T scale, const std::int32_t* cells,
               int count, int row_length, T* updates) noexcept {
    const int blocks = (last - first + 3) / 4;
    const int stride = padded(last);
    std::array<std::uint32_t, 16> rows;
    std::array<std::uint32_t, 16> columns;
    std::array<std::array<std::uint32_t, 16>, 4> words;
    std::array<isa_detail::SixteenFloats, 4> normal;
    for (int start = 0; start < count; start += 16) {
        const int size = std::min(16, count - start);
        for (int i = 0; i < 16; ++i) {
            const std::int32_t cell = cells[start + std::min(i, size - 1)];
            rows[static_cast<std::size_t>(i)] = static_cast<std::uint32_t>(cell / row_length);
            columns[static_cast<std::size_t>(i)] = static_cast<std::uint32_t>(cell % row_length);
        }
        for (int block = 0; block < blocks; ++block) {
            for (std::size_t i = 0; i < 16; ++i) {
                words[0][i] = columns[i] | (static_cast<std::uint32_t>(block) << 26U);
                words[1][i] = rows[i];
                words[2][i] = step;
                words[3][i] = random.stream() ^ 0x2015EU;
            }
            philox4x32_by_16(words, random.key());
            isa_detail::normal_pairs(words[0], words[1], normal[0], normal[1]);
            isa_detail::normal_pairs(words[2], words[3], normal[2], normal[3]);
            const int channel = first + 4 * block;
            const auto channels = static_cast<std::size_t>(std::min(4, last - channel));
            for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
                T* const values =
                    updates + (static_cast<std::ptrdiff_t>(start) + static_cast<std::ptrdiff_t>(i)) * stride + channel;
                for (std::size_t k = 0; k < channels; ++k) {
                    values[k] = multiply_add(scale, static_cast<T>(normal[k][i]), values[k]);
                }
            }
        }
    }
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_NOISE_HPP

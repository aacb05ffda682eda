// SPDX-License-Identifier: Apache-2.0
// Tiles of active cells for the kernels, and their number of floating-point operations.
#ifndef NCA_BENCH_TILES_HPP
#define NCA_BENCH_TILES_HPP

#include <nca/cell/cell_update.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/philox.hpp>

#include "naive.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

using Field = nca::FieldOf<Rule>;
inline constexpr int stride = nca::padded(Rule::channels); ///< values per cell

/// Floating-point operations of the two dense layers per cell. Perception, biases and ReLU, 3% more, are timed but not
/// counted.
inline constexpr double forward_flop = 2.0 * (48 * 128 + 128 * 16);
/// Of the pullback: adjoints of weights and inputs.
inline constexpr double pullback_flop = 2.0 * forward_flop;
/// Of recomputing the hidden values for the pullback.
inline constexpr double recompute_flop = 2.0 * 48 * 128;
/// Floating-point operations of perception per cell: 1 + 6 + 6 multiply-adds per channel.
inline constexpr double perceive_flop = 2.0 * 13 * 16;

/// Uniform in [-1, 1).
inline void fill_random(std::uint32_t stream, std::span<float> values) {
    const nca::Philox random = nca::Philox{1}.split(stream);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(2.0 * random.uniform(i) - 1.0);
}

/// A rule with random weights, a random state on 72x72, and nine tiles of cells as in a step: the cells of a 34x34
/// square that fire with probability 1/2, in row-major order.
class Tiles {
public:
    static constexpr int size = nca::tile_cells;
    static constexpr int count = 9;

    Tiles() {
        rule.initialise(nca::Philox{2});
        for (int i = 0; i < 128; ++i) fill_random(static_cast<std::uint32_t>(i), {&rule.weight(1, i, 0), 16});
        std::vector<float> state(72 * 72 * 16);
        fill_random(1000, state);
        field.load(state.data());
        const nca::FireMask fire(nca::Philox{3}, 0, 0.5);
        for (int y = 19; y < 53; ++y) {
            for (int x = 19; x < 53; ++x) {
                if (((fire.word(y, x / 64) >> static_cast<unsigned>(x % 64)) & 1U) != 0)
                    cells_.push_back(field.position(y, x));
            }
        }
        if (cells_.size() < static_cast<std::size_t>(size * count)) std::abort();
    }

    /// A tile of cells; indices wrap around.
    [[nodiscard]] const std::int32_t* operator[](int tile) const noexcept {
        return cells_.data() + tile % count * size;
    }

    /// The neighbourhood of a cell, for the plain loops.
    [[nodiscard]] auto neighbourhood(std::int32_t cell) const {
        return [this, cell](int dy, int dx, int c) { return field.at(cell + dy * (72 + 2) + dx)[c]; };
    }

    Rule rule{};
    Field field{{72, 72}};

private:
    std::vector<std::int32_t> cells_{};
};

} // namespace bench

#endif // NCA_BENCH_TILES_HPP

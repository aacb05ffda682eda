// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_SELF_TEST_HPP
#define NCA_RUN_SELF_TEST_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/cell_update.hpp>
#include <nca/cell/field.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/philox.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// The self-test of a model: updates of a small random state, continuous in the weights: rounding flips nothing.
template <class R>
struct SelfTest {
    static constexpr int side = 4;
    static constexpr double tolerance = 1e-3;

    /// The number of values of the state.
    [[nodiscard]] static constexpr std::size_t size(const ArchitectureOf<R>& rule) noexcept {
        std::size_t values = static_cast<std::size_t>(rule.channels());
        for (int d = 0; d < R::rank; ++d) values *= static_cast<std::size_t>(side);
        return values;
    }
    [[nodiscard]] static typename FieldOf<R>::Sizes sizes() {
        typename FieldOf<R>::Sizes sizes{};
        sizes.fill(side);
        return sizes;
    }
    [[nodiscard]] NCA_COLD static std::vector<std::size_t> shape(const ArchitectureOf<R>& rule) {
        std::vector<std::size_t> shape(static_cast<std::size_t>(R::rank), side);
        shape.push_back(static_cast<std::size_t>(rule.channels()));
        return shape;
    }
    [[nodiscard]] NCA_COLD static std::vector<float> input(const ArchitectureOf<R>& rule) {
        const Philox random{1};
        std::vector<float> values(size(rule));
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(2.0 * random.uniform(i) - 1.0);
        return values;
    }
    [[nodiscard]] NCA_COLD static std::vector<float> updates(const R& rule, std::span<const float> input) {
        using T = typename R::Value;
        const ArchitectureOf<R>& architecture = rule.architecture();
        FieldOf<R> field{sizes(), architecture};
        const std::vector<T> state(input.begin(), input.end());
        field.load(state.data());
        field.set_boundary(step_options_of<R>(architecture).boundary);
        field.fill_border();
        TileBuffers<R> memory{architecture};
        const Tile<R> tile = memory[0];
        std::vector<float> result;
        for (int row = 0; row < field.rows(); ++row) {
            for (int column = 0; column < field.columns(); ++column) {
                const std::int32_t cell = field.position(row, column);
                cell_update<R>(architecture, rule.parameters().data(), field.values(), field.offsets(), &cell, 1,
                               Rotations<T>{}, tile);
                for (int c = 0; c < architecture.channels(); ++c)
                    result.push_back(static_cast<float>(tile.update()[c]));
            }
        }
        return result;
    }
    /// The index of the first update that differs from what is expected, or their number if none does.
    [[nodiscard]] NCA_COLD static std::size_t
    first_failure(std::span<const float> found, std::span<const float> expected, double tolerated = tolerance) {
        for (std::size_t i = 0; i < found.size(); ++i) {
            const double wanted = static_cast<double>(expected[i]);
            const double error = std::abs(static_cast<double>(found[i]) - wanted);
            if (!(error <= tolerated * std::max(1.0, std::abs(wanted)))) return i;
        }
        return found.size();
    }
};

} // namespace isa_detail

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_SELF_TEST_HPP

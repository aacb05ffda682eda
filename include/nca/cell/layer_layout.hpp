// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_LAYER_LAYOUT_HPP
#define NCA_CELL_LAYER_LAYOUT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/memory.hpp>

#include <cstddef>

namespace nca::inline NCA_ABI {

/// A dense layer in the parameter block: weights [inputs, stride()], then biases [stride()]. Padding stays zero.
struct LayerLayout {
    int inputs = 0;
    int first = 0; ///< column of the first output
    int outputs = 0;
    std::size_t weight = 0; ///< offset of the weights in values
    std::size_t bias = 0;   ///< offset of the biases in values

    /// Columns in use.
    [[nodiscard]] constexpr int columns() const noexcept { return first + outputs; }
    /// Values per row of the weights, padding included.
    [[nodiscard]] constexpr int stride() const noexcept { return padded(columns()); }
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_LAYER_LAYOUT_HPP

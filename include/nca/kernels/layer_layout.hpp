// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_KERNELS_LAYER_LAYOUT_HPP
#define NCA_KERNELS_LAYER_LAYOUT_HPP

#include <nca/core/memory.hpp>

#include <cstddef>

namespace nca {

/// Where one dense layer stands in the parameter block: weight [inputs, padded(outputs)], then bias [padded(outputs)].
struct LayerLayout {
    int inputs = 0;
    int outputs = 0;
    std::size_t weight = 0; ///< offset of the weights in values
    std::size_t bias = 0;   ///< offset of the biases in values

    /// Values per row of the weights.
    [[nodiscard]] constexpr int stride() const noexcept { return padded(outputs); }
};

} // namespace nca

#endif // NCA_KERNELS_LAYER_LAYOUT_HPP

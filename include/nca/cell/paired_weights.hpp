// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_PAIRED_WEIGHTS_HPP
#define NCA_CELL_PAIRED_WEIGHTS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/dense_bfloat16.hpp>
#include <nca/cell/layer_layout.hpp>

#include <cstddef>

/// The weights of a rule as its kernels read them that multiply in bfloat16: layer by layer, in pairs of rows.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// Pairs of the weights of the first `layers` layers, as cell_update() reads them: [pair_count(inputs), stride] each.
template <class Traits>
[[nodiscard]] constexpr std::size_t paired_size(const Architecture<Traits>& rule, int layers) noexcept {
    std::size_t size = 0;
    for (int l = 0; l < layers; ++l) {
        const LayerLayout& layer = rule.layer(l);
        size += static_cast<std::size_t>(pair_count(layer.inputs)) * static_cast<std::size_t>(layer.stride());
    }
    return size;
}
/// Pairs of the transposed weights of the first `layers` layers, as cell_update_pullback() reads them:
/// [pair_count(columns), padded(inputs)] each.
template <class Traits>
[[nodiscard]] constexpr std::size_t transposed_paired_size(const Architecture<Traits>& rule, int layers) noexcept {
    std::size_t size = 0;
    for (int l = 0; l < layers; ++l) {
        const LayerLayout& layer = rule.layer(l);
        size += static_cast<std::size_t>(pair_count(layer.columns())) * static_cast<std::size_t>(padded(layer.inputs));
    }
    return size;
}

/// Rounds the weights of every layer.
template <class Traits>
void pair_weights(const Architecture<Traits>& rule, const float* parameters, Bfloat16Pair* pairs) noexcept {
    for (int l = 0; l < rule.layer_count(); ++l) {
        const LayerLayout& layer = rule.layer(l);
        pair_rows(parameters + layer.weight, layer.inputs, layer.stride(), pairs + paired_size(rule, l));
    }
}
/// The same of transposed weights, as from transpose_weights().
template <class Traits>
void pair_transposed_weights(const Architecture<Traits>& rule, const float* transposed, Bfloat16Pair* pairs) noexcept {
    for (int l = 0; l < rule.layer_count(); ++l) {
        const LayerLayout& layer = rule.layer(l);
        pair_rows(transposed, layer.columns(), padded(layer.inputs), pairs + transposed_paired_size(rule, l));
        transposed += static_cast<std::ptrdiff_t>(layer.columns()) * padded(layer.inputs);
    }
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_PAIRED_WEIGHTS_HPP

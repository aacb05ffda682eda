// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_GRADIENT_HPP
#define NCA_TRAIN_GRADIENT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/layer_layout.hpp>

#include <cmath>
#include <cstddef>
#include <span>

namespace nca::inline NCA_ABI {

/// The Euclidean norm, summed in double and in index order.
template <class T>
[[nodiscard]] double norm(std::span<const T> values) noexcept {
    double total = 0.0;
    for (const T v : values) total += static_cast<double>(v) * static_cast<double>(v);
    return std::sqrt(total);
}

/// g <- g / (norm(g) + 1e-8), by which the articles avoid jumps of the loss late in training.
template <class T>
void normalise(std::span<T> gradient) noexcept {
    const auto factor = static_cast<T>(1.0 / (norm(std::span<const T>(gradient)) + 1e-8));
    for (T& g : gradient) g *= factor;
}

/// Normalises the gradient of every weight matrix and every bias of a rule by itself.
template <class R>
void normalise_variables(std::span<typename R::Value> gradient, const ArchitectureOf<R>& rule = {}) noexcept {
    for (int l = 0; l < rule.layer_count(); ++l) {
        const LayerLayout& layer = rule.layer(l);
        const auto columns = static_cast<std::size_t>(layer.stride());
        normalise(gradient.subspan(layer.weight, static_cast<std::size_t>(layer.inputs) * columns));
        normalise(gradient.subspan(layer.bias, columns));
    }
    if (rule.learned_filters() > 0) normalise(gradient.subspan(rule.filter_offset()));
}

/// Normalises the gradient of every layer, its weights and biases together, as where the bias is a row of the matrix.
template <class R>
void normalise_layers(std::span<typename R::Value> gradient, const ArchitectureOf<R>& rule = {}) noexcept {
    for (int l = 0; l < rule.layer_count(); ++l) {
        const LayerLayout& layer = rule.layer(l);
        const auto rows = static_cast<std::size_t>(layer.inputs) + 1;
        normalise(gradient.subspan(layer.weight, rows * static_cast<std::size_t>(layer.stride())));
    }
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_GRADIENT_HPP

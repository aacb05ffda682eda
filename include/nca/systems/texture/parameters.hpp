// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_PARAMETERS_HPP
#define NCA_SYSTEMS_TEXTURE_PARAMETERS_HPP

#include <nca/cell/rule.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/texture/presets.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

/// First parameters and states of textures, and parameters in 8 bits.
namespace nca::texture {

/// Gives a rule its first parameters.
template <class R>
void initialise(R& rule, Start start, const Philox& random) noexcept {
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        const Philox stream = random.split(static_cast<std::uint32_t>(l));
        const bool last = l + 1 == R::layer_count;
        const double glorot = std::sqrt(2.0 / (layer.inputs + layer.outputs));
        for (int o = 0; o < layer.outputs; ++o) {
            for (int i = 0; i <= layer.inputs; ++i) {
                const auto index = static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(layer.outputs) +
                                   static_cast<std::uint64_t>(o);
                double value = 0.0;
                if (start == Start::small_normal) {
                    value = 1e-3 * stream.normal(index);
                } else if (last) {
                    value = 0.0;
                } else if (start == Start::uniform) {
                    value = (2.0 * stream.uniform(index) - 1.0) / std::sqrt(static_cast<double>(layer.inputs));
                } else if (i < layer.inputs) {
                    // Cut by drawing anew: the next numbers are those of the index in other streams.
                    std::uint32_t attempt = 1;
                    double normal = stream.normal(index);
                    for (; std::abs(normal) > 2.0; ++attempt) normal = stream.split(attempt).normal(index);
                    value = glorot * normal;
                }
                (i < layer.inputs ? rule.weight(l, i, o) : rule.bias(l, o)) = static_cast<typename R::Value>(value);
            }
        }
    }
}

/// The state from which muNCA start: uniform in [-1/2, 1/2) in every channel.
template <class T>
void plant_noise(std::span<T> state, const Philox& random) noexcept {
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = static_cast<T>(random.uniform(i) - 0.5);
}

/// Rounds the parameters of every layer to 8 bits of their range [-m, m], m being the largest magnitude of the layer's
/// weights and biases, as the TensorFlow package does whenever it uses them. The gradient goes to the parameters that
/// were rounded.
template <class R>
void round_parameters(const R& from, R& to) noexcept {
    using T = typename R::Value;
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        T largest = T(0);
        const auto each = [&](auto&& visit) {
            for (int o = 0; o < layer.outputs; ++o) {
                for (int i = 0; i < layer.inputs; ++i) visit(from.weight(l, i, o), to.weight(l, i, o));
                visit(from.bias(l, o), to.bias(l, o));
            }
        };
        each([&](const T& value, T& /*rounded*/) { largest = std::max(largest, std::abs(value)); });
        const T step = T(2) * largest / T(255);
        each([&](const T& value, T& rounded) {
            const T code = largest > T(0) ? std::floor(value / step + T(127.5)) : T(127);
            rounded = (std::clamp(code, T(0), T(255)) - T(127)) * step;
        });
    }
}

} // namespace nca::texture

#endif // NCA_SYSTEMS_TEXTURE_PARAMETERS_HPP

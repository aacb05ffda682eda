// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_RULE_HPP
#define NCA_SYSTEMS_TEXTURE_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/texture/presets.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace nca::inline NCA_ABI::texture {

inline constexpr int channels = 12; ///< of the rules of the article; those of muNCA have 4 to 12
inline constexpr int hidden = 96;   ///< values of their hidden layer

/// The rule that was published with the article, and that of its TensorFlow package: filters divided by 8, every number
/// clamped to [-2, 2] (without, the published models diverge). Red, green and blue are x / 2 + 1/2. 5,868 parameters.
template <class... More>
using Rule = nca::Rule<Channels<channels>, Perception<Identity, SobelX, SobelY, Laplacian>, Mlp<hidden>, Torus,
                       FireRate<1, 2>, Clamp<2>, More...>;

/// The rule of the article's PyTorch notebooks: filters not divided, no limits (an overflow loss keeps states in
/// range), the biases of the last layer stay zero. Red, green and blue are x + 1/2. 5,856 parameters are trained.
template <class... More>
using PyTorchRule =
    nca::Rule<Channels<channels>, Perception<Identity, Times<8, SobelX>, Times<8, SobelY>, Times<8, Laplacian>>,
              Mlp<hidden>, Torus, FireRate<1, 2>, More...>;

namespace rule_detail {

/// The published choices of filters: the Laplacian for the first channels, then the derivatives along x, then along y.
template <int Count>
struct MicroPerception {
    static_assert(Count == 4 || Count == 6 || Count == 8 || Count == 12,
                  "nca::texture::MicroRule: 4, 6, 8 or 12 channels");
    static constexpr int laplacians = Count < 8 ? 2 : 4;
    static constexpr int derivatives = (Count - laplacians) / 2;
    template <int Channel>
    using Derivative = std::conditional_t<(Channel < laplacians + derivatives), SobelX, SobelY>;
    template <int Channel>
    using Filter = Times<8, std::conditional_t<(Channel < laplacians), Laplacian, Derivative<Channel>>>;

    template <int... Channel>
    static FilterPerChannel<Filter<Channel>...> list(std::integer_sequence<int, Channel...>);
    using type = decltype(list(std::make_integer_sequence<int, Count>{}));
};

template <class Part>
struct OnHexagons {
    template <class Square, class Hex, class Otherwise>
    using Replaced = std::conditional_t<std::is_same_v<Part, Square>, Hex, Otherwise>;
    using type = Replaced<SobelX, HexSobelX, Replaced<SobelY, HexSobelY, Replaced<Laplacian, HexLaplacian, Part>>>;
};
template <int Factor, class Filter>
struct OnHexagons<Times<Factor, Filter>> {
    using type = Times<Factor, typename OnHexagons<Filter>::type>;
};
/// Rules and lists of filters.
template <template <class...> class List, class... Parts>
struct OnHexagons<List<Parts...>> {
    using type = List<typename OnHexagons<Parts>::type...>;
};

} // namespace rule_detail

/// The ultra-compact rule muNCA (Mordvintsev, Niklasson 2021): one filter per channel, absolute values, one dense
/// layer, no randomness. 4, 6, 8 or 12 channels: 68, 150, 264 or 588 parameters. Red, green and blue are x + 1/2.
template <int Count = 12, class... More>
using MicroRule = nca::Rule<Channels<Count>, typename rule_detail::MicroPerception<Count>::type, Linear, Torus,
                            FireRate<1, 1>, More...>;

/// The same rule on a hexagonal grid: other filters, the same parameters. Models need no retraining for it.
template <class R>
using Hexagonal = typename rule_detail::OnHexagons<R>::type;

/// The rule with these parameters on a hexagonal grid. Allocates.
template <class R>
[[nodiscard]] Hexagonal<R> on_hexagons(const R& rule) {
    static_assert(R::block_size == Hexagonal<R>::block_size);
    Hexagonal<R> result;
    std::copy(rule.parameters().begin(), rule.parameters().end(), result.parameters().begin());
    return result;
}

/// The factor that makes colours of channels: red, green and blue are rgb_scale * x + 1/2, nominally 0 to 1.
template <class R>
inline constexpr double rgb_scale = R::has_clamp ? 1.0 / R::clamp_limit : 1.0;

/// Draws the first parameters of a rule.
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
                    // Truncated by drawing again: the next numbers are those of the index in other streams.
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

/// Rounds the parameters of every layer to 8 bits of their range [-m, m], m being the largest absolute value of the
/// layer's weights and biases, as the TensorFlow package does whenever it uses them. The gradient goes to the
/// parameters that were rounded.
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

} // namespace nca::inline NCA_ABI::texture

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_RULE_HPP

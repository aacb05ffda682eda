// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_HPP
#define NCA_SYSTEMS_TEXTURE_HPP

#include <nca/cell/rule.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/texture/rule.hpp>
#include <nca/train/schedule.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

/// Self-Organising Textures (Niklasson, Mordvintsev, Randazzo, Levin, Distill 2021): cells of an endless plane that
/// know their neighbours only agree on a pattern. A state starts from zeros; channels 0 to 2 are red, green and blue.
namespace nca::texture {

/// What training minimises.
enum class Loss {
    gram,          ///< squared distance of the Gram matrices of features
    gram_of_roots, ///< the same of sqrt(a + 1) - 1, which compresses large features
    transport,     ///< sliced optimal transport between sets of features
    patches        ///< optimal transport between sets of patches of a pyramid of pictures, without a network
};

/// How parameters start; the last layer starts from zeros, except in `small_normal`.
enum class Start {
    glorot_normal, ///< weights normal with variance 2 / (inputs + outputs), cut at two deviations; biases zero
    uniform,       ///< weights and biases uniform in +-1 / sqrt(inputs)
    small_normal   ///< all parameters normal with a deviation of 1e-3
};

/// The hyperparameters of one experiment; the presets below hold the published ones.
struct Experiment {
    std::string_view name = "pytorch";
    Loss loss = Loss::transport;
    Start start = Start::uniform;
    int side = 128; ///< of the square grid, and the longest side of the target
    int pool_size = 256;
    int batch = 4;
    int reseed_every = 8; ///< iterations, counted from 0, after which the first sample becomes the seed again
    int min_steps = 32;   ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 96;
    double fire_rate = 0.5;
    double overflow = 1.0;          ///< weight of the overflow loss
    bool squared_overflow = false;  ///< sum (x - clamp(x, -1, 1))^2 instead of its root
    bool eight_bit = false;         ///< steps and weights are rounded to 8 bits, with straight-through gradients
    bool output_bias = false;       ///< the biases of the last layer are trained
    bool joint_bias = false;        ///< a layer's gradient is normalised as one, not weights and biases by themselves
    bool normalised_states = false; ///< the gradient of the state has length one before every step back in time
    bool checkpointing = false;     ///< keep every eighth state of a rollout: less memory, a third more time
    int mean_window = 200;          ///< iterations over which the saved parameters are averaged
    StepDecays learning_rate{1e-3, {1000, 2000}, 0.3};
    double epsilon = 1e-8; ///< of Adam
    std::int64_t iterations = 5000;
};

/// The PyTorch notebook of the article, as revised in June 2022; for PyTorchRule.
inline constexpr Experiment pytorch{};
/// The TensorFlow package with which the published models were trained; for Rule.
inline constexpr Experiment tensorflow{.name = "tensorflow",
                                       .loss = Loss::gram_of_roots,
                                       .start = Start::glorot_normal,
                                       .pool_size = 1024,
                                       .reseed_every = 2,
                                       .max_steps = 64,
                                       .overflow = 0.0,
                                       .eight_bit = true,
                                       .output_bias = true,
                                       .joint_bias = true,
                                       .learning_rate = {2e-3, {1001, std::numeric_limits<std::int64_t>::max()}, 0.1},
                                       .epsilon = 1e-7,
                                       .iterations = 2001};
/// muNCA, for MicroRule.
inline constexpr Experiment micro{.name = "micro",
                                  .loss = Loss::patches,
                                  .start = Start::small_normal,
                                  .max_steps = 128,
                                  .fire_rate = 1.0,
                                  .squared_overflow = true,
                                  .output_bias = true,
                                  .normalised_states = true,
                                  .learning_rate = {1e-3, {1000, 4000}, 0.3},
                                  .iterations = 10'000};
/// All presets.
inline constexpr std::array<Experiment, 3> experiments{pytorch, tensorflow, micro};

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

#endif // NCA_SYSTEMS_TEXTURE_HPP

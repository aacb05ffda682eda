// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_RULE_HPP
#define NCA_CELL_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/filters.hpp>
#include <nca/cell/layer_layout.hpp>
#include <nca/cell/policies.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/philox.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

namespace nca::inline NCA_ABI {

/// The update rule of a cell with its parameters: perception, update network, fire mask, alive mask. Copies are deep.
///
/// The policies, in any order, with defaults first: Channels<N> (required), Frozen<0>, Perception<Identity, SobelX,
/// SobelY>, FilterPerChannel<Filters...> or LearnedPerception, Mlp<128> or Linear, Activation<Relu>, NoClamp or
/// Clamp<N, D>, Zero, Torus, Replicate or Reflect, FireRate<1, 2>, NoNoise or Noise<N, D>, NoLife, Alive<Channel, N, D>
/// or AliveWhere<Channel, N, D>, Dimensions<2>, Scalar<float>.
///
/// One step of a state x: pre = alive(x); u = network(perception(x)) + noise; y = x + fire * step_size * u in the
/// channels that are not frozen; x' = y where pre and alive(y), else 0 (Growing NCA, "Model"). With an external alive
/// mask, x' = y where alive, else x (Self-classifying MNIST, "Model").
template <class... Policies>
class Rule {
public:
    using DimensionsPolicy = detail::find_policy<Dimensions<2>, Policies...>;
    using ChannelsPolicy = detail::find_policy<Channels<1>, Policies...>;
    using NetworkPolicy = detail::find_policy<Mlp<128>, Policies...>;
    using ActivationPolicy = detail::find_policy<Activation<Relu>, Policies...>;
    using PerceptionPolicy = detail::find_policy<Perception<Identity, SobelX, SobelY>, Policies...>;
    using BoundaryPolicy = detail::find_policy<Zero, Policies...>;
    using FirePolicy = detail::find_policy<FireRate<1, 2>, Policies...>;
    using LifePolicy = detail::find_policy<NoLife, Policies...>;
    using FrozenPolicy = detail::find_policy<Frozen<0>, Policies...>;
    using ClampPolicy = detail::find_policy<NoClamp, Policies...>;
    using NoisePolicy = detail::find_policy<NoNoise, Policies...>;
    /// The policies as written.
    using PolicyList = TypeList<Policies...>;
    /// One policy of each kind that files describe, defaults included, in the order of their metadata.
    using DescribedPolicies =
        TypeList<DimensionsPolicy, ChannelsPolicy, NetworkPolicy, ActivationPolicy, PerceptionPolicy, BoundaryPolicy,
                 FirePolicy, LifePolicy, FrozenPolicy, ClampPolicy, NoisePolicy>;
    using Value = typename detail::find_policy<Scalar<float>, Policies...>::type;

    static_assert((detail::is_policy<Policies> && ...),
                  "nca::Rule: every argument must be a rule policy (Channels, Perception, Mlp, FireRate, Alive, ...)");
    static_assert(((detail::is_kind<PolicyKind::channels, Policies> ? 1 : 0) + ... + 0) == 1,
                  "nca::Rule: state the number of channels once, as nca::Channels<N>");

    static constexpr int channels = ChannelsPolicy::count;
    static constexpr int rank = DimensionsPolicy::count;
    static constexpr Boundary boundary = BoundaryPolicy::boundary;
    static constexpr double fire_rate = FirePolicy::value;
    static constexpr bool has_noise = NoisePolicy::exists;
    /// The default standard deviation of the noise.
    static constexpr double noise = NoisePolicy::deviation;
    /// The number of channels that no step changes; they come first.
    static constexpr int frozen = FrozenPolicy::count;
    /// True if life spreads from cell to cell and dead cells are zero (Alive).
    static constexpr bool has_life = LifePolicy::exists;
    /// True if a frozen channel is the alive mask (AliveWhere).
    static constexpr bool has_given_life = LifePolicy::given;
    static constexpr bool has_clamp = ClampPolicy::exists;
    static constexpr double clamp_limit = ClampPolicy::limit;
    static_assert(detail::perceived_channels<PerceptionPolicy> == 0 ||
                      detail::perceived_channels<PerceptionPolicy> == channels,
                  "nca::Rule: FilterPerChannel needs one filter for every channel");
    static_assert(frozen < channels, "nca::Rule: at least one channel is not frozen");
    static_assert(!has_life || (LifePolicy::channel < channels && LifePolicy::channel >= frozen),
                  "nca::Rule: the life channel must be a channel, and not a frozen one");
    static_assert(!has_life || frozen == 0,
                  "nca::Rule: Alive clears dead cells, which Frozen channels must survive; use AliveWhere or no life");
    static_assert(!has_given_life || LifePolicy::channel < frozen,
                  "nca::Rule: the channel of an external alive mask must be a frozen one");

    /// The number of values that a cell perceives.
    static constexpr int perceived = PerceptionPolicy::outputs(channels, rank);
    static constexpr int layer_count = NetworkPolicy::hidden_layers + 1;

    static constexpr std::array<LayerLayout, static_cast<std::size_t>(layer_count)> layers = [] {
        std::array<LayerLayout, static_cast<std::size_t>(layer_count)> list{};
        int inputs = perceived;
        std::size_t offset = 0;
        for (int l = 0; l < layer_count; ++l) {
            const bool last = l + 1 == layer_count;
            const int outputs = last ? channels - frozen : NetworkPolicy::hidden[static_cast<std::size_t>(l)];
            LayerLayout& layer = list[static_cast<std::size_t>(l)];
            layer = {inputs, last ? frozen : 0, outputs, offset, 0};
            const auto stride = static_cast<std::size_t>(layer.stride());
            layer.bias = offset + static_cast<std::size_t>(inputs) * stride;
            offset += static_cast<std::size_t>(inputs + 1) * stride;
            inputs = outputs;
        }
        return list;
    }();
    /// Values in the parameter block, padding included.
    static constexpr std::size_t block_size = layers.back().bias + static_cast<std::size_t>(layers.back().stride());
    /// The number of parameters, padding excluded.
    static constexpr int parameter_count = [] {
        int count = 0;
        for (const LayerLayout& layer : layers) count += (layer.inputs + 1) * layer.outputs;
        return count;
    }();

    /// The same rule with another scalar type, for instance double to check gradients.
    template <class T>
    using Rebind = typename detail::rebind_scalar<Rule, T>::type;

    /// A rule whose parameters are all zero: its updates are zero. Allocates once.
    Rule() : block_(block_size) {}

    /// A rule that shares the parameters of `other`, which outlives it and does not change meanwhile. Copies are deep.
    [[nodiscard]] static Rule view(const Rule& other) noexcept { return Rule{AlignedArray<Value>::view(other.block_)}; }

    /// The parameter block: per layer weights [inputs, padded(outputs)], biases [padded(outputs)]; padding stays zero.
    [[nodiscard]] std::span<Value> parameters() noexcept { return {block_.data(), block_.size()}; }
    [[nodiscard]] std::span<const Value> parameters() const noexcept { return {block_.data(), block_.size()}; }

    /// The weight from an input to an output of a layer.
    [[nodiscard]] Value& weight(int layer, int input, int output) noexcept {
        return block_[weight_index(layer, input, output)];
    }
    [[nodiscard]] const Value& weight(int layer, int input, int output) const noexcept {
        return block_[weight_index(layer, input, output)];
    }
    /// The bias of an output of a layer.
    [[nodiscard]] Value& bias(int layer, int output) noexcept { return block_[bias_index(layer, output)]; }
    [[nodiscard]] const Value& bias(int layer, int output) const noexcept { return block_[bias_index(layer, output)]; }

    /// Weights uniform in +-sqrt(6 / (inputs + outputs)) (Glorot; a learned 3x3 convolution counts its neighbourhood in
    /// both), in the last layer times `output_scale` (0, as published, makes training stable); biases zero.
    NCA_COLD void initialise(const Philox& random, double output_scale = 0.0) noexcept {
        for (int l = 0; l < layer_count; ++l) {
            const LayerLayout& layer = layers[static_cast<std::size_t>(l)];
            const double scale = l + 1 == layer_count ? output_scale : 1.0;
            const int fan_out =
                layer.outputs * (l == 0 && detail::is_learned<PerceptionPolicy> ? neighbourhood_size(rank) : 1);
            const double limit = std::sqrt(6.0 / (layer.inputs + fan_out));
            const Philox stream = random.split(static_cast<std::uint32_t>(l));
            for (int o = 0; o < layer.outputs; ++o) {
                bias(l, o) = Value(0);
                for (int i = 0; i < layer.inputs; ++i) {
                    const auto index = static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(layer.outputs) +
                                       static_cast<std::uint64_t>(o);
                    const double uniform = scale == 0.0 ? 0.0 : 2.0 * stream.uniform(index) - 1.0;
                    weight(l, i, o) = static_cast<Value>(uniform * limit * scale);
                }
            }
        }
    }

    /// The same parameters in another scalar type.
    template <class T>
    [[nodiscard]] Rebind<T> cast() const {
        Rebind<T> result;
        for (std::size_t i = 0; i < block_size; ++i) result.parameters()[i] = static_cast<T>(block_[i]);
        return result;
    }

private:
    explicit Rule(AlignedArray<Value> block) noexcept : block_(std::move(block)) {}

    [[nodiscard]] static constexpr std::size_t weight_index(int layer, int input, int output) noexcept {
        const LayerLayout& at = layers[static_cast<std::size_t>(layer)];
        return at.weight + static_cast<std::size_t>(input) * static_cast<std::size_t>(at.stride()) +
               static_cast<std::size_t>(at.first + output);
    }
    [[nodiscard]] static constexpr std::size_t bias_index(int layer, int output) noexcept {
        const LayerLayout& at = layers[static_cast<std::size_t>(layer)];
        return at.bias + static_cast<std::size_t>(at.first + output);
    }

    AlignedArray<Value> block_;
};

/// Calls f(parameter, layer, input, output) for every parameter of a rule, padding excluded: layer by layer the weights
/// [inputs, outputs] row by row, then the biases, whose `input` is the number of inputs. `rule` may be const.
template <class R, class F>
void visit_parameters(R& rule, F&& f) {
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        for (int i = 0; i < layer.inputs; ++i) {
            for (int o = 0; o < layer.outputs; ++o) f(rule.weight(l, i, o), l, i, o);
        }
        for (int o = 0; o < layer.outputs; ++o) f(rule.bias(l, o), l, layer.inputs, o);
    }
}

/// How a rule is run; these may differ from step to step without retraining.
template <class R>
struct StepOptions {
    double fire_rate = R::fire_rate; ///< fraction of the cells that update in a step, in [0, 1]
    typename R::Value step_size = 1; ///< factor applied to every update
    double noise = R::noise;         ///< standard deviation of the noise on every update; only for rules with Noise
    double angle = 0.0;              ///< rotation of perception in radians, counter-clockwise
    Boundary boundary = R::boundary; ///< what lies beyond the border
    /// Round all values to 8 bits, as the demo of Self-Organising Textures does; only for rules with Clamp.
    bool eight_bit = false;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_RULE_HPP

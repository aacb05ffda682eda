// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_RULE_HPP
#define NCA_CELL_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/filters.hpp>
#include <nca/cell/layer_layout.hpp>
#include <nca/cell/policies.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/cell/rule_traits.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/result.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

namespace nca::inline NCA_ABI {

template <class R, class F>
void visit_filters(R& rule, F&& f);

/// The update rule of a cell with its parameters: perception, update network, fire mask, alive mask. Copies are deep.
///
/// The policies, in any order, with defaults first: Channels<N> (required), Frozen<0>, Perception<Identity, SobelX,
/// SobelY>, FilterPerChannel<Filters...>, DepthwisePerception<K> or LearnedPerception, OutputBias or NoOutputBias,
/// Mlp<128> or Linear, Activation<Relu>, NoClamp, Clamp<N, D> or ClampState<N, D>, NoInputs, AddedInputs<N> or
/// PerceivedInputs<N>, Zero, Torus, Replicate or Reflect, FireRate<1, 2>, NoNoise or Noise<N, D>, NoLife,
/// Alive<Channel, N, D>, AliveBefore<Channel, N, D>, AliveOnUpdate<Channel, N, D> or AliveWhere<Channel, N, D>,
/// DeadState<>, SquareLattice or HexagonalLattice, CartesianGradient, GradientNorm, SteeredByAngle or
/// SteeredByGradient, Radius<1>, LifeRadius<1>, Dimensions<2>, Compute<float> or Compute<bfloat16>, Scalar<float>.
///
/// One step of a state x: pre = alive(x); u = network(perception(x)) + noise; y = x + fire * step_size * u in the
/// channels that are not frozen; x' = y where pre and alive(y), else 0 (Growing NCA, "Model"). With an external alive
/// mask, x' = y where alive, else x (Self-classifying MNIST, "Model").
template <class... Policies>
class Rule : public RuleTraits<Policies...>, public detail::StaticNetwork<RuleTraits<Policies...>> {
public:
    using Traits = RuleTraits<Policies...>;
    using Value = typename Traits::Value;

    /// The same rule with another scalar type, for instance double to check gradients.
    template <class T>
    using Rebind = typename detail::rebind_scalar<Rule, T>::type;

    /// A rule whose parameters are all zero: its updates are zero. Allocates once. One of run-time sizes is empty: it
    /// can only be assigned to.
    Rule() requires(Traits::is_static) : block_(Rule::block_size) {}
    Rule() requires(!Traits::is_static) = default;
    /// A rule of run-time sizes whose parameters are all zero. Allocates.
    explicit Rule(const Architecture<Traits>& architecture)
        : architecture_{architecture}, block_(architecture.block_size()) {}
    /// The same by its description. Errors: see Architecture::from().
    [[nodiscard]] NCA_COLD static Result<Rule> from(const RuleDescription& description) {
        const auto architecture = Architecture<Traits>::from(description);
        if (!architecture) return architecture.error();
        return Rule{*architecture};
    }
    /// The rule of run-time sizes that computes what `other` does. Allocates. Errors: see Architecture::from().
    template <class... Others>
    [[nodiscard]] NCA_COLD static Result<Rule> from(const Rule<Others...>& other) {
        auto rule = from(other.architecture().description());
        if (!rule) return rule;
        std::transform(other.parameters().begin(), other.parameters().end(), rule->parameters().begin(),
                       [](auto value) { return static_cast<Value>(value); });
        return rule;
    }

    /// A rule that shares the parameters of `other`, which outlives it and does not change meanwhile. Copies are deep.
    [[nodiscard]] static Rule view(const Rule& other) noexcept {
        return Rule{other.architecture_, AlignedArray<Value>::view(other.block_)};
    }

    /// The sizes and choices of the rule.
    [[nodiscard]] const Architecture<Traits>& architecture() const noexcept { return architecture_; }

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

    /// The weight of a learned filter of a channel at a neighbour, in row-major order (DepthwisePerception).
    [[nodiscard]] Value& filter_weight(int filter, int channel, int neighbour) noexcept {
        return block_[filter_index(filter, channel, neighbour)];
    }
    [[nodiscard]] const Value& filter_weight(int filter, int channel, int neighbour) const noexcept {
        return block_[filter_index(filter, channel, neighbour)];
    }

    /// Weights uniform in +-sqrt(6 / (inputs + outputs)) (Glorot; a learned 3x3 convolution counts its neighbourhood in
    /// both), in the last layer times `output_scale` (0, as published, makes training stable); biases zero; learned
    /// filters uniform in +-1 / sqrt(neighbours), as PyTorch does.
    NCA_COLD void initialise(const Philox& random, double output_scale = 0.0) noexcept {
        for (int l = 0; l < architecture_.layer_count(); ++l) {
            const LayerLayout& layer = architecture_.layer(l);
            const double scale = l + 1 == architecture_.layer_count() ? output_scale : 1.0;
            const bool is_convolution = l == 0 && architecture_.perception() == PerceptionKind::neighbourhood;
            const int fan_out = layer.outputs * (is_convolution ? architecture_.neighbours() : 1);
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
        const Philox stream = random.split(static_cast<std::uint32_t>(architecture_.layer_count()));
        std::uint64_t index = 0;
        visit_filters(*this, [&](Value& value, int /*channel*/, int /*filter*/, int /*neighbour*/) {
            const double limit = 1.0 / std::sqrt(static_cast<double>(architecture_.neighbours()));
            value = static_cast<Value>((2.0 * stream.uniform(index++) - 1.0) * limit);
        });
    }

    /// The same parameters in another scalar type.
    template <class T>
    [[nodiscard]] Rebind<T> cast() const {
        Rebind<T> result = [&] {
            if constexpr (Traits::is_static)
                return Rebind<T>{};
            else
                return *Rebind<T>::from(architecture_.description());
        }();
        for (std::size_t i = 0; i < block_.size(); ++i) result.parameters()[i] = static_cast<T>(block_[i]);
        return result;
    }

private:
    [[nodiscard]] std::size_t filter_index(int filter, int channel, int neighbour) const noexcept {
        const int filters = architecture_.learned_filters();
        return architecture_.filter_offset() +
               static_cast<std::size_t>(neighbour * filters + filter) *
                   static_cast<std::size_t>(padded(architecture_.channels())) +
               static_cast<std::size_t>(channel);
    }
    Rule(const Architecture<Traits>& architecture, AlignedArray<Value> block) noexcept
        : architecture_{architecture}, block_(std::move(block)) {}

    [[nodiscard]] std::size_t weight_index(int layer, int input, int output) const noexcept {
        const LayerLayout& at = architecture_.layer(layer);
        return at.weight + static_cast<std::size_t>(input) * static_cast<std::size_t>(at.stride()) +
               static_cast<std::size_t>(at.first + output);
    }
    [[nodiscard]] std::size_t bias_index(int layer, int output) const noexcept {
        const LayerLayout& at = architecture_.layer(layer);
        return at.bias + static_cast<std::size_t>(at.first + output);
    }

    Architecture<Traits> architecture_{};
    AlignedArray<Value> block_{};
};

/// Calls f(weight, channel, filter, neighbour) for every weight of learned filters, in this order. `rule` may be const.
template <class R, class F>
void visit_filters(R& rule, F&& f) {
    const auto& architecture = rule.architecture();
    for (int c = 0; c < architecture.channels(); ++c) {
        for (int k = 0; k < architecture.learned_filters(); ++k) {
            for (int n = 0; n < architecture.neighbours(); ++n) f(rule.filter_weight(k, c, n), c, k, n);
        }
    }
}

/// Calls f(parameter, layer, input, output) for every parameter of a rule, padding excluded: layer by layer the weights
/// [inputs, outputs] row by row, then the biases, whose `input` is the number of inputs. `rule` may be const.
template <class R, class F>
void visit_parameters(R& rule, F&& f) {
    for (int l = 0; l < rule.architecture().layer_count(); ++l) {
        const LayerLayout layer = rule.architecture().layer(l);
        for (int i = 0; i < layer.inputs; ++i) {
            for (int o = 0; o < layer.outputs; ++o) f(rule.weight(l, i, o), l, i, o);
        }
        for (int o = 0; o < layer.outputs; ++o) f(rule.bias(l, o), l, layer.inputs, o);
    }
}

/// A rule of float values on a grid of Rank dimensions, whose sizes and choices are all known only at run time.
template <int Rank, class T = float>
using DynamicRule =
    Rule<Dimensions<Rank>, Channels<Dynamic>, Frozen<Dynamic>, AnyPerception, Mlp<Dynamic>, Activation<AnyActivation>,
         AnyClamp, Noise<0, 1>, AnyOutputBias, AnyInputs, AnyLife, AnyDeadState, AnyLattice, AnyGradient,
         Radius<Dynamic>, LifeRadius<Dynamic>, AnyCompute, Scalar<T>>;

/// A rule that computes whatever a description or a model file says, in two dimensions: at 94% of the speed of a rule
/// whose sizes are its type, with the same bits.
using AnyRule = DynamicRule<2>;

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
    /// Multiply in bfloat16; only for rules with Compute<bfloat16> or AnyCompute.
    bool bfloat16 = R::is_bfloat16;
};

/// How a rule is run unless told otherwise: as its type or its description says. Allocates for rules of run-time sizes.
template <class R>
[[nodiscard]] StepOptions<R> step_options_of([[maybe_unused]] const ArchitectureOf<R>& rule) {
    StepOptions<R> options;
    if constexpr (!R::is_static) {
        if (rule.empty()) return options;
        const RuleDescription description = rule.description();
        options.fire_rate = description.fire_rate;
        options.boundary = description.boundary;
        options.noise = description.noise.value_or(0.0);
    }
    return options;
}

/// The options of a rule as those of another.
template <class To, class From>
[[nodiscard]] constexpr StepOptions<To> options_as(const StepOptions<From>& from) noexcept {
    StepOptions<To> to;
    to.fire_rate = from.fire_rate;
    to.step_size = static_cast<typename To::Value>(from.step_size);
    to.noise = from.noise;
    to.angle = from.angle;
    to.boundary = from.boundary;
    to.eight_bit = from.eight_bit;
    to.bfloat16 = To::may_be_bfloat16 && from.bfloat16;
    return to;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_RULE_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_RULE_TRAITS_HPP
#define NCA_CELL_RULE_TRAITS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/compute.hpp>
#include <nca/cell/filters.hpp>
#include <nca/cell/gradient.hpp>
#include <nca/cell/layer_layout.hpp>
#include <nca/cell/policies.hpp>
#include <nca/core/extents.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

namespace nca::inline NCA_ABI {

/// What the policies of a rule fix at compile time; see nca::Rule. Numbers known only at run time are `Dynamic`, and
/// what they decide is in nca::Architecture.
template <class... Policies>
struct RuleTraits {
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
    using OutputBiasPolicy = detail::find_policy<OutputBias, Policies...>;
    using InputPolicy = detail::find_policy<NoInputs, Policies...>;
    using DeadPolicy = detail::find_policy<DeadState<>, Policies...>;
    using LatticePolicy = detail::find_policy<SquareLattice, Policies...>;
    using RadiusPolicy = detail::find_policy<Radius<1>, Policies...>;
    using LifeRadiusPolicy = detail::find_policy<LifeRadius<1>, Policies...>;
    using GradientPolicy = detail::find_policy<CartesianGradient, Policies...>;
    using ComputePolicy = detail::find_policy<Compute<float>, Policies...>;
    /// The policies as written.
    using PolicyList = TypeList<Policies...>;
    /// One policy of each kind that files describe, defaults included; filters depend on those before them.
    using DescribedPolicies =
        TypeList<DimensionsPolicy, ChannelsPolicy, NetworkPolicy, ActivationPolicy, RadiusPolicy, PerceptionPolicy,
                 BoundaryPolicy, FirePolicy, LifePolicy, LifeRadiusPolicy, FrozenPolicy, ClampPolicy, NoisePolicy,
                 OutputBiasPolicy, InputPolicy, DeadPolicy, LatticePolicy, GradientPolicy>;
    using Value = typename detail::find_policy<Scalar<float>, Policies...>::type;

    static_assert((detail::is_policy<Policies> && ...),
                  "nca::Rule: every argument must be a rule policy (Channels, Perception, Mlp, FireRate, Alive, ...)");
    static_assert(((detail::is_kind<PolicyKind::channels, Policies> ? 1 : 0) + ... + 0) == 1,
                  "nca::Rule: state the number of channels once, as nca::Channels<N>");

    static constexpr int channels = ChannelsPolicy::count;
    static constexpr int rank = DimensionsPolicy::count;
    /// How far a cell perceives along every dimension.
    static constexpr int radius = RadiusPolicy::value == Dynamic || RadiusPolicy::value > PerceptionPolicy::radius
                                      ? RadiusPolicy::value
                                      : PerceptionPolicy::radius;
    /// How far life spreads.
    static constexpr int life_radius = LifeRadiusPolicy::value;
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
    /// True if what lives is known only at run time (AnyLife).
    static constexpr bool has_any_life = std::is_same_v<LifePolicy, AnyLife>;
    /// True if the state of dead cells is known at run time.
    static constexpr bool has_any_dead_state = std::is_same_v<DeadPolicy, AnyDeadState>;
    static constexpr bool has_any_lattice = std::is_same_v<LatticePolicy, AnyLattice>;
    /// True if life may spread from cell to cell.
    static constexpr bool may_have_life = has_life || has_any_life;
    static constexpr bool has_clamp = ClampPolicy::exists;
    static constexpr double clamp_limit = ClampPolicy::limit;
    /// True if the state alone is clamped (ClampState).
    static constexpr bool has_state_clamp = requires { ClampPolicy::of_state; };
    static constexpr bool has_output_bias = OutputBiasPolicy::exists;
    /// True if the network may multiply in bfloat16, and if it does so unless told.
    static constexpr bool may_be_bfloat16 = ComputePolicy::may_be_bfloat16 && std::is_same_v<Value, float>;
    static constexpr bool is_bfloat16 = may_be_bfloat16 && ComputePolicy::is_bfloat16;

    /// True if all sizes and parts of perception and update network are known at compile time.
    static constexpr bool has_static_network =
        channels != Dynamic && frozen != Dynamic && radius != Dynamic && NetworkPolicy::hidden_layers != Dynamic &&
        !std::is_same_v<ClampPolicy, AnyClamp> && !std::is_same_v<OutputBiasPolicy, AnyOutputBias> &&
        !std::is_same_v<InputPolicy, AnyInputs> && !std::is_same_v<PerceptionPolicy, AnyPerception> &&
        !std::is_same_v<GradientPolicy, AnyGradient> && !std::is_same_v<ActivationPolicy, Activation<AnyActivation>>;
    /// True if everything is known at compile time.
    static constexpr bool is_static =
        has_static_network && !has_any_life && !has_any_dead_state && !has_any_lattice && life_radius != Dynamic;

    static_assert(channels == Dynamic || detail::perceived_channels<PerceptionPolicy> == 0 ||
                      detail::perceived_channels<PerceptionPolicy> == channels,
                  "nca::Rule: FilterPerChannel needs one filter for every channel");
    static_assert(channels == Dynamic || frozen < channels, "nca::Rule: at least one channel is not frozen");
    static_assert(channels == Dynamic || InputPolicy::inputs != InputKind::added ||
                      InputPolicy::count <= channels - frozen,
                  "nca::Rule: AddedInputs are added to channels that are not frozen");
    static_assert(!has_life || channels == Dynamic || (LifePolicy::channel < channels && LifePolicy::channel >= frozen),
                  "nca::Rule: the life channel must be a channel, and not a frozen one");
    static_assert(DeadPolicy::values.empty() || (has_life && LifePolicy::test == LifeTest::before_and_after),
                  "nca::Rule: DeadState needs Alive");
    static_assert(GradientPolicy::gradient == GradientKind::cartesian ||
                      detail::StaticResponses<PerceptionPolicy>::has_gradient,
                  "nca::Rule: GradientNorm and steered gradients need a Perception with one derivative along x and one "
                  "along y");
    static_assert(GradientPolicy::gradient == GradientKind::cartesian ||
                      GradientPolicy::gradient == GradientKind::norm || channels == Dynamic || channels > 1,
                  "nca::Rule: a steered gradient needs a channel beside the last, which steers");
    static_assert(GradientPolicy::gradient != GradientKind::by_angle ||
                      (!has_given_life && (!has_life || LifePolicy::test != LifeTest::before_and_after)),
                  "nca::Rule: SteeredByAngle needs AliveBefore, AliveOnUpdate or no life");
    static_assert(GradientPolicy::gradient != GradientKind::by_angle || (!has_clamp && !has_state_clamp),
                  "nca::Rule: the angle of SteeredByAngle must not be clamped");
    static_assert(GradientPolicy::gradient == GradientKind::cartesian || radius == 1 || radius == Dynamic,
                  "nca::Rule: GradientNorm and steered gradients perceive the nearest cells only");
    static_assert(LatticePolicy::lattice == Lattice::square || rank == 2,
                  "nca::Rule: a hexagonal lattice has two dimensions");
    static_assert(std::is_same_v<PerceptionPolicy, AnyPerception> ? radius == 1 || radius == Dynamic
                                                                  : radius != Dynamic,
                  "nca::Rule: Radius<Dynamic> belongs to AnyPerception, and Radius<R> to other perceptions");
    static_assert(life_radius == 1 || life_radius == Dynamic ||
                      (has_life && LatticePolicy::lattice == Lattice::square && !has_any_lattice),
                  "nca::Rule: LifeRadius needs Alive, AliveBefore or AliveOnUpdate, and a square lattice");
    static_assert(!has_life || frozen <= 0,
                  "nca::Rule: Alive clears dead cells, which Frozen channels must survive; use AliveWhere or no life");
    static_assert(!has_given_life || frozen == Dynamic || LifePolicy::channel < frozen,
                  "nca::Rule: the channel of an external alive mask must be a frozen one");
};

namespace detail {

/// The layers of a network as they lie in the parameter block, one after the other.
template <class Layers>
constexpr void lay_out(Layers& layers, int perceived, const auto& hidden, int channels, int frozen) {
    int inputs = perceived;
    std::size_t offset = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const bool last = l + 1 == layers.size();
        const int outputs = last ? channels - frozen : hidden[l];
        LayerLayout& layer = layers[l];
        layer = {inputs, last ? frozen : 0, outputs, offset, 0};
        const auto stride = static_cast<std::size_t>(layer.stride());
        layer.bias = offset + static_cast<std::size_t>(inputs) * stride;
        offset += static_cast<std::size_t>(inputs + 1) * stride;
        inputs = outputs;
    }
}

[[nodiscard]] constexpr int count_parameters(const auto& layers, bool output_bias) noexcept {
    int count = 0;
    for (const LayerLayout& layer : layers) count += (layer.inputs + 1) * layer.outputs;
    return output_bias ? count : count - layers.back().outputs;
}

/// Values of learned filters in the parameter block: [neighbours, filters, padded(channels)].
[[nodiscard]] constexpr std::size_t filter_values(int filters, int channels, int neighbours) noexcept {
    return static_cast<std::size_t>(neighbours) * static_cast<std::size_t>(filters) *
           static_cast<std::size_t>(padded(channels));
}

/// What follows from the sizes of a network that are known at compile time.
template <class Traits, bool IsStatic = Traits::has_static_network>
struct StaticNetwork {};
template <class Traits>
struct StaticNetwork<Traits, true> {
    /// The number of cells that a cell perceives, itself included.
    static constexpr int neighbours = neighbourhood_size(Traits::rank, Traits::radius);
    /// The number of values that a cell perceives, its inputs included.
    static constexpr int perceived =
        observed_values<typename Traits::PerceptionPolicy, typename Traits::GradientPolicy>(Traits::channels,
                                                                                            neighbours) +
        (Traits::InputPolicy::inputs == InputKind::perceived ? Traits::InputPolicy::count : 0);
    static constexpr int layer_count = Traits::NetworkPolicy::hidden_layers + 1;
    static constexpr std::array<LayerLayout, static_cast<std::size_t>(layer_count)> layers = [] {
        std::array<LayerLayout, static_cast<std::size_t>(layer_count)> list{};
        lay_out(list, perceived, Traits::NetworkPolicy::hidden, Traits::channels, Traits::frozen);
        return list;
    }();
    /// The number of learned filters per channel; 0 without.
    static constexpr int learned_filters = [] {
        if constexpr (requires { Traits::PerceptionPolicy::learned_filters; }) {
            return Traits::PerceptionPolicy::learned_filters;
        }
        return 0;
    }();
    /// Values in the parameter block, padding included: the layers, then learned filters.
    static constexpr std::size_t block_size = layers.back().bias + static_cast<std::size_t>(layers.back().stride()) +
                                              filter_values(learned_filters, Traits::channels, neighbours);
    /// The number of parameters, padding excluded.
    static constexpr int parameter_count =
        count_parameters(layers, Traits::has_output_bias) + learned_filters * Traits::channels * neighbours;
};

} // namespace detail

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_RULE_TRAITS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_POLICIES_HPP
#define NCA_CELL_POLICIES_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/activations.hpp>
#include <nca/cell/filters.hpp>
#include <nca/core/extents.hpp>

#include <array>
#include <string_view>
#include <type_traits>

/// The parts from which a rule is composed; nca::Rule takes them in any order.
namespace nca::inline NCA_ABI {

/// What a policy decides; a rule has one policy of each kind.
enum class PolicyKind {
    dimensions,
    channels,
    network,
    activation,
    perception,
    boundary,
    fire_rate,
    life,
    frozen,
    clamp,
    noise,
    output_bias,
    inputs,
    dead,
    lattice,
    radius,
    life_radius,
    gradient,
    compute,
    scalar
};

/// What a cell perceives.
enum class PerceptionKind {
    filters,            ///< Perception
    filter_per_channel, ///< FilterPerChannel
    neighbourhood,      ///< LearnedPerception
    depthwise           ///< DepthwisePerception
};

/// When life is tested, for rules in which it spreads from cell to cell.
enum class LifeTest {
    before_and_after, ///< Alive: a cell that is dead before or after the update becomes that
    before,           ///< AliveBefore: a cell that is dead before the update becomes that
    on_update         ///< AliveOnUpdate: the same, for cells that fire; others keep their state
};

/// How the cells of a plane lie.
enum class Lattice {
    square,   ///< cell (column, row) is centred at (column + 1/2, row + 1/2)
    hexagonal ///< at (column + row / 2 + 1/2, (row + 1/2) sqrt(3) / 2): axial coordinates
};

/// Where the inputs of cells go.
enum class InputKind {
    none,     ///< NoInputs
    added,    ///< AddedInputs
    perceived ///< PerceivedInputs
};

/// What decides which cells live.
enum class LifeKind {
    none,       ///< NoLife
    alive,      ///< Alive
    alive_where ///< AliveWhere
};

// A policy states its `kind` and its `name`, from which its C++ spelling follows ("fire_rate": nca::FireRate), and its
// last template arguments if they may be omitted (`default_arguments`). describe() fills a RuleDescription.

/// The number of channels of a cell's state, or `Dynamic`.
template <int N>
struct Channels {
    static_assert(N > 0 || N == Dynamic, "nca::Channels: a cell has at least one channel");
    static constexpr PolicyKind kind = PolicyKind::channels;
    static constexpr std::string_view name = "channels";
    static constexpr int count = N;

    static void describe(auto& rule) {
        if constexpr (N != Dynamic) rule.channels = N;
    }
};

/// The number of spatial dimensions: 1, 2 or 3.
template <int D>
struct Dimensions {
    static_assert(D >= 1 && D <= 3, "nca::Dimensions: a grid has 1, 2 or 3 dimensions");
    static constexpr PolicyKind kind = PolicyKind::dimensions;
    static constexpr std::string_view name = "dimensions";
    static constexpr int count = D;

    static void describe(auto& rule) { rule.dimensions = D; }
};

/// The scalar type of states and parameters: float, or double to check gradients.
template <class T>
struct Scalar {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "nca::Scalar: float or double");
    static constexpr PolicyKind kind = PolicyKind::scalar;
    static constexpr std::string_view name = "scalar";
    using type = T;
};

/// The update network: dense layers of these widths with the activation, then one to the channels without.
template <int... Hidden>
struct Mlp {
    static_assert(sizeof...(Hidden) > 0, "nca::Mlp: at least one hidden layer");
    static_assert(((Hidden > 0) && ...), "nca::Mlp: hidden layers have positive widths, or Mlp<Dynamic>");
    static constexpr PolicyKind kind = PolicyKind::network;
    static constexpr std::string_view name = "mlp";
    static constexpr int hidden_layers = static_cast<int>(sizeof...(Hidden));
    static constexpr std::array<int, sizeof...(Hidden)> hidden{Hidden...};

    static void describe(auto& rule) { rule.hidden.assign(hidden.begin(), hidden.end()); }
};
/// An update network whose hidden layers are known at run time, their number included.
template <>
struct Mlp<Dynamic> {
    static constexpr PolicyKind kind = PolicyKind::network;
    static constexpr std::string_view name = "mlp";
    static constexpr int hidden_layers = Dynamic;
};

/// An update network without hidden layers: one dense layer from the perception to the channels.
struct Linear {
    static constexpr PolicyKind kind = PolicyKind::network;
    static constexpr std::string_view name = "linear";
    static constexpr int hidden_layers = 0;
    static constexpr std::array<int, 0> hidden{};

    static void describe(auto& rule) { rule.hidden.clear(); }
};

/// An activation that is known at run time.
struct AnyActivation {};

/// The activation of the hidden layers, the library's or your own (see cell/activations.hpp). With 128 hidden values an
/// update takes 1.5 times as long with Tanh, Sigmoid or Sine as with Relu, its pullback 1.1 to 1.25 times (AVX-512).
template <class A>
struct Activation {
    static constexpr PolicyKind kind = PolicyKind::activation;
    static constexpr std::string_view name = "activation";
    using type = A;

    static void describe(auto& rule) {
        if constexpr (!std::is_same_v<A, AnyActivation>) rule.template set_activation<A>();
        if constexpr (requires { A::describe(rule); }) A::describe(rule);
    }
};

/// The radius of the largest of some filters.
template <class... Filters>
inline constexpr int largest_radius = [] {
    int radius = 1;
    ((radius = filter_radius<Filters> > radius ? filter_radius<Filters> : radius), ...);
    return radius;
}();

/// Perception by fixed filters, in the order filter * channels + channel. Rotated by an angle a, SobelX and SobelY (or
/// multiples) become cos(a) SobelX - sin(a) SobelY and sin(a) SobelX + cos(a) SobelY (Growing NCA, experiment 4).
template <class... Filters>
struct Perception {
    static_assert(sizeof...(Filters) > 0, "nca::Perception: at least one filter");
    static constexpr PolicyKind kind = PolicyKind::perception;
    static constexpr std::string_view name = "perception";
    static constexpr PerceptionKind perception = PerceptionKind::filters;

    /// The radius of its neighbourhood, if the rule does not state a larger one.
    static constexpr int radius = largest_radius<Filters...>;

    /// The number of values that a cell perceives.
    [[nodiscard]] static constexpr int outputs(int channels, int /*neighbours*/) noexcept {
        return static_cast<int>(sizeof...(Filters)) * channels;
    }

    static void describe(auto& rule) { rule.template set_filters<Filters...>(perception); }
};

/// Perception by one filter K per channel: x, K x, |x|, |K x|, [channels] each (ultra-compact muNCA). Not rotated.
template <class... Filters>
struct FilterPerChannel {
    static constexpr PolicyKind kind = PolicyKind::perception;
    static constexpr std::string_view name = "filter_per_channel";
    static constexpr PerceptionKind perception = PerceptionKind::filter_per_channel;
    static constexpr int radius = largest_radius<Filters...>;

    [[nodiscard]] static constexpr int outputs(int channels, int /*neighbours*/) noexcept { return 4 * channels; }

    static void describe(auto& rule) { rule.template set_filters<Filters...>(perception); }
};

/// Perception of all channels of all neighbours, in the order neighbour * channels + channel: the first dense layer is
/// a learned convolution, 3x3 unless there is a Radius (Self-classifying MNIST).
struct LearnedPerception {
    static constexpr PolicyKind kind = PolicyKind::perception;
    static constexpr std::string_view name = "learned_perception";
    static constexpr PerceptionKind perception = PerceptionKind::neighbourhood;

    static constexpr int radius = 1;

    [[nodiscard]] static constexpr int outputs(int channels, int neighbours) noexcept { return neighbours * channels; }

    static void describe(auto& rule) { rule.set_filters(perception); }
};

/// Perception by a learned depth-wise convolution of the neighbourhood, without bias: Filters filters per channel, in
/// the order filter * channels + channel (Goal-Guided NCA; Growing 3D Artefacts). 3 cells wide, unless there is a
/// Radius. Not rotated.
template <int Filters>
struct DepthwisePerception {
    static_assert(Filters > 0, "nca::DepthwisePerception: at least one filter per channel");
    static constexpr PolicyKind kind = PolicyKind::perception;
    static constexpr std::string_view name = "depthwise_perception";
    static constexpr PerceptionKind perception = PerceptionKind::depthwise;
    static constexpr int learned_filters = Filters;
    static constexpr int radius = 1;

    [[nodiscard]] static constexpr int outputs(int channels, int /*neighbours*/) noexcept { return Filters * channels; }

    static void describe(auto& rule) {
        rule.set_filters(perception);
        rule.learned_filters = Filters;
    }
};

/// A perception that is known at run time: any of the others.
struct AnyPerception {
    static constexpr PolicyKind kind = PolicyKind::perception;
    static constexpr std::string_view name = "any_perception";
    static constexpr int radius = 1;
};

/// The neighbourhood that a cell perceives reaches R cells along every dimension, or `Dynamic`: 1 is 3x3, 2 is 5x5.
/// Fixed filters that are larger enlarge it, so that learned perception alone needs this.
template <int R>
struct Radius {
    static_assert(R >= 1 || R == Dynamic, "nca::Radius: a neighbourhood reaches at least one cell");
    static constexpr PolicyKind kind = PolicyKind::radius;
    static constexpr std::string_view name = "radius";
    static constexpr int value = R;

    static void describe(auto& rule) {
        if constexpr (R != Dynamic) rule.radius = R;
    }
};

/// Life spreads R cells along every dimension, or `Dynamic`: a cell is alive if one within R of it is mature (Alive).
template <int R>
struct LifeRadius {
    static_assert(R >= 1 || R == Dynamic, "nca::LifeRadius: life reaches at least one cell");
    static constexpr PolicyKind kind = PolicyKind::life_radius;
    static constexpr std::string_view name = "life_radius";
    static constexpr int value = R;

    static void describe(auto& rule) {
        if constexpr (R != Dynamic) rule.life_radius = R;
    }
};

/// Every value of a step is clamped, with L = Numerator / Denominator: hidden values with ReLU to [0, L], all others to
/// [-L, L]. The published texture models were trained with a limit of 2 and diverge without.
template <int Numerator, int Denominator = 1>
struct Clamp {
    static_assert(Numerator > 0 && Denominator > 0, "nca::Clamp: the limit must be positive");
    static constexpr PolicyKind kind = PolicyKind::clamp;
    static constexpr std::string_view name = "clamp";
    static constexpr std::array default_arguments{1};
    static constexpr bool exists = true;
    static constexpr double limit = static_cast<double>(Numerator) / Denominator;

    static void describe(auto& rule) {
        rule.clamp = limit;
        rule.clamp_state = 0.0;
    }
};

/// No clamping.
struct NoClamp {
    static constexpr PolicyKind kind = PolicyKind::clamp;
    static constexpr std::string_view name = "no_clamp";
    static constexpr bool exists = false;
    static constexpr double limit = 0.0;

    static void describe(auto& rule) {
        rule.clamp = 0.0;
        rule.clamp_state = 0.0;
    }
};

/// The state is clamped to [-L, L] after the update, with L = Numerator / Denominator (Goal-Guided NCA; Growing
/// Isotropic NCA). The gradient passes where the sum lies within the limits, which included.
template <int Numerator, int Denominator = 1>
struct ClampState {
    static_assert(Numerator > 0 && Denominator > 0, "nca::ClampState: the limit must be positive");
    static constexpr PolicyKind kind = PolicyKind::clamp;
    static constexpr std::string_view name = "clamp_state";
    static constexpr std::array default_arguments{1};
    static constexpr bool exists = false;
    static constexpr double limit = static_cast<double>(Numerator) / Denominator;
    static constexpr bool of_state = true;

    static void describe(auto& rule) {
        rule.clamp = 0.0;
        rule.clamp_state = limit;
    }
};

/// A clamp, or none, that is known at run time.
struct AnyClamp {
    static constexpr PolicyKind kind = PolicyKind::clamp;
    static constexpr std::string_view name = "any_clamp";
    static constexpr bool exists = false;
    static constexpr double limit = 0.0;
};

/// Beyond the border: zeros.
struct Zero {
    static constexpr PolicyKind kind = PolicyKind::boundary;
    static constexpr std::string_view name = "zero";
    static constexpr Boundary boundary = Boundary::zero;

    static void describe(auto& rule) { rule.boundary = boundary; }
};
/// Beyond the border: the opposite side.
struct Torus {
    static constexpr PolicyKind kind = PolicyKind::boundary;
    static constexpr std::string_view name = "torus";
    static constexpr Boundary boundary = Boundary::torus;

    static void describe(auto& rule) { rule.boundary = boundary; }
};
/// Beyond the border: the border cell repeated.
struct Replicate {
    static constexpr PolicyKind kind = PolicyKind::boundary;
    static constexpr std::string_view name = "replicate";
    static constexpr Boundary boundary = Boundary::replicate;

    static void describe(auto& rule) { rule.boundary = boundary; }
};
/// Beyond the border: the mirror image.
struct Reflect {
    static constexpr PolicyKind kind = PolicyKind::boundary;
    static constexpr std::string_view name = "reflect";
    static constexpr Boundary boundary = Boundary::reflect;

    static void describe(auto& rule) { rule.boundary = boundary; }
};

/// The first Count channels are an input, for instance an image: cells perceive them, and no step changes them.
template <int Count>
struct Frozen {
    static_assert(Count >= 0 || Count == Dynamic, "nca::Frozen: the number of channels must not be negative");
    static constexpr PolicyKind kind = PolicyKind::frozen;
    static constexpr std::string_view name = "frozen";
    static constexpr int count = Count;

    static void describe(auto& rule) {
        if constexpr (Count != Dynamic) rule.frozen = Count;
    }
};

/// The fraction of cells that update in a step, Numerator / Denominator: asynchronous updates, drawn per cell.
template <int Numerator, int Denominator>
struct FireRate {
    static_assert(Denominator > 0 && Numerator >= 0 && Numerator <= Denominator, "nca::FireRate: a fraction in [0, 1]");
    static constexpr PolicyKind kind = PolicyKind::fire_rate;
    static constexpr std::string_view name = "fire_rate";
    static constexpr double value = static_cast<double>(Numerator) / Denominator;

    static void describe(auto& rule) { rule.fire_rate = value; }
};

/// Normal noise on every update, by default with standard deviation Numerator / Denominator; see StepOptions::noise.
template <int Numerator, int Denominator>
struct Noise {
    static_assert(Denominator > 0 && Numerator >= 0, "nca::Noise: the standard deviation must not be negative");
    static constexpr PolicyKind kind = PolicyKind::noise;
    static constexpr std::string_view name = "noise";
    static constexpr bool exists = true;
    static constexpr double deviation = static_cast<double>(Numerator) / Denominator;

    static void describe(auto& rule) { rule.noise = deviation; }
};

/// No noise.
struct NoNoise {
    static constexpr PolicyKind kind = PolicyKind::noise;
    static constexpr std::string_view name = "no_noise";
    static constexpr bool exists = false;
    static constexpr double deviation = 0.0;

    static void describe(auto& rule) { rule.noise.reset(); }
};

/// Cells are told nothing.
struct NoInputs {
    static constexpr PolicyKind kind = PolicyKind::inputs;
    static constexpr std::string_view name = "no_inputs";
    static constexpr InputKind inputs = InputKind::none;
    static constexpr int count = 0;

    static void describe(auto& rule) { rule.set_inputs(inputs, 0); }
};

/// Inputs of cells, as goals are (Goal-Guided NCA): Count numbers, for all cells or for each, added to the last Count
/// channels of living cells before perception. The state itself does not change.
template <int Count>
struct AddedInputs {
    static_assert(Count > 0, "nca::AddedInputs: at least one number");
    static constexpr PolicyKind kind = PolicyKind::inputs;
    static constexpr std::string_view name = "added_inputs";
    static constexpr InputKind inputs = InputKind::added;
    static constexpr int count = Count;

    static void describe(auto& rule) { rule.set_inputs(inputs, Count); }
};

/// Inputs of cells: Count numbers, for all cells or for each, which follow what a cell perceives.
template <int Count>
struct PerceivedInputs {
    static_assert(Count > 0, "nca::PerceivedInputs: at least one number");
    static constexpr PolicyKind kind = PolicyKind::inputs;
    static constexpr std::string_view name = "perceived_inputs";
    static constexpr InputKind inputs = InputKind::perceived;
    static constexpr int count = Count;

    static void describe(auto& rule) { rule.set_inputs(inputs, Count); }
};

/// Inputs that are known at run time.
struct AnyInputs {
    static constexpr PolicyKind kind = PolicyKind::inputs;
    static constexpr std::string_view name = "any_inputs";
    static constexpr InputKind inputs = InputKind::none;
    static constexpr int count = 0;
};

/// The last layer has biases.
struct OutputBias {
    static constexpr PolicyKind kind = PolicyKind::output_bias;
    static constexpr std::string_view name = "output_bias";
    static constexpr bool exists = true;

    static void describe(auto& rule) { rule.output_bias = true; }
};

/// The biases of the last layer are zero, and training leaves them so: a cell whose hidden values are zero does not
/// change (Goal-Guided NCA; Growing 3D Artefacts; Growing Isotropic NCA).
struct NoOutputBias {
    static constexpr PolicyKind kind = PolicyKind::output_bias;
    static constexpr std::string_view name = "no_output_bias";
    static constexpr bool exists = false;

    static void describe(auto& rule) { rule.output_bias = false; }
};

/// Whether the last layer has biases is known at run time.
struct AnyOutputBias {
    static constexpr PolicyKind kind = PolicyKind::output_bias;
    static constexpr std::string_view name = "any_output_bias";
    static constexpr bool exists = true;
};

/// The alive mask of Growing NCA: a cell is alive if Channel exceeds Numerator / Denominator anywhere in its 3x3
/// neighbourhood, or within the LifeRadius, before and after the update; the state of a dead cell is zero.
template <int Channel, int Numerator = 1, int Denominator = 10>
struct Alive {
    static_assert(Channel >= 0, "nca::Alive: the channel must not be negative");
    static_assert(Numerator > 0 && Denominator > 0, "nca::Alive: the threshold must be positive");
    static constexpr PolicyKind kind = PolicyKind::life;
    static constexpr std::string_view name = "alive";
    static constexpr std::array default_arguments{1, 10};
    static constexpr bool exists = true;
    static constexpr bool given = false;
    static constexpr LifeTest test = LifeTest::before_and_after;
    static constexpr int channel = Channel;
    static constexpr double threshold = static_cast<double>(Numerator) / Denominator;

    static void describe(auto& rule) { rule.set_life(LifeKind::alive, Channel, threshold, test); }
};

/// As Alive, tested only before the update (Growing Isotropic NCA, notebook).
template <int Channel, int Numerator = 1, int Denominator = 10>
struct AliveBefore : Alive<Channel, Numerator, Denominator> {
    static constexpr std::string_view name = "alive_before";
    static constexpr LifeTest test = LifeTest::before;

    static void describe(auto& rule) { rule.set_life(LifeKind::alive, Channel, AliveBefore::threshold, test); }
};

/// As AliveBefore, in cells that fire: others keep their state. A cell whose Channel equals the threshold is alive
/// (Growing Isotropic NCA, demo).
template <int Channel, int Numerator = 1, int Denominator = 10>
struct AliveOnUpdate : Alive<Channel, Numerator, Denominator> {
    static constexpr std::string_view name = "alive_on_update";
    static constexpr LifeTest test = LifeTest::on_update;

    static void describe(auto& rule) { rule.set_life(LifeKind::alive, Channel, AliveOnUpdate::threshold, test); }
};

/// The state of dead cells: Values in the first channels, zero in the others (Growing 3D Artefacts: air, DeadState<1>).
template <int... Values>
struct DeadState {
    static constexpr PolicyKind kind = PolicyKind::dead;
    static constexpr std::string_view name = "dead_state";
    static constexpr std::array<int, sizeof...(Values)> values{Values...};

    static void describe(auto& rule) { rule.dead_state.assign(values.begin(), values.end()); }
};

/// The state of dead cells is known at run time.
struct AnyDeadState {
    static constexpr PolicyKind kind = PolicyKind::dead;
    static constexpr std::string_view name = "any_dead_state";
    static constexpr std::array<int, 0> values{};
};

/// Life spreads to the eight cells around (in two dimensions).
struct SquareLattice {
    static constexpr PolicyKind kind = PolicyKind::lattice;
    static constexpr std::string_view name = "square_lattice";
    static constexpr Lattice lattice = Lattice::square;

    static void describe(auto& rule) { rule.lattice = lattice; }
};

/// Life spreads to the six neighbours on a hexagonal grid in axial coordinates, as HexLaplacian and its like read them.
struct HexagonalLattice {
    static constexpr PolicyKind kind = PolicyKind::lattice;
    static constexpr std::string_view name = "hexagonal_lattice";
    static constexpr Lattice lattice = Lattice::hexagonal;

    static void describe(auto& rule) { rule.lattice = lattice; }
};

/// The lattice is known at run time.
struct AnyLattice {
    static constexpr PolicyKind kind = PolicyKind::lattice;
    static constexpr std::string_view name = "any_lattice";
    static constexpr Lattice lattice = Lattice::square;
};

/// An external alive mask: a cell is alive where a frozen Channel exceeds Numerator / Denominator (Self-classifying
/// MNIST: where the image has ink). No neighbourhood is read; dead cells never change and keep their state.
template <int Channel, int Numerator = 1, int Denominator = 10>
struct AliveWhere {
    static_assert(Channel >= 0, "nca::AliveWhere: the channel must not be negative");
    static_assert(Numerator > 0 && Denominator > 0, "nca::AliveWhere: the threshold must be positive");
    static constexpr PolicyKind kind = PolicyKind::life;
    static constexpr std::string_view name = "alive_where";
    static constexpr std::array default_arguments{1, 10};
    static constexpr bool exists = false;
    static constexpr LifeTest test = LifeTest::before_and_after;
    static constexpr bool given = true;
    static constexpr int channel = Channel;
    static constexpr double threshold = static_cast<double>(Numerator) / Denominator;

    static void describe(auto& rule) { rule.set_life(LifeKind::alive_where, Channel, threshold); }
};

/// No alive mask: every cell of the grid takes part (Self-Organising Textures).
struct NoLife {
    static constexpr PolicyKind kind = PolicyKind::life;
    static constexpr std::string_view name = "no_life";
    static constexpr bool exists = false;
    static constexpr LifeTest test = LifeTest::before_and_after;
    static constexpr bool given = false;
    static constexpr int channel = 0;
    static constexpr double threshold = 0.0;

    static void describe(auto& rule) { rule.set_life(LifeKind::none, 0, 0.0); }
};

/// An alive mask, or none, that is known at run time.
struct AnyLife {
    static constexpr PolicyKind kind = PolicyKind::life;
    static constexpr std::string_view name = "any_life";
    static constexpr bool exists = false;
    static constexpr LifeTest test = LifeTest::before_and_after;
    static constexpr bool given = false;
    static constexpr int channel = 0;
    static constexpr double threshold = 0.0;
};

template <class... Policies>
class Rule;

namespace detail {

/// The number of channels that a perception requires, or 0 for any.
template <class P>
inline constexpr int perceived_channels = 0;
template <class... F>
inline constexpr int perceived_channels<FilterPerChannel<F...>> = static_cast<int>(sizeof...(F));

template <class P>
inline constexpr bool is_policy = requires {
    requires std::is_same_v<const PolicyKind, decltype(P::kind)>;
};

template <PolicyKind Kind, class P>
inline constexpr bool is_kind = false;
template <PolicyKind Kind, class P>
requires is_policy<P>
inline constexpr bool is_kind<Kind, P> = P::kind == Kind;

template <PolicyKind Kind, class Default, class... Policies>
struct find_policy_impl {
    using type = Default;
};
template <PolicyKind Kind, class Default, class First, class... Rest>
struct find_policy_impl<Kind, Default, First, Rest...> {
    using type = typename std::conditional_t<is_kind<Kind, First>, std::type_identity<First>,
                                             find_policy_impl<Kind, Default, Rest...>>::type;
};
/// The first policy of the kind of Default, or Default.
template <class Default, class... Policies>
using find_policy = typename find_policy_impl<Default::kind, Default, Policies...>::type;

template <class Pack, class T, class... Rest>
struct rebind_impl;
template <class... Done, class T>
struct rebind_impl<Rule<Done...>, T> {
    using type = Rule<Done..., Scalar<T>>;
};
template <class... Done, class T, class First, class... Rest>
struct rebind_impl<Rule<Done...>, T, First, Rest...> {
    using type = typename std::conditional_t<is_kind<PolicyKind::scalar, First>, rebind_impl<Rule<Done...>, T, Rest...>,
                                             rebind_impl<Rule<Done..., First>, T, Rest...>>::type;
};
template <class R, class T>
struct rebind_scalar;
template <class... Policies, class T>
struct rebind_scalar<Rule<Policies...>, T> : rebind_impl<Rule<>, T, Policies...> {};

} // namespace detail

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_POLICIES_HPP

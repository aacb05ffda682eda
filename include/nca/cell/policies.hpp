// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_POLICIES_HPP
#define NCA_CELL_POLICIES_HPP

#include <nca/cell/filters.hpp>
#include <nca/core/extents.hpp>

#include <array>
#include <type_traits>

/// The parts from which a rule is composed. Each is a type without members; nca::Rule takes them in any order.
namespace nca {

/// The number of channels of a cell's state.
template <int N>
struct Channels {
    static_assert(N > 0, "nca::Channels: a cell has at least one channel");
    static constexpr int count = N;
};

/// The number of spatial dimensions: 1, 2 or 3.
template <int D>
struct Dimensions {
    static_assert(D >= 1 && D <= 3, "nca::Dimensions: a grid has 1, 2 or 3 dimensions");
    static constexpr int count = D;
};

/// The scalar type of states and parameters: float, or double to check gradients.
template <class T>
struct Scalar {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "nca::Scalar: float or double");
    using type = T;
};

/// The update network: dense layers of these widths with ReLU, then a dense layer to the channels without activation.
template <int... Hidden>
struct Mlp {
    static_assert(sizeof...(Hidden) > 0, "nca::Mlp: at least one hidden layer");
    static_assert(((Hidden > 0) && ...), "nca::Mlp: hidden layers have positive widths");
    static constexpr int hidden_layers = static_cast<int>(sizeof...(Hidden));
    static constexpr std::array<int, sizeof...(Hidden)> hidden{Hidden...};
};

/// An update network without hidden layer: one dense layer from what is perceived to the channels.
struct Linear {
    static constexpr int hidden_layers = 0;
    static constexpr std::array<int, 0> hidden{};
};

/// Every number of a step is cut off at a limit L = Numerator / Denominator: perception, updates and states to [-L, L],
/// hidden values to [0, L]. The published texture models, which were trained so and diverge without, have a limit of 2.
template <int Numerator, int Denominator = 1>
struct Clamp {
    static_assert(Numerator > 0 && Denominator > 0, "nca::Clamp: the limit must be positive");
    static constexpr bool exists = true;
    static constexpr double limit = static_cast<double>(Numerator) / Denominator;
};

/// No limits.
struct NoClamp {
    static constexpr bool exists = false;
    static constexpr double limit = 0.0;
};

/// Zeros beyond the border.
struct Zero {
    static constexpr Boundary boundary = Boundary::zero;
};
/// The opposite side beyond the border.
struct Torus {
    static constexpr Boundary boundary = Boundary::torus;
};
/// The border cell again beyond the border.
struct Replicate {
    static constexpr Boundary boundary = Boundary::replicate;
};
/// The mirror image beyond the border.
struct Reflect {
    static constexpr Boundary boundary = Boundary::reflect;
};

/// The first Count channels are given, a picture for instance: cells perceive them, and no step changes them.
template <int Count>
struct Frozen {
    static_assert(Count >= 0, "nca::Frozen: a number of channels");
    static constexpr int count = Count;
};

/// The share of cells that update in a step, Numerator / Denominator: asynchronous updates, one decision per cell.
template <int Numerator, int Denominator>
struct FireRate {
    static_assert(Denominator > 0 && Numerator >= 0 && Numerator <= Denominator, "nca::FireRate: a share in [0, 1]");
    static constexpr double value = static_cast<double>(Numerator) / Denominator;
};

/// Normal noise on every update, with Numerator / Denominator as its usual standard deviation; how much there is may be
/// chosen from step to step.
template <int Numerator, int Denominator>
struct Noise {
    static_assert(Denominator > 0 && Numerator >= 0, "nca::Noise: a standard deviation of zero or more");
    static constexpr bool exists = true;
    static constexpr double deviation = static_cast<double>(Numerator) / Denominator;
};

/// No noise.
struct NoNoise {
    static constexpr bool exists = false;
    static constexpr double deviation = 0.0;
};

/// The life mask of Growing NCA: a cell lives if Channel exceeds Numerator / Denominator somewhere in its
/// neighbourhood, before and after the update; the state of a dead cell is zero.
template <int Channel, int Numerator = 1, int Denominator = 10>
struct Alive {
    static_assert(Channel >= 0, "nca::Alive: the life channel must be a channel");
    static_assert(Numerator > 0 && Denominator > 0, "nca::Alive: the threshold must be positive");
    static constexpr bool exists = true;
    static constexpr bool given = false;
    static constexpr int channel = Channel;
    static constexpr double threshold = static_cast<double>(Numerator) / Denominator;
};

/// Life that is given: a cell lives where a frozen Channel exceeds Numerator / Denominator (Self-classifying MNIST:
/// where the picture has ink). No neighbourhood; dead cells never change, and keep what they hold.
template <int Channel, int Numerator = 1, int Denominator = 10>
struct AliveWhere {
    static_assert(Channel >= 0, "nca::AliveWhere: the life channel must be a channel");
    static_assert(Numerator > 0 && Denominator > 0, "nca::AliveWhere: the threshold must be positive");
    static constexpr bool exists = false;
    static constexpr bool given = true;
    static constexpr int channel = Channel;
    static constexpr double threshold = static_cast<double>(Numerator) / Denominator;
};

/// No life mask: every cell of the grid takes part (Self-Organising Textures).
struct NoLife {
    static constexpr bool exists = false;
    static constexpr bool given = false;
    static constexpr int channel = 0;
    static constexpr double threshold = 0.0;
};

template <class... Policies>
class Rule;

namespace detail {

template <class P>
struct is_channels : std::false_type {};
template <int N>
struct is_channels<Channels<N>> : std::true_type {};

template <class P>
struct is_frozen : std::false_type {};
template <int N>
struct is_frozen<Frozen<N>> : std::true_type {};

template <class P>
struct is_dimensions : std::false_type {};
template <int D>
struct is_dimensions<Dimensions<D>> : std::true_type {};

template <class P>
struct is_scalar : std::false_type {};
template <class T>
struct is_scalar<Scalar<T>> : std::true_type {};

template <class P>
struct is_mlp : std::is_same<P, Linear> {};
template <int... H>
struct is_mlp<Mlp<H...>> : std::true_type {};

template <class P>
struct is_perception : std::is_same<P, LearnedPerception> {};
template <class... F>
struct is_perception<Perception<F...>> : std::true_type {};
template <class... F>
struct is_perception<FilterPerChannel<F...>> : std::true_type {};

/// The number of channels that a perception is made for; any number: 0.
template <class P>
inline constexpr int perceived_channels = 0;
template <class... F>
inline constexpr int perceived_channels<FilterPerChannel<F...>> = static_cast<int>(sizeof...(F));

template <class P>
struct is_clamp : std::is_same<P, NoClamp> {};
template <int N, int D>
struct is_clamp<Clamp<N, D>> : std::true_type {};

template <class P>
struct is_boundary : std::bool_constant<std::is_same_v<P, Zero> || std::is_same_v<P, Torus> ||
                                        std::is_same_v<P, Replicate> || std::is_same_v<P, Reflect>> {};

template <class P>
struct is_fire_rate : std::false_type {};
template <int N, int D>
struct is_fire_rate<FireRate<N, D>> : std::true_type {};

template <class P>
struct is_noise : std::is_same<P, NoNoise> {};
template <int N, int D>
struct is_noise<Noise<N, D>> : std::true_type {};

template <class P>
struct is_life : std::is_same<P, NoLife> {};
template <int C, int N, int D>
struct is_life<Alive<C, N, D>> : std::true_type {};
template <int C, int N, int D>
struct is_life<AliveWhere<C, N, D>> : std::true_type {};

template <class P>
inline constexpr bool is_learned = std::is_same_v<P, LearnedPerception>;

template <class P>
inline constexpr bool is_policy =
    is_channels<P>::value || is_dimensions<P>::value || is_scalar<P>::value || is_mlp<P>::value ||
    is_frozen<P>::value || is_perception<P>::value || is_boundary<P>::value || is_fire_rate<P>::value ||
    is_noise<P>::value || is_life<P>::value || is_clamp<P>::value;

template <template <class> class Is, class Default, class... Policies>
struct find_policy_impl {
    using type = Default;
};
template <template <class> class Is, class Default, class First, class... Rest>
struct find_policy_impl<Is, Default, First, Rest...> {
    using type = typename std::conditional_t<Is<First>::value, std::type_identity<First>,
                                             find_policy_impl<Is, Default, Rest...>>::type;
};
/// The first policy of a kind, or the default.
template <template <class> class Is, class Default, class... Policies>
using find_policy = typename find_policy_impl<Is, Default, Policies...>::type;

template <class Pack, class T, class... Rest>
struct rebind_impl;
template <class... Done, class T>
struct rebind_impl<Rule<Done...>, T> {
    using type = Rule<Done..., Scalar<T>>;
};
template <class... Done, class T, class First, class... Rest>
struct rebind_impl<Rule<Done...>, T, First, Rest...> {
    using type = typename std::conditional_t<is_scalar<First>::value, rebind_impl<Rule<Done...>, T, Rest...>,
                                             rebind_impl<Rule<Done..., First>, T, Rest...>>::type;
};
template <class R, class T>
struct rebind_scalar;
template <class... Policies, class T>
struct rebind_scalar<Rule<Policies...>, T> : rebind_impl<Rule<>, T, Policies...> {};

} // namespace detail

} // namespace nca

#endif // NCA_CELL_POLICIES_HPP

// SPDX-License-Identifier: Apache-2.0
// Rules whose sizes are their type, and the rules of run-time sizes that compute the same.
#ifndef NCA_TESTS_COMMON_TWINS_HPP
#define NCA_TESTS_COMMON_TWINS_HPP

#include <nca/cell/rule.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/texture/rule.hpp>

#include <doctest/doctest.h>

#include <string_view>

namespace nca::tests {

/// A filter that is not the library's: not symmetric, with weights that are no powers of two and pairs of one product.
/// No two are equal, so that sums of 8-bit states are not close to 0, where the absolute value has a kink.
struct Ridge {
    static constexpr std::string_view name = "ridge";
    [[nodiscard]] static constexpr double weight(int /*rank*/, int neighbour) noexcept {
        return neighbour % 3 == 0 ? 0.31 * neighbour : (neighbour % 4 == 1 ? -0.7 - 0.013 * neighbour : 0.0);
    }
};

/// The rule of run-time sizes that computes what `rule` does.
template <class R>
[[nodiscard]] DynamicRule<R::rank, typename R::Value> twin(const R& rule) {
    auto result = DynamicRule<R::rank, typename R::Value>::from(rule);
    REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().message));
    return *result;
}

/// The same options for another rule.
template <class To, class From>
[[nodiscard]] StepOptions<To> options_of(const StepOptions<From>& from) {
    return {from.fire_rate, from.step_size, from.noise, from.angle, from.boundary, from.eight_bit};
}

// Together these have every policy, every perception and every activation; registers of channels that are full, partly
// filled and several; and none, one and two hidden layers.
using Growing = growing::Rule<>;
using GrowingInDouble = growing::Rule<16, 32, Scalar<double>>;
using Texture = texture::Rule<>;
using TextureInDouble = texture::Rule<Scalar<double>>;
using Undivided = texture::PyTorchRule<>;
using Micro = texture::MicroRule<6>;
using Digits = mnist::Rule<>;
using DigitsInDouble = mnist::Rule<Scalar<double>>;
using TanhOfFive = Rule<Channels<5>, Perception<SobelY, Laplacian, Identity, SobelX>, Mlp<24>, Activation<Tanh>,
                        Replicate, Alive<1, 1, 20>, FireRate<3, 4>>;
using LeakyOfSeventeen = Rule<Channels<17>, Perception<Identity, Times<8, SobelX>, Times<8, SobelY>>, Mlp<24, 40>,
                              Activation<LeakyRelu<1, 10>>, Torus, Clamp<3, 2>>;
using SineOfThirtyThree =
    Rule<Channels<33>, Perception<Identity, HexSobelX, HexSobelY, HexLaplacian>, Mlp<20, 12>, Activation<Sine>, Torus>;
using SigmoidWithFrozen =
    Rule<Channels<7>, Frozen<2>, Perception<Identity, Laplacian>, Mlp<16>, Activation<Sigmoid>, AliveWhere<1>, Reflect>;
using RidgeWithoutHidden = Rule<Channels<5>, Perception<Ridge, Times<3, SobelX>, SobelY>, Linear, Reflect, Clamp<2>>;
using PerChannelWithHidden = Rule<Channels<3>, FilterPerChannel<Laplacian, SobelX, Ridge>, Mlp<20>, Activation<Tanh>,
                                  Noise<1, 10>, Clamp<1>, Scalar<double>>;
using Line = Rule<Dimensions<1>, Channels<5>, Perception<Identity, SobelX, Laplacian>, Mlp<16>, Alive<0>>;
using LearnedLine = Rule<Dimensions<1>, Channels<17>, LearnedPerception, Mlp<24>, Torus, Scalar<double>>;
using Space = Rule<Dimensions<3>, Channels<5>, Perception<Identity, SobelX, SobelY, SobelZ>, Mlp<24>, Alive<1>>;
using LearnedSpace = Rule<Dimensions<3>, Channels<4>, LearnedPerception, Linear, Activation<Sine>, Replicate>;

/// Calls a template test case for all of them; under Clang's address sanitizer, where each takes a quarter of a minute to
/// compile, for those that differ in the memory that they touch.
#define NCA_TWINS_BY_MEMORY                                                                                            \
    Growing, TextureInDouble, Digits, TanhOfFive, LeakyOfSeventeen, SineOfThirtyThree, RidgeWithoutHidden,             \
        PerChannelWithHidden, Line, LearnedSpace
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NCA_TWINS NCA_TWINS_BY_MEMORY
#endif
#endif
#if !defined(NCA_TWINS)
#define NCA_TWINS                                                                                                      \
    NCA_TWINS_BY_MEMORY, GrowingInDouble, Texture, Undivided, Micro, DigitsInDouble, SigmoidWithFrozen, LearnedLine, Space
#endif

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_TWINS_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_RULE_HPP
#define NCA_SYSTEMS_ISOTROPIC_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

/// Growing Isotropic Neural Cellular Automata (Mordvintsev, Randazzo, Fouts 2022): cells perceive no direction, and
/// grow a pattern in any orientation.
namespace nca::inline NCA_ABI::isotropic {

/// The kernel of the article, undivided, on a square or a hexagonal lattice.
template <class Lattice>
using Kernel =
    std::conditional_t<std::is_same_v<Lattice, HexagonalLattice>, Times<8, HexLaplacian>, Times<8, Laplacian>>;

/// The rule of the demo: life is tested by cells that fire, and the state is clamped.
template <class Lattice = HexagonalLattice, class T = float>
using DemoRule = nca::Rule<Channels<16>, Perception<Identity, Kernel<Lattice>>, Mlp<192>, NoOutputBias, ClampState<2>,
                           AliveOnUpdate<3>, Lattice, Torus, FireRate<1, 2>, Scalar<T>>;

/// The rule of the training notebooks: all cells that are dead before the update become zero.
template <class Lattice = SquareLattice, class T = float>
using Rule = nca::Rule<Channels<16>, Perception<Identity, Kernel<Lattice>>, Mlp<192>, NoOutputBias, AliveBefore<3>,
                       Lattice, Torus, FireRate<1, 2>, Scalar<T>>;

/// What cells perceive, named as in the notebooks. Steerable rules, whose cells turn the gradient, commute with
/// rotations; the others with reflections as well.
enum class Variant {
    laplacian,       ///< states and Laplacians; on hexagons lap6
    lap_gradnorm,    ///< and the lengths of the gradients
    steerable,       ///< states, gradients turned by the angle that is the last channel, Laplacians
    steerable_nolap, ///< without Laplacians
    gradient         ///< states, Laplacians, and the other gradients turned along that of the last channel
};
inline constexpr std::array variants{Variant::laplacian, Variant::lap_gradnorm, Variant::steerable,
                                     Variant::steerable_nolap, Variant::gradient};

[[nodiscard]] constexpr std::string_view name_of(Variant variant) noexcept {
    constexpr std::array<std::string_view, 5> names{"laplacian", "lap_gradnorm", "steerable", "steerable_nolap",
                                                    "gradient"};
    return names[static_cast<std::size_t>(variant)];
}
[[nodiscard]] constexpr std::optional<Variant> variant_named(std::string_view name) noexcept {
    for (const Variant variant : variants) {
        if (name_of(variant) == name) return variant;
    }
    return std::nullopt;
}

/// True if the rule commutes with reflections, too.
[[nodiscard]] constexpr bool is_isotropic(Variant variant) noexcept {
    return variant == Variant::laplacian || variant == Variant::lap_gradnorm;
}

/// The rule of a variant by the step of the notebooks, with 16 channels. Its hidden layer is as wide as theirs, so that
/// all variants have about as many parameters. Allocates.
[[nodiscard]] NCA_COLD inline RuleDescription description_of(Variant variant, Lattice lattice = Lattice::square) {
    RuleDescription rule;
    rule.channels = 16;
    const bool hexagonal = lattice == Lattice::hexagonal;
    const auto add = [&](std::string_view square, std::string_view hexagons) {
        rule.filters.push_back(*FilterDescription::named(hexagonal ? hexagons : square, 2));
    };
    const bool steers_by_angle = variant == Variant::steerable || variant == Variant::steerable_nolap;
    add("identity", "identity");
    if (!steers_by_angle) add("8*laplacian", "8*hex_laplacian");
    if (variant != Variant::laplacian) {
        add("8*sobel_x", "8*hex_sobel_x");
        add("8*sobel_y", "8*hex_sobel_y");
    }
    if (variant == Variant::steerable) add("8*laplacian", "8*hex_laplacian");
    if (variant == Variant::lap_gradnorm) rule.gradient = GradientKind::norm;
    if (steers_by_angle) rule.gradient = GradientKind::by_angle;
    if (variant == Variant::gradient) rule.gradient = GradientKind::by_gradient;
    rule.hidden = {(8192 / (rule.perceived() + rule.channels) + 31) / 32 * 32};
    rule.output_bias = false;
    rule.set_life(LifeKind::alive, 3, 0.1, LifeTest::before);
    rule.lattice = lattice;
    rule.boundary = Boundary::torus;
    return rule;
}

/// Which rule runs published weights.
struct PublishedRule {
    Lattice lattice = Lattice::hexagonal;
    bool notebook = false;            ///< the rule of the training notebooks instead of the demo's
    std::optional<Variant> variant{}; ///< of a training by the notebooks; none: as the sizes tell, laplacian
};

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_RULE_HPP

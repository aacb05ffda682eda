// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_RULE_HPP
#define NCA_SYSTEMS_ISOTROPIC_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>

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

/// Which rule runs published weights.
struct PublishedRule {
    Lattice lattice = Lattice::hexagonal;
    bool notebook = false; ///< the rule of the training notebooks instead of the demo's
};

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_RULE_HPP

// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#include "common/rollout_checks.hpp"

#include <doctest/doctest.h>
using namespace nca;
using namespace nca::tests;

namespace {

using Air = Rule<Channels<5>, Dimensions<3>, DepthwisePerception<3>, Mlp<20>, NoOutputBias, Alive<2>, DeadState<1>,
                 Scalar<double>>;
using Air2 = Rule<Channels<6>, Mlp<20>, Alive<3>, DeadState<2, -1>, Torus, Scalar<double>>;
using Notebook = Rule<Channels<6>, Perception<Identity, Times<8, Laplacian>>, Mlp<20>, NoOutputBias, AliveBefore<3>,
                      Torus, Scalar<double>>;
using Hexa = Rule<Channels<6>, Perception<Identity, Times<8, HexLaplacian>>, Mlp<20>, NoOutputBias, AliveBefore<3>,
                  HexagonalLattice, Torus, Scalar<double>>;
using Demo = Rule<Channels<6>, Perception<Identity, Times<8, HexLaplacian>>, Mlp<20>, NoOutputBias, AliveOnUpdate<3>,
                  HexagonalLattice, ClampState<1>, Torus, Scalar<double>>;
using HexAlive = Rule<Channels<6>, Perception<Identity, Times<8, HexLaplacian>>, Mlp<20>, Alive<3>, HexagonalLattice,
                      Scalar<double>>;

} // namespace

TEST_CASE_TEMPLATE("states of the dead and tests of life have the gradient of the plain composition", R, Air, Air2,
                   Notebook, Hexa, Demo, HexAlive) {
    check_against_plain<R>({}, 1e-10);
    check_against_differences<R>({}, 3);
}

// SPDX-License-Identifier: Apache-2.0
// Linear algebra on a trained rule: as the rank of its first layer falls, the lizard outgrows its shape.
#include <nca/eigen.hpp>
#include <nca/run.hpp>

#include "../models/growing/lizard.hpp"

#include <Eigen/SVD>

#include <cstdio>

int main() {
    lizard::Rule rule = lizard::rule();
    auto weights = nca::weight_matrix(rule, /*layer=*/0); // a view: [48 inputs, 128 hidden values]
    const Eigen::JacobiSVD<Eigen::MatrixXf> svd(weights, Eigen::ComputeThinU | Eigen::ComputeThinV);
    for (const int rank : {48, 46, 44, 42}) {
        weights = svd.matrixU().leftCols(rank) * svd.singularValues().head(rank).asDiagonal() *
                  svd.matrixV().leftCols(rank).transpose();
        nca::Simulation<lizard::Rule, 72, 72> world{rule, /*seed=*/7};
        world.plant(36, 36);
        world.step(400);
        const auto state = world.state();
        std::printf("rank %2d of %td: %4d living cells, mean alpha %.3f\n", rank, weights.rows(), world.living_cells(),
                    static_cast<double>(nca::as_matrix(state).col(3).mean()));
    }
}

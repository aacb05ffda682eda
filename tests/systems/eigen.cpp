// SPDX-License-Identifier: Apache-2.0
// What Eigen computes on the library's data.
#include <nca/eigen.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/texture/principal_components.hpp>
#include <nca/tape/ops.hpp>

#include <Eigen/Eigenvalues>
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

using namespace nca;

namespace {

using R = Rule<Channels<5>, Frozen<1>, Mlp<20>>;

/// A rule whose parameters are all different.
R numbered_rule() {
    R rule;
    float next = 1.0F;
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        for (int out = 0; out < layer.outputs; ++out) {
            for (int in = 0; in < layer.inputs; ++in) rule.weight(l, in, out) = next++;
            rule.bias(l, out) = next++;
        }
    }
    return rule;
}

} // namespace

TEST_CASE("the matrix of a grid has a row per cell and a column per channel") {
    Grid<float, 3, Dynamic, Dynamic> grid{Extents<Dynamic, Dynamic>{{4, 5}}};
    const auto matrix = as_matrix(grid);
    REQUIRE(matrix.rows() == 20);
    REQUIRE(matrix.cols() == 3);
    grid(2, 1)[2] = 7.0F;
    CHECK(matrix(2 * 5 + 1, 2) == 7.0F);
}

TEST_CASE("writing to the matrix of a grid writes to the grid") {
    Grid<float, 3, 4, 5> grid;
    as_matrix(grid).col(1).setConstant(2.0F);
    CHECK(grid(3, 4)[0] == 0.0F);
    CHECK(grid(3, 4)[1] == 2.0F);
}

TEST_CASE("weight matrices and bias vectors are the elements of the rule, without its padding and frozen channels") {
    const R rule = numbered_rule();
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        const auto weights = weight_matrix(rule, l);
        const auto biases = bias_vector(rule, l);
        REQUIRE(weights.rows() == layer.inputs);
        REQUIRE(weights.cols() == layer.outputs);
        REQUIRE(biases.size() == layer.outputs);
        for (int out = 0; out < layer.outputs; ++out) {
            for (int in = 0; in < layer.inputs; ++in) REQUIRE(weights(in, out) == rule.weight(l, in, out));
            REQUIRE(biases[out] == rule.bias(l, out));
        }
    }
}

TEST_CASE("writing to a weight matrix leaves the padding of the parameters at zero") {
    R rule;
    weight_matrix(rule, 1).setOnes();
    bias_vector(rule, 1).setOnes();
    CHECK(rule.weight(1, 19, 3) == 1.0F);
    float sum = 0.0F;
    for (const float value : rule.parameters()) sum += value;
    CHECK(sum == 21.0F * 4.0F);
}

TEST_CASE("the matrices of a tensor have a column per entry of its last dimension") {
    Tape tape;
    const std::vector<float> values{1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F};
    const Var x = tape.variable(Shape{1, 2, 3}, values);
    tape.backward(sum(square(x)));
    REQUIRE(as_matrix(x).rows() == 2);
    CHECK(as_matrix(x)(1, 0) == 4.0F);
    CHECK(gradient_matrix(x) == 2.0F * as_matrix(x));
}

TEST_CASE("the matrix of a sparse state has a row per stored cell") {
    SparseState<float> state{{7, 9}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}};
    REQUIRE(as_matrix(state).rows() == 2);
    CHECK(as_matrix(state)(1, 0) == 4.0F);
    state = {};
    CHECK(as_matrix(state).size() == 0);
}

TEST_CASE("scaling a perturbation by k scales the distance of its eigenvalues from 1 by k") {
    using Creature = growing::Rule<>;
    Perturbation<Creature> whole;
    for (int row = 0; row < Creature::channels; ++row) {
        for (int column = row; column < Creature::channels; ++column) {
            whole(row, column) +=
                0.1F *
                static_cast<float>(Philox{1}.normal(static_cast<std::uint64_t>(row * Creature::channels + column)));
        }
    }
    Perturbation<Creature> half;
    half.add(whole, 0.5);
    const Eigen::VectorXf from_one = symmetric_matrix(whole).eigenvalues().array() - 1.0F;
    const Eigen::VectorXf halved = symmetric_matrix(half).eigenvalues().array() - 1.0F;
    CHECK((halved - 0.5F * from_one).cwiseAbs().maxCoeff() < 1e-5F);
    CHECK(from_one.cwiseAbs().maxCoeff() > 0.1F);
}

TEST_CASE("principal components of two hidden directions explain all of the variance") {
    std::vector<float> state(400 * 6);
    for (std::size_t cell = 0; cell < 400; ++cell) {
        const double a = 2.0 * Philox{1}.normal(cell);
        const double b = Philox{2}.normal(cell);
        const double values[] = {9.0, 9.0, 9.0, a + 3.0, -a, b};
        for (std::size_t c = 0; c < 6; ++c) state[cell * 6 + c] = static_cast<float>(values[c]);
    }
    const auto found = texture::principal_components<float>(state, 6, 3);
    REQUIRE(found.explained_variance_ratio.size() == 3);
    CHECK(found.explained_variance_ratio[0] == doctest::Approx(8.0 / 9.0).epsilon(0.05));
    CHECK(found.explained_variance_ratio[0] + found.explained_variance_ratio[1] == doctest::Approx(1.0));
    double mean = 0.0;
    for (std::size_t cell = 0; cell < 400; ++cell) mean += static_cast<double>(found.colours[3 * cell]) / 400.0;
    CHECK(mean == doctest::Approx(0.5).epsilon(0.05));
}

TEST_CASE("the largest weight of a principal component is positive") {
    // One direction of variance, (0, -2, 1): red rises where channel 1 does.
    std::vector<float> state;
    for (int cell = -5; cell <= 5; ++cell) {
        const auto x = static_cast<float>(cell);
        state.insert(state.end(), {0.0F, -2.0F * x, x});
    }
    const auto found = texture::principal_components<float>(state, 3, 0);
    CHECK(found.colours.front() > 0.5F);
    CHECK(found.colours[3 * 10] < 0.5F);
}

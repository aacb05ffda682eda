// SPDX-License-Identifier: Apache-2.0
// SOAP against its formula in plain loops, and what makes it SOAP: it does not depend on the basis.
#include <nca/cell/rule.hpp>
#include <nca/core/philox.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/soap.hpp>

#include <Eigen/Core>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace {

using namespace nca;

using Small = Rule<Channels<3>, Perception<Identity, Laplacian>, Mlp<5>, Scalar<double>>;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr LayerLayout first = Small::layers[0];
static_assert(first.inputs == 6 && first.columns() == 5 && first.stride() > first.columns());

Matrix random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint32_t stream) {
    Matrix m(rows, columns);
    for (Eigen::Index i = 0; i < m.size(); ++i) m.data()[i] = Philox{3, stream}.normal(static_cast<std::uint64_t>(i));
    return m;
}

/// A parameter block whose first weight matrix is `m`, and which is zero elsewhere.
std::vector<double> block_of(const Matrix& m) {
    std::vector<double> block(Small::block_size);
    for (Eigen::Index r = 0; r < m.rows(); ++r) {
        for (Eigen::Index c = 0; c < m.cols(); ++c) {
            block[first.weight + static_cast<std::size_t>(r * first.stride() + c)] = m(r, c);
        }
    }
    return block;
}
Matrix matrix_of(const std::vector<double>& block) {
    Matrix m(first.inputs, first.columns());
    for (Eigen::Index r = 0; r < m.rows(); ++r) {
        for (Eigen::Index c = 0; c < m.cols(); ++c) {
            m(r, c) = block[first.weight + static_cast<std::size_t>(r * first.stride() + c)];
        }
    }
    return m;
}

/// The first weight matrix after steps along left * gradient * right, gradient drawn anew for each.
Matrix after_steps(int steps, const Matrix& left, const Matrix& right) {
    Soap<Small> soap{SoapOptions{.basis_every = 1}};
    std::vector<double> w(Small::block_size);
    for (int t = 0; t < steps; ++t) {
        const Matrix g = random_matrix(6, 5, static_cast<std::uint32_t>(t));
        soap.step(w, block_of(left * g * right), 0.1);
    }
    return matrix_of(w);
}

static_assert(Optimiser<Soap<Small>, double>);

} // namespace

TEST_CASE("biases take the steps of Adam") {
    Soap<Small> soap;
    Adam<double> adam{Small::block_size, {.beta2 = 0.95}};
    std::vector<double> a(Small::block_size);
    std::vector<double> b(Small::block_size);
    for (int t = 0; t < 5; ++t) {
        std::vector<double> g(Small::block_size);
        for (const LayerLayout& layer : Small::layers) {
            for (int i = 0; i < layer.columns(); ++i) {
                g[layer.bias + static_cast<std::size_t>(i)] = std::sin(3 * t + i);
            }
        }
        soap.step(a, g, 0.01);
        adam.step(b, g, 0.01);
    }
    for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(a[i] == doctest::Approx(b[i]).epsilon(1e-12));
}

TEST_CASE("a first step is along the orthogonal factor of the gradient") {
    // With G = U S V^T the rotated gradient is diagonal, and Adam's first step replaces its entries by their signs.
    const Matrix g = random_matrix(6, 5, 1);
    Soap<Small> soap{SoapOptions{.epsilon = 1e-9}};
    std::vector<double> w(Small::block_size);
    soap.step(w, block_of(g), 0.1);
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd{g, Eigen::ComputeThinU | Eigen::ComputeThinV};
    const Matrix expected = -0.1 * svd.matrixU() * svd.matrixV().transpose();
    CHECK((matrix_of(w) - expected).norm() < 1e-5);
}

TEST_CASE("gradients in another basis give the same steps in that basis") {
    const Matrix left = random_matrix(6, 6, 71).householderQr().householderQ();
    const Matrix right = random_matrix(5, 5, 72).householderQr().householderQ();
    const Matrix plain = after_steps(12, Matrix::Identity(6, 6), Matrix::Identity(5, 5));
    const Matrix rotated = after_steps(12, left, right);
    CHECK(plain.norm() > 0.1);
    CHECK((left * plain * right - rotated).norm() < 1e-6 * plain.norm());
}

TEST_CASE("along axes of their own values take the steps of Adam, also where the order of the eigenvalues changes") {
    Soap<Small> soap{SoapOptions{.basis_every = 1}};
    Adam<double> adam{Small::block_size, {.beta2 = 0.95}};
    std::vector<double> a(Small::block_size);
    std::vector<double> b(Small::block_size);
    for (int t = 0; t < 20; ++t) {
        Matrix g = Matrix::Zero(6, 5);
        g(0, 0) = 1.0;
        g(1, 1) = t < 8 ? 0.5 : 3.0; // the larger one of the two from step 8 on
        soap.step(a, block_of(g), 0.01);
        adam.step(b, block_of(g), 0.01);
        REQUIRE((matrix_of(a) - matrix_of(b)).norm() < 1e-9);
    }
}

TEST_CASE("the basis is computed anew every so many steps") {
    std::vector<double> basis;
    std::vector<int> changed;
    Soap<Small> soap{SoapOptions{.basis_every = 4}};
    std::vector<double> w(Small::block_size);
    for (int t = 0; t < 10; ++t) {
        soap.step(w, block_of(random_matrix(6, 5, static_cast<std::uint32_t>(t))), 0.1);
        soap.visit_state([&](std::string_view name, std::span<double> values) {
            if (name != "basis" || std::equal(values.begin(), values.end(), basis.begin(), basis.end())) return;
            basis.assign(values.begin(), values.end());
            changed.push_back(t);
        });
    }
    CHECK(changed == std::vector<int>{0, 4, 8});
}

TEST_CASE("padding and weights without a gradient stay as they are") {
    Soap<Small> soap;
    std::vector<double> w(Small::block_size);
    for (int t = 0; t < 12; ++t) soap.step(w, block_of(random_matrix(6, 5, static_cast<std::uint32_t>(t))), 0.1);
    const std::vector<double> expected = block_of(matrix_of(w));
    CHECK(w == expected);
}

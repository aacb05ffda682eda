// SPDX-License-Identifier: Apache-2.0
// Muon (Jordan et al. 2024), for comparison: the momentum of each weight matrix, made orthogonal by five Newton-Schulz
// iterations; Adam on the biases.
#ifndef NCA_BENCH_RECIPES_MUON_HPP
#define NCA_BENCH_RECIPES_MUON_HPP

#include <nca/eigen.hpp>
#include <nca/train/optimiser.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bench {

template <class R>
class Muon {
public:
    static constexpr std::string_view name = "muon";

    [[nodiscard]] const nca::AdamOptions& options() const noexcept { return biases_.options(); }
    void step(std::span<float> parameters, std::span<const float> gradient, double learning_rate) {
        std::vector<float> rest{gradient.begin(), gradient.end()};
        for (int layer = 0; layer < R::layer_count; ++layer) {
            const auto g = nca::weight_matrix<R>(gradient, layer);
            auto momentum = nca::weight_matrix<R>(std::span<float>{momentum_}, layer);
            auto weights = nca::weight_matrix<R>(parameters, layer);
            momentum = 0.95F * momentum + g;
            const auto columns = static_cast<float>(g.cols());
            const float scale = std::sqrt(std::max(static_cast<float>(g.rows()), columns) / columns);
            weights -= static_cast<float>(learning_rate) * scale * orthogonal(0.95F * momentum + g);
            nca::weight_matrix<R>(std::span<float>{rest}, layer).setZero();
        }
        biases_.step(parameters, rest, learning_rate);
    }
    [[nodiscard]] std::int64_t steps() const noexcept { return biases_.steps(); }
    void set_steps(std::int64_t steps) noexcept { biases_.set_steps(steps); }
    template <class Visit>
    void visit_state(Visit&& visit) {
        biases_.visit_state(visit);
        visit(std::string_view{"momentum"}, std::span<float>{momentum_});
    }

private:
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

    [[nodiscard]] static Matrix orthogonal(const Matrix& m) {
        Matrix x = m / (m.norm() + 1e-7F);
        for (int i = 0; i < 5; ++i) {
            const Matrix a = x.transpose() * x;
            x = (3.4445F * x + x * (-4.7750F * a + 2.0315F * a * a)).eval();
        }
        return x;
    }

    nca::Adam<float> biases_{R::block_size};
    std::vector<float> momentum_ = std::vector<float>(R::block_size);
};

} // namespace bench

#endif // NCA_BENCH_RECIPES_MUON_HPP

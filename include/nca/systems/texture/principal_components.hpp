// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_PRINCIPAL_COMPONENTS_HPP
#define NCA_SYSTEMS_TEXTURE_PRINCIPAL_COMPONENTS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI::texture {

/// The principal components of hidden channels over the cells of a state.
struct PrincipalComponents {
    std::vector<double> explained_variance_ratio{}; ///< per component, descending; zeros if nothing varies
    std::vector<float> colours{};                   ///< [cells, 3]: the first three; +-2 standard deviations are 0 to 1
};

/// The principal components of the channels from `first` on of a state [cells, channel_count] (Self-Organising
/// Textures, section on the hidden states). The sign of a component is that its weight of the largest absolute value is
/// positive. Computed in double. Allocates. Precondition: at least one cell, and three channels from `first` on.
template <class T>
[[nodiscard]] PrincipalComponents principal_components(std::span<const T> state, int channel_count, int first) {
    using State = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Eigen::Index count = channel_count - first;
    const auto cells = static_cast<Eigen::Index>(state.size()) / channel_count;
    NCA_ASSERT(cells > 0 && count >= 3, "nca::texture::principal_components: a cell and three channels");
    Eigen::MatrixXd centred =
        Eigen::Map<const State>(state.data(), cells, channel_count).rightCols(count).template cast<double>();
    centred.rowwise() -= centred.colwise().mean().eval();
    const Eigen::MatrixXd covariance = centred.transpose() * centred / static_cast<double>(cells);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver{covariance}; // eigenvalues ascend

    PrincipalComponents result;
    const Eigen::VectorXd variances = solver.eigenvalues().reverse().cwiseMax(0.0);
    const double total = variances.sum();
    for (const double variance : variances) {
        result.explained_variance_ratio.push_back(total > 0.0 ? variance / total : 0.0);
    }
    result.colours.resize(static_cast<std::size_t>(cells) * 3);
    for (Eigen::Index k = 0; k < 3; ++k) {
        const auto axis = solver.eigenvectors().col(count - 1 - k);
        Eigen::Index largest = 0;
        axis.cwiseAbs().maxCoeff(&largest);
        const double scale = std::copysign(0.25, axis[largest]) / std::sqrt(std::max(variances[k], 1e-30));
        const Eigen::VectorXd colour = (scale * (centred * axis).array() + 0.5).min(1.0).max(0.0);
        for (Eigen::Index cell = 0; cell < cells; ++cell) {
            result.colours[static_cast<std::size_t>(3 * cell + k)] = static_cast<float>(colour[cell]);
        }
    }
    return result;
}

} // namespace nca::inline NCA_ABI::texture

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_PRINCIPAL_COMPONENTS_HPP

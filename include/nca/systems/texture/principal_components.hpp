// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_PRINCIPAL_COMPONENTS_HPP
#define NCA_SYSTEMS_TEXTURE_PRINCIPAL_COMPONENTS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace nca::texture {

/// The principal components of hidden channels over the cells of a state.
struct Components {
    std::vector<double> explained{}; ///< the share of the variance of each component, falling
    std::vector<float> colours{};    ///< [cells, 3]: the first three as red, green and blue, 0 to 1 for +-2 deviations
};

namespace component_detail {

/// Eigenvectors of a symmetric matrix [n, n] by Jacobi's rotations: the diagonal of `a` becomes the eigenvalues, the
/// columns of the result the vectors.
[[nodiscard]] inline std::vector<double> eigenvectors(std::vector<double>& a, std::size_t n) {
    std::vector<double> vectors(n * n);
    for (std::size_t i = 0; i < n; ++i) vectors[i * n + i] = 1.0;
    for (int sweep = 0; sweep < 60; ++sweep) {
        for (std::size_t p = 0; p < n; ++p) {
            for (std::size_t q = p + 1; q < n; ++q) {
                if (a[p * n + q] == 0.0) continue;
                const double theta = 0.5 * std::atan2(2.0 * a[p * n + q], a[q * n + q] - a[p * n + p]);
                const double c = std::cos(theta);
                const double s = std::sin(theta);
                const auto rotate = [&](double& x, double& y) {
                    const double old = x;
                    x = c * old - s * y;
                    y = s * old + c * y;
                };
                for (std::size_t k = 0; k < n; ++k) rotate(a[k * n + p], a[k * n + q]);
                for (std::size_t k = 0; k < n; ++k) rotate(a[p * n + k], a[q * n + k]);
                for (std::size_t k = 0; k < n; ++k) rotate(vectors[k * n + p], vectors[k * n + q]);
            }
        }
    }
    return vectors;
}

} // namespace component_detail

/// The principal components of the channels from `first` on of a state [cells, channel_count]: what the hidden channels
/// agree on. A component points so that its largest weight is positive. Sums run in double in the order of the cells.
/// Allocates. Precondition: at least one cell and three channels from `first` on.
template <class T>
[[nodiscard]] Components principal_components(std::span<const T> state, int channel_count, int first) {
    const auto stride = static_cast<std::size_t>(channel_count);
    const auto skipped = static_cast<std::size_t>(first);
    const std::size_t n = stride - skipped;
    const std::size_t cells = state.size() / stride;
    const auto value = [&](std::size_t cell, std::size_t c) {
        return static_cast<double>(state[cell * stride + skipped + c]);
    };
    std::vector<double> mean(n);
    std::vector<double> covariance(n * n);
    for (std::size_t cell = 0; cell < cells; ++cell) {
        for (std::size_t c = 0; c < n; ++c) mean[c] += value(cell, c) / static_cast<double>(cells);
    }
    for (std::size_t cell = 0; cell < cells; ++cell) {
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = 0; b < n; ++b) {
                covariance[a * n + b] +=
                    (value(cell, a) - mean[a]) * (value(cell, b) - mean[b]) / static_cast<double>(cells);
            }
        }
    }
    const std::vector<double> vectors = component_detail::eigenvectors(covariance, n);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return covariance[a * n + a] > covariance[b * n + b]; });
    double total = 0.0;
    for (std::size_t c = 0; c < n; ++c) total += covariance[c * n + c];
    Components result;
    for (const std::size_t c : order) result.explained.push_back(total > 0.0 ? covariance[c * n + c] / total : 0.0);
    result.colours.resize(cells * 3);
    for (std::size_t k = 0; k < 3; ++k) {
        const std::size_t column = order[k];
        double largest = 0.0;
        for (std::size_t c = 0; c < n; ++c) {
            const double weight = vectors[c * n + column];
            if (std::abs(weight) > std::abs(largest)) largest = weight;
        }
        const double deviation = std::sqrt(std::max(covariance[column * n + column], 1e-30));
        const double scale = (largest < 0.0 ? -0.25 : 0.25) / deviation;
        for (std::size_t cell = 0; cell < cells; ++cell) {
            double along = 0.0;
            for (std::size_t c = 0; c < n; ++c) along += (value(cell, c) - mean[c]) * vectors[c * n + column];
            result.colours[cell * 3 + k] = static_cast<float>(std::clamp(0.5 + scale * along, 0.0, 1.0));
        }
    }
    return result;
}

} // namespace nca::texture

#endif // NCA_SYSTEMS_TEXTURE_PRINCIPAL_COMPONENTS_HPP

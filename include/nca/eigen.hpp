// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_EIGEN_HPP
#define NCA_EIGEN_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perturbation.hpp>
#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/core/grid.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/systems/texture/principal_components.hpp> // IWYU pragma: export
#include <nca/tape/tape.hpp>
#include <nca/train/soap.hpp> // IWYU pragma: export

#include <Eigen/Core>

#include <cstddef>
#include <iterator>
#include <span>
#include <type_traits>

/// Grids, parameters, tensors and features as Eigen matrices. Every function returns a view: nothing is copied or
/// allocated, writing to the view of a mutable object changes the object, and the object must outlive the view.
namespace nca::inline NCA_ABI {

/// A view of a row-major matrix whose rows may be padded. T may be const.
template <class T>
using MatrixMap = Eigen::Map<
    std::conditional_t<std::is_const_v<T>,
                       const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
                       Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>,
    Eigen::Unaligned, Eigen::OuterStride<>>;

/// A view of a vector. T may be const.
template <class T>
using VectorMap =
    Eigen::Map<std::conditional_t<std::is_const_v<T>, const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, 1>,
                                  Eigen::Matrix<T, Eigen::Dynamic, 1>>>;

/// A matrix [rows, columns] in memory, with `stride` values from one row to the next.
template <class T>
[[nodiscard]] MatrixMap<T> as_matrix(T* values, Eigen::Index rows, Eigen::Index columns, Eigen::Index stride) {
    return {values, rows, columns, Eigen::OuterStride<>{stride}};
}

/// The state of a grid or of a view of one: [cells, channels], cells in row-major order.
template <class T, int Channels, int... Sizes>
[[nodiscard]] MatrixMap<T> as_matrix(const GridView<T, Channels, Sizes...>& grid) {
    return as_matrix(grid.data(), grid.extents().cells(), Channels, Channels);
}
template <class GridType>
[[nodiscard]] auto as_matrix(GridType& grid) -> decltype(as_matrix(grid.view())) {
    return as_matrix(grid.view());
}

/// The weights of a dense layer [inputs, outputs] in a parameter block of the rule R, for instance in the gradient of a
/// loss. The layer computes x * W + b of row vectors x.
template <class R, class T>
[[nodiscard]] MatrixMap<T> weight_matrix(std::span<T> parameters, int layer) {
    const LayerLayout& layout = R::layers[static_cast<std::size_t>(layer)];
    NCA_ASSERT(parameters.size() == R::block_size, "nca::weight_matrix: the parameter block of another rule");
    return as_matrix(parameters.data() + layout.weight + layout.first, layout.inputs, layout.outputs, layout.stride());
}
template <class RuleType>
[[nodiscard]] auto weight_matrix(RuleType& rule, int layer) {
    return weight_matrix<std::remove_const_t<RuleType>>(rule.parameters(), layer);
}

/// The biases of a dense layer [outputs] in a parameter block of the rule R.
template <class R, class T>
[[nodiscard]] VectorMap<T> bias_vector(std::span<T> parameters, int layer) {
    const LayerLayout& layout = R::layers[static_cast<std::size_t>(layer)];
    NCA_ASSERT(parameters.size() == R::block_size, "nca::bias_vector: the parameter block of another rule");
    return {parameters.data() + layout.bias + layout.first, layout.outputs};
}
template <class RuleType>
[[nodiscard]] auto bias_vector(RuleType& rule, int layer) {
    return bias_vector<std::remove_const_t<RuleType>>(rule.parameters(), layer);
}

/// The matrix A of a perturbation [channels, channels], of which the upper triangle is stored, as a self-adjoint view.
template <class PerturbationType>
[[nodiscard]] auto symmetric_matrix(PerturbationType& perturbation) {
    constexpr int channels = PerturbationType::channels;
    return as_matrix(perturbation.parameters().data(), channels, channels, PerturbationType::stride)
        .template selfadjointView<Eigen::Upper>();
}

/// The cells of a sparse state: [count, channels].
template <class StateType>
[[nodiscard]] auto as_matrix(StateType& state) -> decltype(as_matrix(state.values.data(), 0, 0, 0)) {
    const Eigen::Index columns = state.count() == 0 ? 0 : std::ssize(state.values) / state.count();
    return as_matrix(state.values.data(), state.count(), columns, columns);
}

/// Features: [pixels, channels].
template <class T>
[[nodiscard]] MatrixMap<T> as_matrix(const image::FeatureMaps<T>& maps) {
    return as_matrix(maps.values, maps.pixels(), maps.channels, maps.stride);
}

namespace detail {

template <class T>
[[nodiscard]] MatrixMap<T> tensor_matrix(std::span<T> values, const Shape& shape) {
    NCA_ASSERT(values.size() == shape.values(), "nca::as_matrix: a dense tensor, not a state");
    const Eigen::Index columns = shape.last();
    return as_matrix(values.data(), columns == 0 ? 0 : std::ssize(values) / columns, columns, columns);
}

} // namespace detail

/// The value of a dense tensor: its last dimension is the columns, all others together are the rows.
template <class T>
[[nodiscard]] MatrixMap<T> as_matrix(const BasicVar<T>& var) {
    return detail::tensor_matrix(var.value(), var.shape());
}
/// The gradient of a dense tensor, laid out like its value. Precondition: that of BasicVar::gradient().
template <class T>
[[nodiscard]] MatrixMap<const T> gradient_matrix(const BasicVar<T>& var) {
    return detail::tensor_matrix(var.gradient(), var.shape());
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_EIGEN_HPP

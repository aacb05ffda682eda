// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_SOAP_HPP
#define NCA_TRAIN_SOAP_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/layer_layout.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/memory.hpp>
#include <nca/train/optimiser.hpp>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nca::inline NCA_ABI {

/// The constants of Soap; the defaults are those of the recipe `fast` of Growing NCA (docs/recipes.md).
struct SoapOptions {
    double beta1 = 0.9;             ///< decay of the mean of gradients
    double beta2 = 0.95;            ///< decay of the mean of squared gradients
    double epsilon = 1e-7;          ///< added to the root of the second moment, outside of the bias correction
    double decay = 0.0;             ///< weight decay, as of AdamW
    double covariance_decay = 0.95; ///< decay of the means of G G^T and G^T G
    std::int64_t basis_every = 10;  ///< steps from one computation of the eigenvectors to the next

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using O = SoapOptions;
        visit(field("beta1", &O::beta1, "Decay of the mean of gradients", 0.0, 1.0));
        visit(field("beta2", &O::beta2, "Decay of the mean of squared gradients", 0.0, 1.0));
        visit(field("epsilon", &O::epsilon, "Added to the root of the second moment", 0.0, 1.0));
        visit(field("weight_decay", &O::decay, "Weight decay (AdamW)", 0.0, 1.0));
        visit(field("covariance_decay", &O::covariance_decay, "Decay of the means of G G^T and G^T G", 0.0, 1.0));
        visit(field("basis_every", &O::basis_every, "Steps between two computations of the eigenvectors", 1, 1e6));
    }
};

/// SOAP (Vyas et al. 2024, "SOAP: Improving and Stabilizing Shampoo using Adam") on the weight matrices of a rule, and
/// Adam on its biases, its learned filters and what else trains along. `Trained` is what trains, or its rule.
///
/// With the gradient G of a matrix, its mean M, and the eigenvectors P and Q of the running means of G G^T and G^T G:
///     V <- beta2 V + (1 - beta2) (P^T G Q)^2,   W <- W - rate * P ((P^T M Q) / (sqrt(V) + eps)) Q^T,
/// with Adam's bias correction in the rate. New eigenvectors P', Q' change the axes to which V belongs: it becomes
/// (P'^T P)^2 V (Q^T Q')^2, squares of elements, as the variances of values that are not correlated do.
template <class Trained>
class Soap {
public:
    using T = typename Trained::Value;
    static constexpr std::string_view name = "soap";

    Soap() requires(Trained::Traits::is_static) : Soap{SoapOptions{}} {}
    /// An optimiser with zero moments. Allocates, and so do its steps.
    explicit Soap(const SoapOptions& options) requires(Trained::Traits::is_static)
        : Soap{options, ArchitectureOf<Trained>{}} {}
    /// The same for a rule of run-time sizes.
    Soap(const SoapOptions& options, const ArchitectureOf<Trained>& rule) : Soap{options, rule, rule.block_size()} {}
    /// The same for so many parameters, of which those of a rule are the first.
    Soap(const SoapOptions& options, const ArchitectureOf<Trained>& rule, std::size_t parameters)
        : options_{options}, rule_{rule}, mean_(parameters), square_(parameters), covariance_(basis_size(rule)),
          basis_(basis_size(rule)) {
        NCA_ASSERT(parameters >= rule.block_size(), "nca::Soap: the parameters of a rule, and of what trains along");
    }

    [[nodiscard]] const SoapOptions& options() const noexcept { return options_; }

    /// One step along a gradient.
    NCA_COLD void step(std::span<T> parameters, std::span<const T> gradient, double learning_rate) {
        NCA_ASSERT(parameters.size() == mean_.size() && gradient.size() == mean_.size(), "nca::Soap: wrong size");
        ++steps_;
        const auto rate = static_cast<T>(detail::adam_rate(options_, steps_, learning_rate));
        detail::decay_weights(parameters, learning_rate, options_.decay);
        std::size_t offset = 0;
        for (int l = 0; l < rule_.layer_count(); ++l) {
            const LayerLayout& layer = rule_.layer(l);
            detail::adam_step(options_, rate, parameters, gradient, mean_.data(), square_.data(), layer.bias,
                              layer.bias + static_cast<std::size_t>(layer.stride()));
            step_weights(layer, parameters, gradient, rate, offset);
            offset += basis_size_of(layer);
        }
        detail::adam_step(options_, rate, parameters, gradient, mean_.data(), square_.data(), rule_.filter_offset(),
                          mean_.size());
    }

    [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
    void set_steps(std::int64_t steps) noexcept { steps_ = steps; }
    /// Moments, covariances and eigenvectors.
    template <class Visit>
    void visit_state(Visit&& visit) {
        visit(std::string_view{"mean"}, std::span<T>{mean_.data(), mean_.size()});
        visit(std::string_view{"square"}, std::span<T>{square_.data(), square_.size()});
        visit(std::string_view{"covariance"}, std::span<T>{covariance_.data(), covariance_.size()});
        visit(std::string_view{"basis"}, std::span<T>{basis_.data(), basis_.size()});
    }

private:
    using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    template <class M>
    using Strided = Eigen::Map<M, 0, Eigen::OuterStride<>>;

    /// Values of two square matrices, one per side of a layer's weights. Columns of padding stay zero.
    [[nodiscard]] static constexpr std::size_t basis_size_of(const LayerLayout& layer) noexcept {
        const auto rows = static_cast<std::size_t>(layer.inputs);
        const auto columns = static_cast<std::size_t>(layer.columns());
        return rows * rows + columns * columns;
    }
    [[nodiscard]] static std::size_t basis_size(const ArchitectureOf<Trained>& rule) noexcept {
        std::size_t size = 0;
        for (int l = 0; l < rule.layer_count(); ++l) size += basis_size_of(rule.layer(l));
        return size;
    }

    void step_weights(const LayerLayout& layer, std::span<T> parameters, std::span<const T> gradient, T rate,
                      std::size_t offset) {
        const Eigen::Index rows = layer.inputs;
        const Eigen::Index columns = layer.columns();
        const Eigen::OuterStride<> stride{layer.stride()};
        const Strided<const Matrix> g{gradient.data() + layer.weight, rows, columns, stride};
        Strided<Matrix> mean{mean_.data() + layer.weight, rows, columns, stride};
        Strided<Matrix> square{square_.data() + layer.weight, rows, columns, stride};
        Strided<Matrix> weights{parameters.data() + layer.weight, rows, columns, stride};
        const std::size_t right = offset + static_cast<std::size_t>(rows * rows);
        Eigen::Map<Matrix> left_covariance{covariance_.data() + offset, rows, rows};
        Eigen::Map<Matrix> right_covariance{covariance_.data() + right, columns, columns};
        Eigen::Map<Matrix> p{basis_.data() + offset, rows, rows};
        Eigen::Map<Matrix> q{basis_.data() + right, columns, columns};

        const auto share = static_cast<T>(1.0 - options_.covariance_decay);
        left_covariance += share * (g * g.transpose() - left_covariance);
        right_covariance += share * (g.transpose() * g - right_covariance);
        if ((steps_ - 1) % options_.basis_every == 0) {
            const Matrix rows_mixed = turn(p, left_covariance).transpose();
            const Matrix columns_mixed = turn(q, right_covariance);
            square = (rows_mixed * square * columns_mixed).eval();
        }
        mean += static_cast<T>(1.0 - options_.beta1) * (g - mean);
        const Matrix rotated = p.transpose() * g * q;
        square.array() += static_cast<T>(1.0 - options_.beta2) * (rotated.array().square() - square.array());
        const Matrix step =
            (p.transpose() * mean * q).array() / (square.array().sqrt() + static_cast<T>(options_.epsilon));
        weights -= rate * (p * step * q.transpose());
    }

    /// Makes `basis` the eigenvectors of a covariance. Returns the squares of old^T new: how axes share into new ones.
    [[nodiscard]] static Matrix turn(Eigen::Map<Matrix>& basis, const Eigen::Map<Matrix>& covariance) {
        const Matrix old = basis;
        basis = Eigen::SelfAdjointEigenSolver<Matrix>{covariance}.eigenvectors();
        return (old.transpose() * basis).array().square();
    }

    SoapOptions options_{};
    ArchitectureOf<Trained> rule_{};
    AlignedArray<T> mean_;
    AlignedArray<T> square_;     ///< of the weights in the basis of eigenvectors
    AlignedArray<T> covariance_; ///< per layer the means of G G^T and G^T G
    AlignedArray<T> basis_;      ///< per layer their eigenvectors, in columns
    std::int64_t steps_ = 0;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_SOAP_HPP

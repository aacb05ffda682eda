// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_GRAM_HPP
#define NCA_IMAGE_GRAM_HPP

#include <nca/core/push_macros.hpp>

#include <nca/image/feature_maps.hpp>
#include <nca/image/matmul.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace nca::inline NCA_ABI::image {

/// The features of which Gram matrices are computed.
enum class GramForm {
    plain,     ///< the features themselves (PyTorch notebooks of Self-Organising Textures)
    compressed ///< sqrt(a + 1) - 1 of features a >= 0, which compresses large ones (its TensorFlow package)
};

} // namespace nca::inline NCA_ABI::image

namespace nca::inline NCA_ABI::image::inline NCA_ISA {

/// The style loss of Gatys et al. (2015) at one level of detail: the mean over pairs of channels of (G - G_target)^2,
/// where G = A^T A / n is the Gram matrix of the feature vectors A of n pixels. Immutable; may be shared by threads,
/// each with its own Workspace.
template <class T>
class GramLoss {
public:
    /// The scratch memory of one evaluation, which grows with the features.
    class Workspace {
    private:
        friend class GramLoss;
        AlignedArray<T> matrix{};     ///< [channels, padded(channels)]
        AlignedArray<T> compressed{}; ///< [pixels, padded(channels)]
    };

    /// Computes the Gram matrix of the target's features. `weight`: a factor of the loss.
    GramLoss(const FeatureMaps<const T>& target, GramForm form, double weight = 1.0)
        : channels_{target.channels}, form_{form}, weight_{weight} {
        Workspace work;
        moments(target, work);
        target_ = std::move(work.matrix);
    }

    /// The Gram matrix of the target: [channels, padded(channels)].
    [[nodiscard]] const T* target() const noexcept { return target_.data(); }

    /// The loss of features; their derivatives overwrite `adjoint`, unless that is empty: 4 / (n channels^2) A (G -
    /// G_target), and for compressed features times 1 / (2 sqrt(a + 1)). G is symmetric, so both factors of A^T A give
    /// the same. Precondition: as many channels as the target, rows of at least padded(channels) values. Cost: 4 n
    /// channels^2 operations.
    double operator()(const FeatureMaps<const T>& features, const FeatureMaps<T>& adjoint, Workspace& work) const {
        NCA_ASSERT(features.channels == channels_,
                   "nca::image::GramLoss: features with other channels than the target");
        const int width = padded(channels_);
        const FeatureMaps<const T> factor = moments(features, work);
        double total = 0.0;
        const double pairs = static_cast<double>(channels_) * channels_;
        const auto factor_of_error = static_cast<T>(4.0 * weight_ / (pairs * features.pixels()));
        for (int row = 0; row < channels_; ++row) {
            T* const at = work.matrix.data() + static_cast<std::ptrdiff_t>(row) * width;
            const T* const wanted = target_.data() + static_cast<std::ptrdiff_t>(row) * width;
            for (int column = 0; column < channels_; ++column) {
                const T error = at[column] - wanted[column];
                total += static_cast<double>(error) * static_cast<double>(error);
                at[column] = factor_of_error * error;
            }
        }
        if (adjoint.values == nullptr) return weight_ * total / pairs;
        matmul(factor.values, factor.stride, factor.pixels(), channels_, work.matrix.data(), width, width,
               adjoint.values, adjoint.stride);
        if (form_ == GramForm::compressed) {
            const Vec<T> one(T(1));
            const Vec<T> two(T(2));
            for (int position = 0; position < features.pixels(); ++position) {
                T* const g = adjoint.pixel(position);
                const T* const root = factor.pixel(position);
                for (int c = 0; c < width; c += Vec<T>::size) {
                    store(g + c, load(g + c) / (two * (load(root + c) + one)));
                }
            }
        }
        return weight_ * total / pairs;
    }

private:
    /// work.matrix = A^T A / n. Returns A: the features, or their compressed form in the workspace.
    FeatureMaps<const T> moments(const FeatureMaps<const T>& features, Workspace& work) const {
        const int width = padded(channels_);
        NCA_ASSERT(features.stride >= width, "nca::image::GramLoss: rows of features are padded");
        const auto size = [width](int rows) {
            return static_cast<std::size_t>(rows) * static_cast<std::size_t>(width);
        };
        if (work.matrix.size() < size(channels_)) work.matrix = AlignedArray<T>(size(channels_));
        std::fill_n(work.matrix.data(), size(channels_), T(0));
        FeatureMaps<const T> factor = features;
        if (form_ == GramForm::compressed) {
            if (work.compressed.size() < size(features.pixels()))
                work.compressed = AlignedArray<T>(size(features.pixels()));
            const Vec<T> one(T(1));
            for (int position = 0; position < features.pixels(); ++position) {
                T* const to = work.compressed.data() + size(position);
                const T* const from = features.pixel(position);
                for (int c = 0; c < width; c += Vec<T>::size) store(to + c, sqrt(load(from + c) + one) - one);
            }
            factor = {work.compressed.data(), features.height, features.width, channels_, width};
        }
        add_transposed_matmul(factor.values, factor.stride, factor.values, factor.stride, factor.pixels(), channels_,
                              width, work.matrix.data(), width);
        const T scale = T(1) / static_cast<T>(features.pixels());
        for (std::size_t i = 0; i < size(channels_); ++i) work.matrix[i] *= scale;
        return factor;
    }

    int channels_;
    GramForm form_;
    double weight_;
    AlignedArray<T> target_{};
};

} // namespace nca::inline NCA_ABI::image::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_GRAM_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_INVARIANT_LOSS_HPP
#define NCA_SYSTEMS_ISOTROPIC_INVARIANT_LOSS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/result.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/matmul.hpp>
#include <nca/systems/isotropic/polar_sampling.hpp>
#include <nca/systems/isotropic/sharpen.hpp>
#include <nca/tape/tape.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::isotropic {

/// Which poses of its target an InvariantLoss tries, and on which lattice.
struct InvariantLossOptions {
    bool mirror = false;    ///< also with reflections: for rules that commute with them
    bool hexagonal = false; ///< target and pictures lie on the hexagonal torus: one drawn for squares is sheared
};

/// The pose of a target that is closest to a picture: reflected top to bottom if `mirrored`, and then turned.
struct ClosestPose {
    double loss = 0.0;
    double angle = 0.0; ///< radians, counter-clockwise, 0 to 2 pi
    bool mirrored = false;
};

inline namespace NCA_ISA {

/// The rotation-invariant loss of Growing Isotropic NCA (Mordvintsev, Randazzo and Fouts 2022, arXiv:2205.01681;
/// notebook, InvariantLoss): the squared difference between a picture and a target, both sharpened and in polar form,
/// for the rotation of the target, or of its reflection, where it is smallest. A mean over channels and radii, but a
/// sum over angles: it grows with the side of the picture.
///
/// Immutable; may be shared by threads, each with its own Workspace. T: float or double.
template <class T>
class InvariantLoss {
public:
    /// The scratch memory of one evaluation, allocated by the first.
    class Workspace {
    private:
        friend class InvariantLoss;
        AlignedArray<T> sharpened{};        ///< [side, side, channels], then its adjoint
        AlignedArray<T> half_blurred{};     ///< [side, side, channels]
        AlignedArray<T> polar{};            ///< [angles, radii, channels], then its adjoint
        AlignedArray<T> products{};         ///< [angles, padded(angles)]
        std::vector<double> correlations{}; ///< [poses]
    };

    /// The least side of a target in pixels.
    static constexpr int min_side = 4;

    /// The loss of pictures of the target's size and channels. Errors: the target is not square, or too small.
    [[nodiscard]] static Result<InvariantLoss> create(const image::FeatureMaps<const T>& target,
                                                      const InvariantLossOptions& options = {}) {
        if (target.height != target.width || target.width < min_side) {
            return Error{"the rotation-invariant loss needs a square target of at least " + std::to_string(min_side) +
                         " pixels along each side, not " + std::to_string(target.width) + " x " +
                         std::to_string(target.height)};
        }
        return InvariantLoss{target, options};
    }

    [[nodiscard]] int side() const noexcept { return sampling_.side(); }
    [[nodiscard]] int channels() const noexcept { return channels_; }

    /// The loss of the picture that is closest to the target among those that look the same in every orientation, by the
    /// sharpened pictures in polar form: the mean over the angles.
    [[nodiscard]] double symmetric_loss() const noexcept {
        double total = 0.0;
        for (int i = 0; i < values_per_angle(); ++i) {
            double sum = 0.0;
            double squares = 0.0;
            for (int k = 0; k < angles(); ++k) {
                const auto value = static_cast<double>(target_.data()[offset(k) + i]);
                sum += value;
                squares += value * value;
            }
            total += squares - sum * sum / angles();
        }
        return total / values_per_angle();
    }

    /// The loss for every pose of the target: turned by 0, 1, ... steps of 2 / side radians clockwise, then likewise
    /// for its reflection if that counts. Precondition: that of operator().
    [[nodiscard]] std::vector<double> losses(const image::FeatureMaps<const T>& picture, Workspace& work) const {
        correlate(picture, work);
        const double squares = sum_of_squares(work.polar) + sum_of_squares(target_);
        std::vector<double> result;
        for (const double correlation : work.correlations) {
            result.push_back((squares - 2.0 * correlation) / values_per_angle());
        }
        return result;
    }

    /// The loss of a picture, and the first pose that has it. The gradient, with that pose fixed, overwrites the
    /// channels of `gradient` unless that is empty. Precondition: both are [side, side, channels]. Cost: angles^2 *
    /// radii * channels multiply-adds, angles = pi * side, radii = side / 2 (72 x 72 pixels, 5 channels: 1 ms).
    ClosestPose operator()(const image::FeatureMaps<const T>& picture, const image::FeatureMaps<T>& gradient,
                           Workspace& work) const {
        correlate(picture, work);
        const auto most = std::max_element(work.correlations.begin(), work.correlations.end());
        const auto pose = static_cast<int>(most - work.correlations.begin());
        const bool mirrored = pose >= angles();
        const int turn = pose % angles();
        const T factor = T(2) / static_cast<T>(values_per_angle());
        double total = 0.0;
        for (int k = 0; k < angles(); ++k) {
            const int from = mirrored ? turn - k : k - turn;
            const T* const wanted = target_.data() + offset(from < 0 ? from + angles() : from);
            T* const polar = work.polar.data() + offset(k);
            for (int i = 0; i < values_per_angle(); ++i) {
                const T difference = polar[i] - wanted[i];
                total += static_cast<double>(difference) * static_cast<double>(difference);
                polar[i] = factor * difference;
            }
        }
        if (gradient.values != nullptr) {
            const image::FeatureMaps<T> adjoint = maps(work.sharpened);
            sampling_.pull_back(work.polar.data(), adjoint);
            sharpen_pullback<T>(adjoint, maps(work.half_blurred), gradient);
        }
        return {total / values_per_angle(), turn == 0 ? 0.0 : 2.0 * std::numbers::pi - sampling_.angle(turn), mirrored};
    }

private:
    InvariantLoss(const image::FeatureMaps<const T>& target, const InvariantLossOptions& options)
        : sampling_{target.width, options.hexagonal}, channels_{target.channels}, mirror_{options.mirror} {
        Workspace work;
        sample(target, work);
        target_ = std::move(work.polar);
        const std::ptrdiff_t stride = padded(angles());
        transposed_ = AlignedArray<T>(static_cast<std::size_t>(values_per_angle() * stride));
        for (int k = 0; k < angles(); ++k) {
            for (int i = 0; i < values_per_angle(); ++i) {
                transposed_.data()[i * stride + k] = target_.data()[offset(k) + i];
            }
        }
    }

    [[nodiscard]] int angles() const noexcept { return sampling_.angles(); }
    [[nodiscard]] int values_per_angle() const noexcept { return sampling_.radii() * channels_; }
    /// Where the values of the k-th angle begin.
    [[nodiscard]] std::ptrdiff_t offset(int k) const noexcept {
        return static_cast<std::ptrdiff_t>(k) * values_per_angle();
    }
    [[nodiscard]] image::FeatureMaps<T> maps(AlignedArray<T>& values) const noexcept {
        return {values.data(), side(), side(), channels_, channels_};
    }
    [[nodiscard]] static double sum_of_squares(const AlignedArray<T>& values) noexcept {
        double sum = 0.0;
        for (const T v : values) sum += static_cast<double>(v) * static_cast<double>(v);
        return sum;
    }
    static void resize(AlignedArray<T>& values, std::ptrdiff_t size) {
        if (std::ssize(values) != size) values = AlignedArray<T>(static_cast<std::size_t>(size));
    }

    /// work.polar = the sharpened picture in polar form.
    void sample(const image::FeatureMaps<const T>& picture, Workspace& work) const {
        NCA_ASSERT(picture.height == side() && picture.width == side() && picture.channels == channels_,
                   "nca::isotropic::InvariantLoss: the picture has another size than the target");
        const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(picture.pixels()) * channels_;
        resize(work.sharpened, size);
        resize(work.half_blurred, size);
        resize(work.polar, offset(angles()));
        sharpen<T>(picture, maps(work.half_blurred), maps(work.sharpened));
        sampling_.sample(maps(work.sharpened), work.polar.data());
    }

    /// Also work.correlations: the circular correlations along the angles, summed over radii and channels, with every
    /// pose of the target. They are sums along the diagonals of one product of matrices. The notebook transforms
    /// instead, but the number of angles often has large prime factors, or is one (227 for 72 pixels).
    void correlate(const image::FeatureMaps<const T>& picture, Workspace& work) const {
        sample(picture, work);
        const int n = angles();
        const int stride = padded(n);
        resize(work.products, static_cast<std::ptrdiff_t>(n) * stride);
        image::matmul(work.polar.data(), values_per_angle(), n, values_per_angle(), transposed_.data(), stride, stride,
                      work.products.data(), stride);
        work.correlations.assign(static_cast<std::size_t>(mirror_ ? 2 * n : n), 0.0);
        double* const rotations = work.correlations.data();
        double* const reflections = rotations + n;
        for (int k = 0; k < n; ++k) {
            const T* const row = work.products.data() + static_cast<std::ptrdiff_t>(k) * stride;
            for (int j = 0; j < n; ++j) rotations[k < j ? k - j + n : k - j] += static_cast<double>(row[j]);
            if (!mirror_) continue;
            for (int j = 0; j < n; ++j) {
                reflections[k + j < n ? k + j : k + j - n] += static_cast<double>(row[j]);
            }
        }
    }

    PolarSampling<T> sampling_;
    int channels_;
    bool mirror_;
    AlignedArray<T> target_{};     ///< [angles, values per angle]
    AlignedArray<T> transposed_{}; ///< [values per angle, padded(angles)]
};

namespace isa_detail {

/// The gradient is computed along with the value and saved; the pullback multiplies it by the adjoint.
struct InvariantLossOp {
    static constexpr const char* name = "invariant loss";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const T* const gradient = at.template saved<const T*>();
        const std::span<T> to = at.input_adjoint(0);
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += at.adjoint()[0] * gradient[i];
    }
};

} // namespace isa_detail

/// The rotation-invariant loss of a picture [side, side, channels] on the tape, a scalar. The loss may be shared by
/// tapes.
template <class T>
[[nodiscard]] BasicVar<T> invariant_loss(const BasicVar<T>& picture, const InvariantLoss<T>& loss) {
    const Shape shape = picture.shape();
    NCA_ASSERT(shape == (Shape{loss.side(), loss.side(), loss.channels()}),
               "nca::isotropic::invariant_loss: the picture has another shape than the target");
    BasicTape<T>& tape = picture.tape();
    T* const gradient = tape.memory().template take<T>(shape.values());
    auto& work = tape.template attachment<typename InvariantLoss<T>::Workspace>();
    const ClosestPose pose = loss({picture.value().data(), shape[0], shape[1], shape[2], shape[2]},
                                  {gradient, shape[0], shape[1], shape[2], shape[2]}, work);
    const BasicVar<T> result =
        tape.template record<isa_detail::InvariantLossOp, const T*>(Shape{}, {picture}, gradient);
    result.value()[0] = static_cast<T>(pose.loss);
    return result;
}

} // namespace NCA_ISA
} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_INVARIANT_LOSS_HPP

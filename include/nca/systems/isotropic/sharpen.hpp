// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_SHARPEN_HPP
#define NCA_SYSTEMS_ISOTROPIC_SHARPEN_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/extents.hpp>
#include <nca/image/feature_maps.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace nca::inline NCA_ABI::isotropic {

namespace sharpen_detail {

/// exp(-d^2 / 2) at the distances 0, 1 and 2, normalised so that the five taps sum to 1.
inline constexpr std::array<double, 3> gaussian{0.40261994689424746, 0.24420134200323332, 0.05448868454964294};

/// Which matrix a blur along one axis multiplies by.
enum class Form { plain, transposed };

/// Overwrites `to` with `from`, blurred along one axis. Reflection at the borders makes the transposed matrix another.
template <class T>
void blur(const image::FeatureMaps<const T>& from, const image::FeatureMaps<T>& to, bool vertical, Form form) noexcept {
    for (int i = 0; i < to.pixels(); ++i) std::fill_n(to.pixel(i), to.channels, T(0));
    for (int y = 0; y < to.height; ++y) {
        for (int x = 0; x < to.width; ++x) {
            for (int d = -2; d <= 2; ++d) {
                const int row = vertical ? reflected(y + d, to.height) : y;
                const int column = vertical ? x : reflected(x + d, to.width);
                const auto weight = static_cast<T>(gaussian[static_cast<std::size_t>(d < 0 ? -d : d)]);
                const T* const a = form == Form::plain ? from.pixel(row, column) : from.pixel(y, x);
                T* const b = form == Form::plain ? to.pixel(y, x) : to.pixel(row, column);
                for (int c = 0; c < to.channels; ++c) b[c] += weight * a[c];
            }
        }
    }
}

/// to = 3 from - 2 to.
template <class T>
void combine(const image::FeatureMaps<const T>& from, const image::FeatureMaps<T>& to) noexcept {
    for (int i = 0; i < to.pixels(); ++i) {
        for (int c = 0; c < to.channels; ++c) to.pixel(i)[c] = T(3) * from.pixel(i)[c] - T(2) * to.pixel(i)[c];
    }
}

} // namespace sharpen_detail

/// Overwrites `to` with the sharpened picture x + 2 (x - blur(x)), where the blur is a 5 x 5 Gaussian with a standard
/// deviation of 1 and reflecting borders. All arguments have the same size; `scratch` is overwritten. Precondition: at
/// least three pixels along each side. Allocates nothing.
template <class T>
void sharpen(const image::FeatureMaps<const T>& picture, const image::FeatureMaps<T>& scratch,
             const image::FeatureMaps<T>& to) noexcept {
    using namespace sharpen_detail;
    blur<T>(picture, scratch, false, Form::plain);
    blur<T>(scratch, to, true, Form::plain);
    combine<T>(picture, to);
}

/// The pullback of sharpen(): overwrites `picture_adjoint`.
template <class T>
void sharpen_pullback(const image::FeatureMaps<const T>& adjoint, const image::FeatureMaps<T>& scratch,
                      const image::FeatureMaps<T>& picture_adjoint) noexcept {
    using namespace sharpen_detail;
    blur<T>(adjoint, scratch, true, Form::transposed);
    blur<T>(scratch, picture_adjoint, false, Form::transposed);
    combine<T>(adjoint, picture_adjoint);
}

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_SHARPEN_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_GRADIENT_HPP
#define NCA_CELL_GRADIENT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/policies.hpp>

#include <algorithm>
#include <string_view>

/// What cells perceive of the gradient: the responses of the two filters of a Perception that are derivatives along x
/// and along y. Whatever turns the gradient with the pattern makes a rule commute with rotations of the grid.
namespace nca::inline NCA_ABI {

/// What cells perceive of the gradient.
enum class GradientKind {
    cartesian,  ///< CartesianGradient
    norm,       ///< GradientNorm
    by_angle,   ///< SteeredByAngle
    by_gradient ///< SteeredByGradient
};

/// The derivatives along x and along y.
struct CartesianGradient {
    static constexpr PolicyKind kind = PolicyKind::gradient;
    static constexpr std::string_view name = "cartesian_gradient";
    static constexpr GradientKind gradient = GradientKind::cartesian;

    static void describe(auto& rule) { rule.gradient = gradient; }
};

/// The length of the gradient, sqrt(x^2 + y^2 + 1e-8) per channel, in place of the first derivative and instead of both
/// (Growing Isotropic NCA, notebook: lap_gradnorm).
struct GradientNorm {
    static constexpr PolicyKind kind = PolicyKind::gradient;
    static constexpr std::string_view name = "gradient_norm";
    static constexpr GradientKind gradient = GradientKind::norm;

    static void describe(auto& rule) { rule.gradient = gradient; }
};

/// The gradient in a frame turned by the angle a of the cell, the last channel, in radians: cos(a) x + sin(a) y and
/// cos(a) y - sin(a) x. That channel is not perceived; cells that fire take it modulo 2 pi, and it survives death: dead
/// cells that fire are updated, too (Growing Steerable NCA). Needs a life test before the update alone, or no life.
struct SteeredByAngle {
    static constexpr PolicyKind kind = PolicyKind::gradient;
    static constexpr std::string_view name = "steered_by_angle";
    static constexpr GradientKind gradient = GradientKind::by_angle;

    static void describe(auto& rule) { rule.gradient = gradient; }
};

/// The same in a frame turned by the gradient (c, s) of the last channel, divided by max(length, 1): c x + s y and
/// c y - s x, of the other channels (Growing Steerable NCA).
struct SteeredByGradient {
    static constexpr PolicyKind kind = PolicyKind::gradient;
    static constexpr std::string_view name = "steered_by_gradient";
    static constexpr GradientKind gradient = GradientKind::by_gradient;

    static void describe(auto& rule) { rule.gradient = gradient; }
};

/// What cells perceive of the gradient is known at run time.
struct AnyGradient {
    static constexpr PolicyKind kind = PolicyKind::gradient;
    static constexpr std::string_view name = "any_gradient";
    static constexpr GradientKind gradient = GradientKind::cartesian;
};

/// Where the responses of fixed filters lie in what a cell perceives, in the order filter * width + channel.
struct ResponseLayout {
    GradientKind kind = GradientKind::cartesian;
    int filters = 0;
    int channels = 0;
    int x = -1; ///< the filter that is the derivative along x
    int y = -1; ///< along y

    [[nodiscard]] constexpr bool is_derivative(int filter) const noexcept { return filter == x || filter == y; }
    /// The number of responses of a filter.
    [[nodiscard]] constexpr int width(int filter) const noexcept {
        switch (kind) {
        case GradientKind::norm:
            return filter == std::max(x, y) ? 0 : channels;
        case GradientKind::by_angle:
            return channels - 1;
        case GradientKind::by_gradient:
            return is_derivative(filter) ? channels - 1 : channels;
        case GradientKind::cartesian:
            break;
        }
        return channels;
    }
    /// Where they begin; of `filters` the number of all.
    [[nodiscard]] constexpr int offset(int filter) const noexcept {
        int sum = 0;
        for (int k = 0; k < filter; ++k) sum += width(k);
        return sum;
    }
};

namespace detail {

/// The layout of a perception by fixed filters that are types; without filters of any other.
template <class Perception>
struct StaticResponses {
    static constexpr bool has_gradient = false;
    [[nodiscard]] static constexpr ResponseLayout layout(GradientKind /*kind*/, int /*channels*/) noexcept {
        return {};
    }
};
template <class... Filters>
struct StaticResponses<Perception<Filters...>> {
    static constexpr int along_x = ((derivative_axis<Filters> == 0 ? 1 : 0) + ...);
    static constexpr int along_y = ((derivative_axis<Filters> == 1 ? 1 : 0) + ...);
    static constexpr bool has_gradient = along_x == 1 && along_y == 1;
    [[nodiscard]] static constexpr ResponseLayout layout(GradientKind kind, int channels) noexcept {
        ResponseLayout result{kind, static_cast<int>(sizeof...(Filters)), channels};
        int index = 0;
        const auto note = [&](int axis) {
            if (axis == 0) result.x = index;
            if (axis == 1) result.y = index;
            ++index;
        };
        (note(derivative_axis<Filters>), ...);
        return result;
    }
};

/// The number of values that a cell perceives of its neighbourhood.
template <class Perception, class Gradient>
[[nodiscard]] constexpr int observed_values(int channels, int neighbours) noexcept {
    if constexpr (Gradient::gradient == GradientKind::cartesian) {
        return Perception::outputs(channels, neighbours);
    } else {
        const ResponseLayout layout = StaticResponses<Perception>::layout(Gradient::gradient, channels);
        return layout.offset(layout.filters);
    }
}

} // namespace detail

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_GRADIENT_HPP

// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_PLAIN_GRADIENT_HPP
#define NCA_TRAIN_PLAIN_GRADIENT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/gradient.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/tape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

/// Norms and steered gradients, and angles, as operations on dense tensors: see plain_step().
namespace nca::inline NCA_ABI {

namespace ops {

/// y: a [.., filters * channels] with its gradient as `responses` says, of the state b [.., channels].
struct PlainGradient {
    static constexpr const char* name = "plain gradient";
    ResponseLayout responses;
    double angle;

    /// The direction (c, s) of a cell, and the length of the gradient that it follows.
    struct Direction {
        double c;
        double s;
        double length;
    };
    template <class T>
    [[nodiscard]] Direction direction(const T* a, const T* b) const {
        const int last = responses.channels - 1;
        if (responses.kind == GradientKind::by_angle) {
            return {std::cos(static_cast<double>(b[last])), std::sin(static_cast<double>(b[last])), 1.0};
        }
        const auto x = static_cast<double>(a[responses.x * responses.channels + last]);
        const auto y = static_cast<double>(a[responses.y * responses.channels + last]);
        const double length = std::max(std::hypot(x, y), 1.0);
        return {x / length, y / length, length};
    }

    template <class T>
    void forward(const T* a, const T* b, T* y) const {
        const ResponseLayout& r = responses;
        for (int k = 0; k < r.filters; ++k) std::copy_n(a + k * r.channels, r.width(k), y + r.offset(k));
        const Direction d = direction(a, b);
        for (int c = 0; c < r.channels; ++c) {
            const auto along_x = static_cast<double>(a[r.x * r.channels + c]);
            const auto along_y = static_cast<double>(a[r.y * r.channels + c]);
            if (r.kind == GradientKind::norm) {
                y[r.offset(std::min(r.x, r.y)) + c] =
                    static_cast<T>(std::sqrt(along_x * along_x + along_y * along_y + 1e-8));
            } else if (c + 1 < r.channels) {
                const double forwards = d.c * along_x + d.s * along_y;
                const double left = d.c * along_y - d.s * along_x;
                y[r.offset(r.x) + c] = static_cast<T>(std::cos(angle) * forwards - std::sin(angle) * left);
                y[r.offset(r.y) + c] = static_cast<T>(std::sin(angle) * forwards + std::cos(angle) * left);
            }
        }
    }

    template <class T>
    void pull_back(const T* a, const T* b, const T* g, T* a_adjoint, T* b_adjoint) const {
        const ResponseLayout& r = responses;
        for (int k = 0; k < r.filters; ++k) {
            if (r.is_derivative(k)) continue;
            for (int c = 0; c < r.width(k); ++c) a_adjoint[k * r.channels + c] += g[r.offset(k) + c];
        }
        const Direction d = direction(a, b);
        double of_c = 0.0;
        double of_s = 0.0;
        for (int c = 0; c < r.channels; ++c) {
            const int at_x = r.x * r.channels + c;
            const int at_y = r.y * r.channels + c;
            const auto along_x = static_cast<double>(a[at_x]);
            const auto along_y = static_cast<double>(a[at_y]);
            if (r.kind == GradientKind::norm) {
                const double share = static_cast<double>(g[r.offset(std::min(r.x, r.y)) + c]) /
                                     std::sqrt(along_x * along_x + along_y * along_y + 1e-8);
                a_adjoint[at_x] += static_cast<T>(share * along_x);
                a_adjoint[at_y] += static_cast<T>(share * along_y);
            } else if (c + 1 < r.channels) {
                const auto of_x = static_cast<double>(g[r.offset(r.x) + c]);
                const auto of_y = static_cast<double>(g[r.offset(r.y) + c]);
                const double forwards = std::cos(angle) * of_x + std::sin(angle) * of_y;
                const double left = std::cos(angle) * of_y - std::sin(angle) * of_x;
                a_adjoint[at_x] += static_cast<T>(d.c * forwards - d.s * left);
                a_adjoint[at_y] += static_cast<T>(d.s * forwards + d.c * left);
                of_c += forwards * along_x + left * along_y;
                of_s += forwards * along_y - left * along_x;
            }
        }
        const int last = r.channels - 1;
        if (r.kind == GradientKind::by_angle) {
            if (b_adjoint != nullptr) b_adjoint[last] += static_cast<T>(d.c * of_s - d.s * of_c);
        } else if (r.kind == GradientKind::by_gradient) {
            const double along = d.length > 1.0 ? d.c * of_c + d.s * of_s : 0.0;
            a_adjoint[r.x * r.channels + last] += static_cast<T>((of_c - along * d.c) / d.length);
            a_adjoint[r.y * r.channels + last] += static_cast<T>((of_s - along * d.s) / d.length);
        }
    }

    template <class T>
    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<PlainGradient>();
        const auto channels = static_cast<std::size_t>(saved.responses.channels);
        const auto inputs = static_cast<std::size_t>(at.input_shape(0).last());
        const auto outputs = static_cast<std::size_t>(saved.responses.offset(saved.responses.filters));
        const std::span<T> to = at.input_adjoint(0);
        if (to.empty()) return;
        const std::span<T> to_state = at.input_adjoint(1);
        for (std::size_t cell = 0; cell < to.size() / inputs; ++cell) {
            saved.pull_back(at.input(0).data() + cell * inputs, at.input(1).data() + cell * channels,
                            at.adjoint().data() + cell * outputs, to.data() + cell * inputs,
                            to_state.empty() ? nullptr : to_state.data() + cell * channels);
        }
    }
};

} // namespace ops

/// What cells perceive of their linear responses [.., filters * channels], turned further by `angle`.
template <class T>
[[nodiscard]] BasicVar<T> plain_gradient(const BasicVar<T>& linear, const BasicVar<T>& state,
                                         const ResponseLayout& responses, double angle) {
    const auto outputs = static_cast<std::size_t>(responses.offset(responses.filters));
    const ops::PlainGradient op{responses, angle};
    const BasicVar<T> y = linear.tape().template record<ops::PlainGradient, ops::PlainGradient>(
        linear.shape().with_last(static_cast<int>(outputs)), {linear, state}, op);
    const auto inputs = static_cast<std::size_t>(linear.shape().last());
    const auto channels = static_cast<std::size_t>(responses.channels);
    for (std::size_t cell = 0; cell < y.value().size() / outputs; ++cell) {
        op.forward(linear.value().data() + cell * inputs, state.value().data() + cell * channels,
                   y.value().data() + cell * outputs);
    }
    return y;
}

/// What makes the angles of cells that fire, their last channel, angles in [0, 2 pi): a constant.
template <class T>
[[nodiscard]] BasicVar<T> plain_whole_turns(const BasicVar<T>& state, const std::vector<T>& fires) {
    std::vector<T> shift(state.value().size());
    const std::size_t channels = shift.size() / fires.size();
    for (std::size_t cell = 0; cell < fires.size(); ++cell) {
        constexpr T turn = T(2) * std::numbers::pi_v<T>;
        const std::size_t last = cell * channels + channels - 1;
        if (fires[cell] != T(0)) shift[last] = -turn * std::floor(state.value()[last] / turn);
    }
    return state.tape().constant(state.shape(), shift);
}

/// Every row multiplied by its element of a constant mask, but for its last value.
template <class T>
[[nodiscard]] BasicVar<T> mask_all_but_last(const BasicVar<T>& a, const std::vector<T>& mask) {
    std::vector<T> factors(a.value().size(), T(1));
    const std::size_t width = factors.size() / mask.size();
    for (std::size_t k = 0; k < factors.size(); ++k) {
        if (k % width + 1 < width) factors[k] = mask[k / width];
    }
    return a * a.tape().constant(a.shape(), factors);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_PLAIN_GRADIENT_HPP

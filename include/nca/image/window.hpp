// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_WINDOW_HPP
#define NCA_IMAGE_WINDOW_HPP

#include <nca/core/extents.hpp>

#include <algorithm>

namespace nca::image {

/// How many positions a window has on an axis of n pixels, and where the first one starts.
enum class Fit {
    inside, ///< whole windows only, after `padding` pixels on both sides: floor((n + 2 padding - size) / stride) + 1
    cover,  ///< the same rounded up, so that the last window may extend past the image (Caffe's pooling, `ceil_mode` of
            ///< PyTorch)
    same,   ///< ceil(n / stride), padded by what that needs, the odd pixel at the end (TensorFlow's "SAME")
};

/// Padding mode: what a window reads outside the image.
enum class Edge {
    zero,    ///< zeros for a convolution; pooling ignores them
    reflect, ///< the image mirrored about its border pixels, which are not repeated
};

/// The square sliding window of a convolution or a pooling.
struct Window {
    int size = 1;
    int stride = 1;
    int padding = 0; ///< pixels on each side; ignored by Fit::same
    Edge edge = Edge::zero;
    Fit fit = Fit::inside;

    friend constexpr bool operator==(const Window&, const Window&) noexcept = default;

    [[nodiscard]] constexpr int taps() const noexcept { return size * size; }

    /// True if the window fits on an axis of `input` pixels, with enough pixels to reflect if the edge does.
    [[nodiscard]] constexpr bool fits(int input) const noexcept {
        return input > 0 && outputs(input) > 0 && (edge == Edge::zero || before(input) < input);
    }

    /// The number of positions on an axis of `input` pixels; zero if the window does not fit.
    [[nodiscard]] constexpr int outputs(int input) const noexcept {
        if (fit == Fit::same) return (input + stride - 1) / stride;
        const int room = input + 2 * padding - size;
        if (room < 0) return 0;
        if (fit == Fit::inside) return room / stride + 1;
        const int positions = (room + stride - 1) / stride + 1;
        // Drop a last window that would lie completely outside.
        return (positions - 1) * stride >= input + padding ? positions - 1 : positions;
    }

    /// The offset of the first window before the image, in pixels.
    [[nodiscard]] constexpr int before(int input) const noexcept {
        if (fit != Fit::same) return padding;
        return std::max((outputs(input) - 1) * stride + size - input, 0) / 2;
    }

    /// The pixel that `tap` of the window at `position` reads on an axis of `input` pixels, or -1 for none.
    [[nodiscard]] constexpr int source(int position, int tap, int input) const noexcept {
        const int at = position * stride - before(input) + tap;
        if (at >= 0 && at < input) return at;
        if (edge == Edge::zero) return -1;
        const int mirrored = reflected(at, input);
        return mirrored >= 0 && mirrored < input ? mirrored : -1;
    }
};

} // namespace nca::image

#endif // NCA_IMAGE_WINDOW_HPP
